#include "core/reporting/plain_tcp.hpp"

#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

settings here() {
  return parse_settings(subcommand::sidecar, {{"tls", "both", ""}, {"tls-file", "/mode", ""}},
                        "redis-master-0")
      .values;
}

std::string why(const std::string& tls, const std::optional<std::string>& upstream = {}) {
  status_report other;
  other.pod = "redis-slave-0";
  other.tls = tls;
  other.upstream = upstream;
  return why_it_needs_plain_tcp(other, here());
}

TEST(plain_tcp, is_not_needed_by_who_comes_by_tls) {
  EXPECT_EQ(why("both", "redis-master-0.redis-headless:6380"), "");
  EXPECT_EQ(why("only", "[fd99::1]:6380"), "");
  EXPECT_EQ(why("both"), "") << "it is a primary, or its server restarts: by its redis.conf";
}

TEST(plain_tcp, is_needed_by_everybody_else) {
  EXPECT_EQ(why("allow", "10.0.0.1:6379"), "redis-slave-0 still goes by plain TCP (allow)");
  EXPECT_EQ(why("off"), "redis-slave-0 still goes by plain TCP (off)");
  EXPECT_EQ(why(""), "the agent of redis-slave-0 is an older one");
  EXPECT_EQ(why("both", "10.0.0.1:6379"), "Redis of redis-slave-0 still follows 10.0.0.1:6379");
}

}  // namespace
}  // namespace redis_agent::core
