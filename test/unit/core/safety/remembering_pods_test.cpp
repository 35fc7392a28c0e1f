// What the volume is to remember of the pods, of an AOF, and of what it does not understand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/safety/gate.hpp"
#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string slave = "redis-slave-0";

void serve_with_aof(poll_report& r) {
  serving(r);
  r.aof = aof_report{.is_enabled = true};
  r.replication.backlog_is_active = true;
}

// "redis-slave-0: 5 keys of aaaaaaaa at 100"
std::string text_of(const remembered_pod& pod) {
  return pod.name + ": " + std::to_string(pod.keys) + " keys of " + pod.history_id.substr(0, 8) +
         " at " + std::to_string(pod.offset);
}

std::vector<std::string> pods_of(const primary_agent& agent) {
  std::vector<std::string> texts;
  const volume_memory kept = agent.memory_to_be().value();
  for (const remembered_pod& pod : kept.pods) texts.push_back(text_of(pod));
  return texts;
}

TEST(remembered_pods, are_those_that_dns_lists_with_what_each_was_last_seen_with) {
  primary_agent agent;
  agent.at(1s).redis(serving).lists({"redis-master-0", slave, "redis-slave-1"}).replica();
  const remembered_pod seen{slave, former_history, 100, 5};
  EXPECT_THAT(pods_of(agent), ElementsAre(text_of(seen), text_of({"redis-slave-1"})))
      << "listed, and not heard yet";
  agent.replica([](poll_report& r) { r.details->keys = 0; }, "redis-slave-1").replica();
  EXPECT_THAT(pods_of(agent),
              ElementsAre(text_of(seen), text_of({"redis-slave-1", former_history, 100, 0})));
}

TEST(remembered_pods, are_remembered_with_what_they_had_though_they_are_silent_or_unlisted) {
  primary_agent agent;
  agent.at(1s).redis(serving).replica().remember();
  agent.at(9s).tell(failed{peer::pod, link_condition::closed, "", slave});
  agent.lists({"redis-master-0"}).at(300s).redis(serving).lists({"redis-master-0"});
  EXPECT_THAT(pods_of(agent), ElementsAre(text_of({slave, former_history, 100, 5})));
}

TEST(remembered_pods, are_forgotten_ten_minutes_after_dns_listed_them_last) {
  primary_agent agent;
  agent.at(1s).redis(serving).replica().remember().lists({"redis-master-0"});
  agent.at(602s).redis(serving).lists({"redis-master-0"});
  EXPECT_THAT(pods_of(agent), IsEmpty());
}

// The agent has been started again, and the pod has not been heard since.
TEST(remembered_pods, are_not_forgotten_at_once_by_an_agent_that_has_not_seen_them) {
  volume_memory remembered = remembered_data(100);
  remembered.pods = {{slave, former_history, 90, 4}};
  primary_agent agent(remembered);
  agent.at(1s).lists({"redis-master-0"}).redis(serving);
  EXPECT_THAT(pods_of(agent), ElementsAre(text_of(remembered.pods.front())));
  agent.lists({"redis-master-0", slave});
  EXPECT_THAT(pods_of(agent), ElementsAre(text_of(remembered.pods.front())))
      << "nor where DNS lists them";
}

TEST(remembered_pods, are_known_to_have_an_aof_that_has_stopped_until_they_are_in_sync_without) {
  primary_agent agent;
  const auto attached = [](poll_report& r) {
    r.replication.replid = next_history;
    r.replication.link->is_up = true;
  };
  const auto says = [&](bool has_untold_aof) {
    statement said{.pod = slave, .cluster_id = "ours", .run_id = slave + "-run"};
    said.history = {next_history, 100};
    said.has_untold_aof = has_untold_aof;
    agent.tell(stated{peer::pod, said, slave});
  };
  const auto is_noted = [&] { return agent.memory_to_be().value().pods.front().has_untold_aof; };
  agent.at(1s).redis(serving).replica(attached).remember();
  says(true);
  EXPECT_TRUE(is_noted());
  EXPECT_TRUE(is_worth_writing(agent.seen().remembered, *agent.memory_to_be(), 0s));
  agent.remember().at(2s).redis(serving).replica();
  says(false);
  EXPECT_TRUE(is_noted()) << "started from it, it has not been in sync since";
  agent.replica(attached);
  EXPECT_FALSE(is_noted());
}

