#include "core/server/rdb_header.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/readiness/explanation.hpp"
#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const rdb_header saved_with_replicas = {former_history, 403'982, 1'709'251'199, 7};

TEST(rdb_header, is_described_as_far_as_it_is_known) {
  EXPECT_EQ(describe(saved_with_replicas),
            "at least 7 keys, saved 2024-02-29 23:59:59 UTC, of history aaaaaaaa at offset 403982");
  EXPECT_EQ(describe(rdb_header{.replid = former_history, .keys = 1}),
            "at least 1 key, of history aaaaaaaa");
  EXPECT_EQ(describe(rdb_header{.keys = 0}), "no keys");
  EXPECT_EQ(describe(rdb_header{}), "an unknown number of keys");
}

// Redis has begun to use an AOF, and no agent has been here before.
primary_agent emptied_by_an_aof() {
  primary_agent agent(std::nullopt, saved_with_replicas);
  agent.at(1s).lists({"redis-master-0"}).redis([](poll_report& r) {
    r.aof = aof_report{.is_enabled = true};
  });
  return agent;
}

TEST(rdb_header, on_the_volume_keeps_the_gate_of_an_empty_server_closed) {
  primary_agent agent = emptied_by_an_aof();
  EXPECT_THAT(agent.decision(), HasSubstr("holds (rule 7)"));
  EXPECT_THAT(agent.decision(), HasSubstr("dump.rdb on its volume holds at least 7 keys"));
  EXPECT_TRUE(agent.orders().empty());
  EXPECT_EQ(agent.memory_to_be(), std::nullopt) << "it would be an empty memory";
}

TEST(rdb_header, on_the_volume_counts_no_more_after_a_person_s_word) {
  primary_agent agent = emptied_by_an_aof();
  agent.decides(keeping::mine).remember();
  EXPECT_EQ(agent.orders().size(), 1U) << "it opens";
  agent.at(9s).redis(
      [](poll_report& r) { r.aof = aof_report{.is_enabled = true}, r.server->run_id = "run-2"; });
  agent.tell(volume_checked{true, saved_with_replicas});
  agent.redis(
      [](poll_report& r) { r.aof = aof_report{.is_enabled = true}, r.server->run_id = "run-2"; });
  EXPECT_THAT(agent.decision(), HasSubstr("opens (rule 3)"));
}

TEST(rdb_header, is_read_anew_after_a_restart_of_the_server) {
  primary_agent agent = emptied_by_an_aof();
  agent.at(9s).redis(
      [](poll_report& r) { r.aof = aof_report{.is_enabled = true}, r.server->run_id = "run-2"; });
  agent.tell(volume_checked{});
  EXPECT_EQ(agent.seen().rdb_at_start, std::nullopt);
}

TEST(rdb_header, says_what_is_being_loaded) {
  const settings s = parse_settings(subcommand::sidecar, {}, "redis-master-0").values;
  memory m = begin_memory(s, instant(0s));
  const auto explained = [&] { return explain(reason::redis_loading, m, s, instant(0s)); };
  EXPECT_EQ(explained(), "Redis loads its data, 0 B so far");
  m.rdb_at_start = saved_with_replicas;
  EXPECT_THAT(explained(), EndsWith("so far; dump.rdb holds " + describe(saved_with_replicas)));
  m.rdb_name = "backup.rdb";
  EXPECT_THAT(explained(), HasSubstr("so far; backup.rdb holds"));
}

}  // namespace
}  // namespace redis_agent::core
