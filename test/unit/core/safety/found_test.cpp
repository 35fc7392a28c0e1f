// What was found wrong once with the rules, each by its own test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/safety/gate.hpp"
#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {
constexpr gate_limits defaults = {3s, 30s, 60s, true, false};

TEST(found, a_restart_that_changes_nothing_but_the_run_is_written_at_once) {
  primary_agent agent;
  agent.at(1s).replica().redis(replica_of_nobody);
  EXPECT_THAT(agent.decision(), testing::HasSubstr("opens (rule 4)"));
  EXPECT_TRUE(is_worth_writing(agent.seen().remembered, *agent.memory_to_be(), 1s));
}

TEST(found, theirs_opens_beside_the_primary_it_follows) {
  gate_facts f;
  f.is_closed = f.answers = f.pods_are_known = true;
  f.keys = 5;
  f.own = {"a", 100};
  f.kept = keeping::theirs;
  f.followed = "redis-slave-0";
  f.pods = {{"redis-slave-0", 5, {"a", 100}, true}};
  EXPECT_NE(decide_gate(f, defaults).act, gate_act::open);
}

TEST(found, a_whole_stream_carries_its_estimate) {
  gate_facts f;
  f.is_closed = f.answers = f.pods_are_known = true;
  f.keys = 5;
  f.has_aof = true;
  f.remembered.emplace();
  f.remembered->ended_cleanly = true;
  f.own = {"e", 0, {{"a", whole_stream}}, 0};
  f.pods = {{"redis-slave-0", 6, {"x", 0, {{"a", 91}}, 0, true}, false}};
  const auto r = decide_gate(f, defaults);
  EXPECT_EQ(r.act, gate_act::open) << to_text(r.act) << r.rule << r.evidence;
}

TEST(found, theirs_takes_the_one_that_has_all_of_another) {
  gate_facts f;
  f.is_closed = f.answers = f.pods_are_known = true;
  f.keys = 5;
  f.own = {"m", 100};
  f.kept = keeping::theirs;
  f.pods = {{"redis-slave-0", 5, {"b", 1}, false},
            {"redis-slave-1", 1, {"a", 100}, false},
            {"redis-slave-2", 9, {"a", 50}, false}};
  EXPECT_NE(decide_gate(f, defaults).donor, "redis-slave-2");
}

TEST(found, two_whole_streams_are_the_same) {
  EXPECT_TRUE(carries({"x", 0, {{"a", whole_stream}}, 0}, {"y", 0, {{"a", whole_stream}}, 0}));
}

TEST(found, the_smallest_end_is_no_overflow) {
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  EXPECT_FALSE(carries({"x", 0}, {"y", 0, {{"a", least}}, 0}));
}

TEST(found, the_largest_offset_is_no_overflow) {
  lineage mine{"x", 0};
  absorb(mine, {"y", whole_stream});
}

void of_another_history(poll_report& r) { r.replication.replid = std::string(40, 'd'); }

TEST(found, an_opened_empty_pod_by_a_person_stays_open) {
  primary_agent agent;
  agent.at(1s).redis().replica().replica(of_another_history, "redis-slave-1");
  agent.decides(keeping::mine).remember();
  ASSERT_EQ(agent.orders().size(), 1U);
  agent.at(2s).redis([](poll_report& r) { r.bind = "* -::*"; }).replica();
  agent.replica(of_another_history, "redis-slave-1");
  EXPECT_TRUE(agent.orders().empty()) << agent.orders().front().why;
}

TEST(found, an_opened_empty_pod_by_a_person_stays_open_when_it_started_as_a_replica_of_nobody) {
  primary_agent agent;
  const auto nobody = [](poll_report& r) {
    r.server->version = "5.0.14";
    r.bind = "0.0.0.0 ::";
    r.replication.server_role = role::replica;
    r.replication.link.emplace();
    r.replication.link->primary = {"127.0.0.1", 1};
    r.replication.link->offset = 1;
  };
  agent.at(1s).redis(nobody).replica().replica(of_another_history, "redis-slave-1");
  agent.decides(keeping::mine).remember();
  ASSERT_EQ(agent.orders().size(), 1U);
  agent.at(2s)
      .redis([](poll_report& r) {
        r.server->version = "5.0.14";
        r.bind = "0.0.0.0 ::";
        r.replication.replid = next_history;
        r.replication.replid2 = own_history;
        r.replication.second_offset = 1;
      })
      .replica()
      .replica(of_another_history, "redis-slave-1");
  EXPECT_TRUE(agent.orders().empty()) << agent.orders().front().why;
}

TEST(found, mine_does_not_open_beside_a_primary_that_has_not_introduced_itself) {
  primary_agent agent;
  agent.at(1s).redis().replica([](poll_report& r) {
    r.replication.server_role = role::primary;
    r.replication.link.reset();
    r.replication.replid = next_history;
  });
  agent.decides(keeping::mine);
  EXPECT_THAT(agent.decision(), testing::Not(testing::HasSubstr("opens")));
}

// Two AOFs that a crash has cut short: what the primary has copied is not one of them any more.
TEST(found, a_copy_is_no_estimate_though_the_volume_remembers_one) {
  volume_memory guessed = remembered_data(90);
  guessed.history.is_estimate = true;
  primary_agent agent(guessed);
  agent.at(1s).replica().redis(copied);
  EXPECT_FALSE(own_lineage(agent.seen()).is_estimate);
  agent.redis([](poll_report& r) {
    copied(r);
    copying(r);
  });
  EXPECT_FALSE(own_lineage(agent.seen()).is_estimate) << "the next one is on its way";
}

TEST(found, a_copy_of_an_estimate_is_one) {
  volume_memory guessed = remembered_data(90);
  guessed.history.is_estimate = true;
  primary_agent agent(guessed);
  lineage donors{former_history, 100};
  donors.is_estimate = true;
  agent.at(1s).replica().replica_says("ours", donors).redis(copied);
  EXPECT_TRUE(own_lineage(agent.seen()).is_estimate);
}

}  // namespace
}  // namespace redis_agent::core