// It has more, and is away for longer than it is waited for. It may come back.
TEST(a_gate_that_opens_without_a_silent_pod, does_not_claim_to_have_what_that_pod_has) {
  primary_agent agent;
  const auto whole = [](poll_report& r) { serving(r), r.bind = "127.0.0.1 -::1"; };
  agent.at(1s).redis(whole).replica(
      [](poll_report& r) { r.replication.offset = r.replication.link->offset = 140; });
  agent.at(60s).redis(whole);
  ASSERT_THAT(agent.decision(), testing::StartsWith("opens (rule 7)"));
  const auto kept = agent.memory_to_be();
  ASSERT_TRUE(kept);
  EXPECT_FALSE(carries(kept->history, {former_history, 140}));
}

TEST(remembered_pods, are_noted_with_what_a_gate_opens_with) {
  volume_memory remembered = remembered_data(100);
  remembered.pods = {{slave, former_history, 90, 4}, {"redis-slave-7", former_history, 80, 3}};
  primary_agent agent(remembered);
  const auto whole = [](poll_report& r) { serving(r), r.bind = "127.0.0.1 -::1"; };
  agent.at(1s).redis(whole).replica().at(32s).redis(whole).replica();
  EXPECT_THAT(agent.decision(), testing::StartsWith("opens (rule 4)"));
  EXPECT_THAT(pods_of(agent), ElementsAre(text_of({slave, former_history, 100, 5}),
                                          text_of(remembered.pods.back())));
}

// Whether it still is one, the pod knows, by what it has heard of this volume.
TEST(a_bound, outlives_the_run_that_noted_it) {
  volume_memory remembered = remembered_data(100);
  remembered.pods = {{slave, former_history, 90, 4, former_history, 95}};
  remembered.bounds_revision = 7;
  primary_agent agent(remembered);
  agent.at(1s).redis([](poll_report& r) { serving(r), r.bind = "127.0.0.1 -::1"; });
  EXPECT_EQ(agent.memory_to_be().value().pods.at(0).bound, 95);
  EXPECT_EQ(agent.memory_to_be().value().bounds_revision, 7);
  EXPECT_EQ(statement_of(agent.seen()).value().pods.at(0).bound, 95);
  EXPECT_EQ(statement_of(agent.seen()).value().noted.value().bounds_revision, 7);
}

TEST(a_remembered_pod, is_bounded_by_where_it_was_found_to_be_away) {
  volume_memory remembered = remembered_data(100);
  remembered.pods = {{"redis-slave-0", former_history, 40, 3, former_history, 60}};
  for (const std::int64_t bound : {60, -1}) {
    remembered.pods[0].bound = bound;
    primary_agent agent(remembered);
    agent.at(1s).redis().replica();
    const gate_facts facts = assess_gate(agent.seen(), agent.set(), instant(1s));
    ASSERT_EQ(facts.pods.size(), 1U);
    EXPECT_EQ(facts.pods[0].bound.has_value(), bound >= 0);
    if (bound >= 0) {
      EXPECT_EQ(*facts.pods[0].bound, (ancestor{.id = former_history, .reach = 60}));
    }
  }
}

TEST(a_bound, is_old_unless_the_pod_has_heard_nothing_later_of_this_volume) {
  volume_memory remembered = remembered_data(100);
  remembered.pods = {{"redis-slave-0", former_history, 40, 3, former_history, 60, false, 8}};
  remembered.bounds_revision = 7;
  primary_agent agent(remembered);
  agent.at(1s).redis().replica();
  statement said = {"redis-slave-0", "ours", "redis-slave-0-run", {former_history, 50}};
  said.was_in_sync = true;
  const auto pod_with = [&](const std::optional<noted_offset>& noted) {
    said.noted = noted;
    agent.tell(stated{peer::pod, said, "redis-slave-0"});
    return assess_gate(agent.seen(), agent.set(), instant(1s)).pods.at(0);
  };
  EXPECT_TRUE(pod_with(std::nullopt).bound_is_old);
  EXPECT_TRUE(pod_with(noted_offset{"redis-master-0", former_history, 60, 8}).bound_is_old);
  EXPECT_FALSE(pod_with(noted_offset{"redis-master-0", former_history, 60, 7}).bound_is_old);
  EXPECT_FALSE(pod_with(noted_offset{"redis-master-0", former_history, 60, 7}).was_in_sync)
      << "it was away when that was noted";
  EXPECT_TRUE(pod_with(noted_offset{"redis-slave-1", former_history, 60, 7}).bound_is_old);
  EXPECT_EQ(pod_with(noted_offset{"redis-master-0", former_history, 101, 7}).bound, std::nullopt)
      << "an older volume";
}

void serving_a_replica(poll_report& r) {
  serving(r);
  r.replication.replicas = {{{"10.0.0.2", 6379}, "online", 60, 1}};
}

