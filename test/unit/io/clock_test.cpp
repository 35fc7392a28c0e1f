// The agent's clock, and what the system says of its own addresses.
#include "io/clock.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <string>
#include <vector>

#include "core/base/address.hpp"
#include "io/own_addresses.hpp"
#include "unit/io/in_child.hpp"

namespace redis_agent::io {
namespace {

constexpr int new_time_namespace = 0x80;  // CLONE_NEWTIME (Linux 5.6)

// A machine that was suspended for a day: CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC.
TEST(now, counts_the_time_in_which_the_machine_was_suspended) {
  const core::instant before = now();
  const std::string result = in_child([&]() -> std::string {
    if (::unshare(new_time_namespace) != 0) return "cannot";
    std::ofstream offsets("/proc/self/timens_offsets");
    offsets << "boottime 86400 0\n" << std::flush;
    if (!offsets) return "cannot";
    return in_child([&] { return now() - before >= std::chrono::hours(24) ? "a day" : "none"; });
  });
  if (result == "cannot") GTEST_SKIP() << "needs the right to a time namespace";
  EXPECT_EQ(result, "a day");
}

TEST(now, is_the_time_since_the_machine_was_started) {
  timespec time{};
  ASSERT_EQ(clock_gettime(CLOCK_BOOTTIME, &time), 0);
  const core::instant before(std::chrono::seconds(time.tv_sec));
  EXPECT_GE(now(), before);
  EXPECT_LE(now() - before, std::chrono::seconds(5));
}

TEST(own_addresses, are_ip_literals_and_none_of_the_loopback) {
  for (const std::string& address : own_addresses()) {
    EXPECT_FALSE(address.starts_with("127.")) << address;
    EXPECT_NE(address, "::1");
    const std::string without_scope = address.substr(0, address.find('%'));
    EXPECT_TRUE(core::is_ip_literal(without_scope)) << address;
  }
}

// In a network namespace of its own, with the interface that a pod has.
TEST(own_addresses, are_those_of_each_interface) {
  const std::string result = in_child([]() -> std::string {
    const char* const make =
        "ip link add pod0 type veth peer name pod1 && ip addr add 10.9.9.9/24 dev pod0 && "
        "ip -6 addr add fd00::9/64 dev pod0 nodad && ip link set pod0 up && ip link set lo up";
    if (::unshare(CLONE_NEWNET) != 0) return "cannot";
    if (!own_addresses().empty()) return "has one before it has an interface";
    const std::string quiet = std::string("(") + make + ") >/dev/null 2>&1";
    if (std::system(quiet.c_str()) != 0) return "cannot";
    std::string all;
    for (const std::string& address : own_addresses()) {
      if (!address.starts_with("fe80:")) all += address + " ";
    }
    return all;
  });
  if (result == "cannot") GTEST_SKIP() << "needs the right to a network namespace, and ip";
  EXPECT_EQ(result, "10.9.9.9 fd00::9 ");
}

}  // namespace
}  // namespace redis_agent::io
