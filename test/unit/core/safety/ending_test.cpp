#include "core/safety/ending.hpp"

#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

replication_report primary_with(std::vector<attached_replica> replicas) {
  replication_report report;
  report.offset = 100;
  report.replicas = std::move(replicas);
  return report;
}

const attached_replica whole = {{"10.0.0.1", 6379}, "online", 100, 0};
const attached_replica slow = {{"10.0.0.2", 6379}, "online", 60, 1};
const attached_replica stuck = {{"10.0.0.3", 6379}, "online", 60, 3};
const attached_replica syncing = {{"10.0.0.4", 6379}, "wait_bgsave", 0, std::nullopt};

TEST(ending, nobody_is_waited_for_in_vain_when_all_have_everything) {
  EXPECT_FALSE(waits_for_the_hopeless(primary_with({})));
  EXPECT_FALSE(waits_for_the_hopeless(primary_with({whole, whole})));
}

TEST(ending, a_replica_that_is_merely_slow_is_worth_the_wait) {
  EXPECT_FALSE(waits_for_the_hopeless(primary_with({slow})));
  EXPECT_FALSE(waits_for_the_hopeless(primary_with({slow, stuck})));
  EXPECT_FALSE(waits_for_the_hopeless(primary_with({whole, syncing, slow})));
}

TEST(ending, one_that_is_stuck_or_in_a_full_sync_is_not) {
  EXPECT_TRUE(waits_for_the_hopeless(primary_with({stuck})));
  EXPECT_TRUE(waits_for_the_hopeless(primary_with({syncing})));
  EXPECT_TRUE(waits_for_the_hopeless(primary_with({whole, stuck, syncing})));
}

}  // namespace
}  // namespace redis_agent::core
