#include "core/reporting/tally.hpp"

#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

instant at(int seconds) { return instant(std::chrono::seconds(seconds)); }

TEST(tally, adds_up_the_time_in_each_reason_up_to_now) {
  const settings s = parse_settings(subcommand::sidecar, {}, "redis-slave-0").values;
  memory m = begin_memory(s, at(0));
  tally counted;
  EXPECT_EQ(counted.time_in(reason::starting, at(5)), 0s);
  counted.note(m, s, at(10));
  EXPECT_EQ(counted.time_in(reason::starting, at(13)), 3s);
  observe(m, failed{peer::redis, link_condition::refused, ""}, at(14));
  counted.note(m, s, at(14));
  counted.note(m, s, at(16));
  EXPECT_EQ(counted.time_in(reason::starting, at(20)), 4s);
  EXPECT_EQ(counted.time_in(reason::redis_not_answering, at(20)), 6s);
}

TEST(tally, counts_a_decision_when_it_comes_to_be_that_and_not_while_it_stays) {
  const settings s = parse_settings(subcommand::sidecar, {}, "redis-master-0").values;
  const memory m = begin_memory(s, at(0));
  const auto rule = static_cast<std::size_t>(decide_gate(m, s, at(1)).rule);
  tally counted;
  for (int second = 1; second < 4; ++second) counted.note(m, s, at(second));
  EXPECT_EQ(counted.gate().at(rule), 1U);
  EXPECT_EQ(counted.rope(), (std::array<std::uint64_t, rope_acts>{})) << "a primary has none";
}

}  // namespace
}  // namespace redis_agent::core