// Nothing is written after that offset.
TEST(an_attached_pod, is_bounded_by_where_the_clients_are_paused_for_an_end) {
  primary_agent agent;
  const auto bound = [&] { return agent.memory_to_be().value().pods.at(0).bound; };
  agent.at(1s).redis(serving_a_replica).replica().remember().tell(end_announced{});
  agent.redis(serving_a_replica);
  EXPECT_EQ(bound(), -1) << "who is announced to end may be killed";
  agent.redis([](poll_report& r) { serving_a_replica(r), r.clients_are_paused = true; });
  EXPECT_EQ(bound(), 100);
  EXPECT_EQ(agent.memory_to_be().value().pods.at(0).bound_id, next_history);
  EXPECT_EQ(agent.remember().memory_to_be(), agent.seen().remembered) << "once";
  agent.redis(serving_a_replica);
  EXPECT_EQ(bound(), -1) << "the end has not come";
}

TEST(an_attached_pod, that_ran_on_at_a_planned_end_was_in_sync_until_then) {
  volume_memory remembered = remembered_data(100);
  remembered.pods = {{"redis-slave-0", former_history, 100, 5, former_history, 100, false, 1}};
  const auto was_in_sync = [&](const std::string& run, std::int64_t offset) {
    remembered.last_end = end_proof{run, offset, 1, 1};
    primary_agent agent(remembered);
    statement said = {"redis-slave-0", "ours", "redis-slave-0-run", {former_history, 100}};
    said.was_in_sync = true;
    agent.at(1s).redis().replica().tell(stated{peer::pod, said, "redis-slave-0"});
    return assess_gate(agent.seen(), agent.set(), instant(1s)).pods.at(0).was_in_sync;
  };
  EXPECT_TRUE(was_in_sync("run-0", 100));
  EXPECT_FALSE(was_in_sync("run-0", 101)) << "it went before";
  EXPECT_FALSE(was_in_sync("run-before", 100)) << "the last run ended without a word";
}

TEST(comings_and_goings, of_pods_are_counted_for_those_that_are_told_of_this_volume) {
  primary_agent agent;
  agent.at(1s).redis(serving).lists({"redis-master-0"}).redis(serving).remember();
  const std::int64_t before = agent.memory_to_be().value().bounds_revision;
  agent.redis(serving).replica();
  EXPECT_EQ(agent.memory_to_be().value().bounds_revision, before + 1);
  agent.remember().redis(serving);
  EXPECT_EQ(agent.memory_to_be().value().bounds_revision, before + 1) << "once";
}

TEST(an_aof, is_remembered_up_to_where_the_disk_has_it) {
  primary_agent agent;
  agent.at(1s).redis(serving);
  EXPECT_EQ(agent.memory_to_be()->aof_offset, std::nullopt) << "there is none";
  agent.redis(serve_with_aof);
  EXPECT_EQ(agent.memory_to_be()->aof_offset, -1) << "nothing is sure";
  agent.at(3s).redis([](poll_report& r) { serve_with_aof(r), r.replication.offset = 170; });
  EXPECT_EQ(agent.memory_to_be()->aof_offset, 100);
  EXPECT_EQ(agent.memory_to_be()->history.offset, 170);
}

TEST(an_aof, that_is_switched_off_or_not_made_yet_is_remembered_to_be_of_earlier_data) {
  primary_agent agent;
  agent.at(1s).redis(serve_with_aof);
  EXPECT_FALSE(agent.memory_to_be()->aof_is_stale);
  agent.at(4s).redis([](poll_report& r) { serve_with_aof(r), r.replication.offset = 170; });
  agent.remember().at(5s).redis([](poll_report& r) {
    serve_with_aof(r);
    r.aof = aof_report{};
    r.replication.offset = 170;
  });
  EXPECT_TRUE(agent.memory_to_be()->aof_is_stale);
  EXPECT_EQ(agent.memory_to_be()->aof_offset, 100) << "up to where it came";
  EXPECT_EQ(agent.memory_to_be()->aof_reach, 170) << "and no further than it may have come";
}

TEST(an_aof, is_not_whole_because_its_process_was_seen_to_end) {
  primary_agent agent;
  agent.at(1s).redis(serve_with_aof).remember();
  agent.tell(failed{peer::redis, link_condition::refused, "", ""});
  EXPECT_EQ(choose_last_memory(agent.seen()), std::nullopt);
  agent.redis(serve_with_aof).tell(end_announced{}).redis([](poll_report& r) {
    serve_with_aof(r);
    r.clients_are_paused = true;
  });
  EXPECT_EQ(choose_last_memory(agent.seen()), std::nullopt) << "it still runs";
  agent.tell(failed{peer::redis, link_condition::refused, "", ""});
  ASSERT_TRUE(choose_last_memory(agent.seen()));
  EXPECT_TRUE(choose_last_memory(agent.seen())->ended_cleanly);
}

