#include "core/readiness/way_change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

using testing::HasSubstr;

primary_agent serving_primary() {
  primary_agent agent;
  agent.at(1s).redis([](poll_report& r) {
    r.bind = "* -::*";
    r.details->keys = 5;
    r.replication.replid = former_history;
    r.replication.offset = 100;
  });
  return agent;
}

std::string why(primary_agent& agent) {
  return why_the_way_stays(agent.seen(), agent.set(), instant(1s));
}

TEST(way_change, is_for_a_pod_that_is_ready) {
  primary_agent agent = serving_primary();
  EXPECT_EQ(why(agent), "");
  primary_agent closed;
  closed.at(1s).redis();
  EXPECT_THAT(why(closed), HasSubstr("this pod is not ready: "));
}

TEST(way_change, is_for_a_replica_whose_primary_is_not_reached) {
  settings s = parse_settings(subcommand::sidecar, {}, "redis-slave-0").values;
  memory m = begin_memory(s, instant(0s));
  EXPECT_EQ(why_the_way_stays(m, s, instant(1s)), "");
  m.primary.condition = link_condition::up;
  EXPECT_THAT(why_the_way_stays(m, s, instant(1s)), HasSubstr("this pod is not ready: "));
}

TEST(way_change, waits_while_the_primary_moves) {
  primary_agent agent = serving_primary();
  agent.seen().lock.move.emplace();
  EXPECT_EQ(why(agent), "the primary moves");
  agent.seen().lock.move->is_over = true;
  EXPECT_EQ(why(agent), "");
}

}  // namespace
}  // namespace redis_agent::core