TEST(what_a_later_version_has_written, is_kept) {
  volume_memory remembered = remembered_data(100);
  remembered.unknown_fields = "{\"later\":1}";
  primary_agent agent(remembered);
  agent.at(1s).redis(serving);
  EXPECT_EQ(agent.memory_to_be()->unknown_fields, "{\"later\":1}");
}

TEST(a_memory, is_written_that_is_news_or_not_yet_on_the_volume) {
  primary_agent agent(std::nullopt);
  agent.at(1s).redis(serving);
  const auto is_due = [&](duration when) {
    return is_to_be_written(agent.seen(), *agent.memory_to_be(), instant(when));
  };
  EXPECT_TRUE(is_due(1s));
  agent.remember();
  EXPECT_FALSE(is_due(1h)) << "it is there";
  agent.redis([](poll_report& r) { serving(r), r.details->keys = 6; });
  EXPECT_FALSE(is_due(10s));
  EXPECT_TRUE(is_due(11s));
  agent.seen().is_noted = false;
  EXPECT_TRUE(is_due(1s));
}

TEST(a_memory, is_not_written_without_end) {
  primary_agent agent;
  agent.at(1s).redis(serving);
  for (int i = 0; i < 5; ++i) agent.remember();
  agent.seen().is_noted = false;
  const auto is_due = [&](duration when) {
    return is_to_be_written(agent.seen(), *agent.memory_to_be(), instant(when));
  };
  EXPECT_FALSE(is_due(1099ms));
  EXPECT_TRUE(is_due(1100ms));
}

TEST(a_memory, is_tried_again_each_second_where_the_volume_refuses) {
  primary_agent agent;
  agent.at(1s).redis(serving).tell(volume_refused{"write: Read-only file system"});
  const auto is_due = [&](duration when) {
    return is_to_be_written(agent.seen(), *agent.memory_to_be(), instant(when));
  };
  EXPECT_FALSE(is_due(1900ms));
  EXPECT_TRUE(is_due(2s));
}

TEST(an_rdb, that_a_person_has_decided_against_is_remembered_and_stays_so) {
  const rdb_header rdb{.saved_at = 0, .keys = 7};
  primary_agent agent(std::nullopt, rdb);
  agent.at(1s).lists({"redis-master-0"}).redis();
  EXPECT_THAT(agent.decision(), testing::StartsWith("holds (rule 7)"));
  agent.decides(keeping::mine).remember();
  EXPECT_EQ(agent.seen().remembered->dismissed_rdb, rdb);
  agent.at(9s).redis([](poll_report& r) { r.bind = "* -::*"; });
  EXPECT_EQ(agent.memory_to_be()->dismissed_rdb, rdb);
}

TEST(an_rdb, is_not_dismissed_by_what_the_rules_alone_have_opened) {
  primary_agent agent(remembered_data(100), rdb_header{.saved_at = 0, .keys = 7});
  const auto whole = [](poll_report& r) { serving(r), r.bind = "127.0.0.1 -::1"; };
  agent.at(1s).redis(whole).replica();
  EXPECT_THAT(agent.decision(), testing::StartsWith("opens (rule 4)"));
  EXPECT_EQ(agent.memory_to_be()->dismissed_rdb, std::nullopt);
}

// Each start of an AOF takes a new id. One replica is away all the while.
TEST(a_crash_loop, forgets_no_stream_in_which_a_replica_was_seen_last) {
  primary_agent agent;
  agent.at(1s).replica().redis(serve_with_aof).remember();
  const std::string away = agent.seen().remembered->pods.at(0).history_id;
  ASSERT_EQ(away, former_history);
  for (int run = 2; run < 500; ++run) {
    const auto started = [&](poll_report& r) {
      serve_with_aof(r);
      r.server->run_id = "run-" + std::to_string(run);
      r.replication.replid = "stream-" + std::to_string(run);
      r.replication.replid2 = no_history;
      r.replication.second_offset = -1;
      r.replication.offset = 0;
    };
    agent.at(run * 1s).redis(started).tell(volume_checked{true}).redis(started);
    if (agent.memory_to_be()) agent.remember();
  }
  const lineage& history = agent.seen().remembered->history;
  EXPECT_LE(history.ancestors.size(), 33U);
  EXPECT_TRUE(carries(history, {former_history, 100}));
}

}  // namespace
}  // namespace redis_agent::core
