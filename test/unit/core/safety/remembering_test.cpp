// What the volume is to remember, step by step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/safety/gate.hpp"
#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

using testing::ElementsAre;

TEST(choose_memory, knows_nothing_before_the_server_and_the_volume_have_been_heard) {
  primary_agent agent;
  EXPECT_EQ(agent.memory_to_be(), std::nullopt);
  agent.at(1s).redis(serving);
  EXPECT_NE(agent.memory_to_be(), std::nullopt);
  agent.redis([](poll_report& r) { serving(r), r.loading = loading_report{true, false, 1}; });
  EXPECT_EQ(agent.memory_to_be(), std::nullopt);
  agent.redis(serving).tell(failed{peer::redis, link_condition::timed_out, ""});
  EXPECT_EQ(agent.memory_to_be(), std::nullopt);
  agent.redis(serving).seen().volume_is_read = false;
  EXPECT_EQ(agent.memory_to_be(), std::nullopt);
}

TEST(choose_memory, knows_of_data_that_is_no_key) {
  primary_agent agent;
  const auto of_functions = [](poll_report& r) {
    serving(r);
    r.details = server_details{.keys = 0, .functions = 2};
  };
  agent.at(1s).redis(of_functions);
  ASSERT_TRUE(agent.memory_to_be());
  EXPECT_EQ(agent.memory_to_be()->functions, 2);
  agent.remember().at(2s).redis([](poll_report& r) { serving(r), r.server->run_id = "run-2"; });
  agent.tell(volume_checked{true});
  EXPECT_EQ(agent.seen().remembered->functions, 2) << "which the end of the run leaves";
}

TEST(choose_memory, changes_nothing_while_the_gate_waits_or_holds) {
  primary_agent agent;
  agent.at(1s).redis();
  EXPECT_EQ(agent.memory_to_be(), std::nullopt);
  agent.at(61s).redis();
  EXPECT_EQ(agent.memory_to_be(), std::nullopt);
}

// Redis remembers one former id: a second restart must not forget what this one goes on from.
TEST(choose_memory, notes_what_a_waiting_server_with_data_goes_on_from) {
  primary_agent agent;
  agent.at(1s).redis([](poll_report& r) { serving(r), r.bind = "127.0.0.1 -::1"; });
  EXPECT_THAT(agent.decision(), testing::StartsWith("waits (rule 7)"));
  ASSERT_TRUE(agent.memory_to_be());
  EXPECT_EQ(agent.memory_to_be()->history,
            (lineage{next_history, 100, {{former_history, 101}}, 100}));
  EXPECT_EQ(agent.memory_to_be()->run_id, "run-1");
}

// It was killed and has an older RDB: what is remembered says where the other pods' stream comes
// from.
TEST(choose_memory, of_a_server_that_has_gone_back_keeps_what_others_may_have) {
  volume_memory remembered = remembered_data(140);
  remembered.history = {next_history, 140, {{former_history, 101}}, 100};
  primary_agent agent(remembered);
  const auto gone_back = [](poll_report& r) {
    serving(r);
    r.bind = "127.0.0.1 -::1";
    r.replication.replid = own_history;
  };
  agent.at(1s).redis(gone_back);
  remembered.gone_back = {own_history, 100, {{former_history, 101}}, 100};
  EXPECT_EQ(agent.memory_to_be(), remembered);
  agent.at(90s).redis(gone_back).replica([](poll_report& r) {
    r.replication.replid = next_history;
    r.replication.offset = r.replication.link->offset = 140;
  });
  EXPECT_THAT(agent.decision(), testing::StartsWith("catches up"));
  ASSERT_TRUE(agent.memory_to_be());
  EXPECT_EQ(agent.memory_to_be()->history, remembered.history);
  EXPECT_EQ(agent.memory_to_be()->gone_back, remembered.gone_back);
  EXPECT_TRUE(agent.memory_to_be()->is_copying);
}

// Its name changed without a trace when its first replica attached, and it ended at once.
TEST(choose_memory, notes_a_history_that_its_own_files_tell_and_no_agent_has_seen) {
  volume_memory remembered = remembered_data(0);
  remembered.history.id = own_history;
  primary_agent agent(remembered);
  agent.at(1s).redis([](poll_report& r) { serving(r), r.bind = "127.0.0.1 -::1"; });
  EXPECT_THAT(agent.decision(), testing::StartsWith("waits (rule 7)"));
  ASSERT_TRUE(agent.memory_to_be());
  EXPECT_EQ(agent.memory_to_be()->history, remembered.history);
  EXPECT_EQ(agent.memory_to_be()->gone_back,
            (lineage{next_history, 100, {{former_history, 101}}, 100}));
}

TEST(choose_memory, notes_a_copy_and_keeps_what_was_there) {
  primary_agent agent;
  agent.at(1s).redis().replica();
  volume_memory expected = remembered_data(100);
  expected.is_copying = true;
  expected.pods = {{"redis-slave-0", former_history, 100, 5}};
  EXPECT_EQ(agent.memory_to_be(), expected);
  agent.remember().at(2s).redis(copying).replica(held_by_the_anchor);
  EXPECT_EQ(agent.memory_to_be(), expected);
}

TEST(choose_memory, of_a_copy_that_is_whole_is_the_donor_s_history) {
  primary_agent agent;
  agent.at(1s).redis().replica().remember().at(3s).redis(copied).replica(held_by_the_anchor);
  const auto kept = agent.memory_to_be();
  ASSERT_TRUE(kept);
  EXPECT_FALSE(kept->is_copying);
  EXPECT_EQ(kept->run_id, "run-1");
  EXPECT_EQ(kept->history.id, former_history);
  EXPECT_EQ(kept->history.offset, 100);
  EXPECT_EQ(kept->keys, 5);
  EXPECT_EQ(kept->cluster_id, "ours");
}

// Until its first replica comes what is written to an open server is not counted: if it crashes
// then, its AOF has it, and no volume says so.
TEST(choose_memory, takes_what_is_about_to_open_for_no_mere_name) {
  primary_agent agent;
  const auto restarted = [](poll_report& r) {
    r.aof = aof_report{.is_enabled = true};
    r.details->keys = 5;
  };
  const auto less = [](poll_report& r) { r.replication.offset = r.replication.link->offset = 90; };
  agent.at(1s).lists({"redis-master-0"}).redis(restarted).remember();
  EXPECT_EQ(agent.seen().remembered->history.begin, 0) << "nobody can write to it yet";
  agent.lists({"redis-master-0", "redis-slave-0"}).replica(less).redis(restarted);
  ASSERT_THAT(agent.decision(), testing::StartsWith("opens"));
  ASSERT_TRUE(agent.memory_to_be());
  EXPECT_EQ(agent.memory_to_be()->history.begin, -1);
  EXPECT_TRUE(is_worth_writing(agent.seen().remembered, *agent.memory_to_be(), 0s));
}

TEST(choose_memory, of_half_a_copy_is_no_history_to_open_with) {
  volume_memory noted = remembered_data(100);
  noted.is_copying = true;
  noted.history = {own_history, 0};
  primary_agent agent(noted);
  agent.at(1s).redis().at(61s).redis();
  EXPECT_EQ(agent.memory_to_be(), std::nullopt);
  EXPECT_THAT(agent.decision(), testing::HasSubstr("this pod had begun to copy another's data"));
}

TEST(choose_memory, of_a_serving_primary_is_its_own_stream_and_all_before_it) {
  primary_agent agent;
  agent.at(1s).redis(serving);
  const auto kept = agent.memory_to_be();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->history, (lineage{next_history, 100, {{former_history, 101}}, 100}));
  EXPECT_EQ(kept->replicas, 1) << "as DNS lists";
  agent.redis([](poll_report& r) { serving(r), r.replication.connected_replicas = 3; });
  EXPECT_EQ(agent.memory_to_be()->replicas, 3);
}

TEST(choose_memory, names_a_new_cluster_once_it_serves_and_has_something) {
  primary_agent agent(std::nullopt);
  agent.at(1s).lists({"redis-master-0"}).redis().at(4s).redis();
  ASSERT_TRUE(agent.memory_to_be()) << "its gate is about to open";
  EXPECT_EQ(agent.memory_to_be()->cluster_id, "");
  agent.redis([](poll_report& r) { r.bind = "* -::*"; });
  EXPECT_EQ(agent.memory_to_be()->cluster_id, "") << "replicas that have data may still come";
  agent.redis([](poll_report& r) { r.bind = "* -::*", r.details->keys = 1; });
  EXPECT_EQ(agent.memory_to_be()->cluster_id, "fresh");
}

TEST(choose_memory, takes_the_cluster_of_whomever_it_has_copied) {
  primary_agent agent(std::nullopt);
  agent.at(1s).redis().replica().replica_says("ours", {former_history, 100});
  agent.remember().at(3s).redis(copied).replica(held_by_the_anchor);
  EXPECT_EQ(agent.memory_to_be()->cluster_id, "ours");
}

TEST(choose_memory, keeps_its_cluster_whatever_others_say) {
  primary_agent agent;
  agent.at(1s).redis(serving).replica().replica_says("theirs", {former_history, 100});
  EXPECT_EQ(agent.memory_to_be()->cluster_id, "ours");
}

TEST(choose_memory, of_a_person_s_word_declares_that_nothing_is_missing) {
  primary_agent agent;
  agent.at(1s).redis([](poll_report& r) { r.details->keys = 1; });
  agent.replica().decides(keeping::mine);
  const auto kept = agent.memory_to_be();
  ASSERT_TRUE(kept);
  EXPECT_TRUE(carries(kept->history, {former_history, 100}));
}

TEST(choose_memory, of_a_primary_without_a_gate_is_what_it_serves) {
  primary_agent agent;
  agent.set().gate = gate_choice::direct;
  agent.seen().gate = gate_choice::direct;
  agent.at(1s).redis(serving);
  EXPECT_EQ(agent.memory_to_be()->history.id, next_history);
  agent.redis(copied);
  EXPECT_EQ(agent.memory_to_be(), std::nullopt) << "somebody has made it a replica";
}

class replica_memory : public testing::Test {
 protected:
  replica_memory() : settings_(parse_settings(subcommand::sidecar, {}, "redis-slave-0").values) {
    memory_ = begin_memory(settings_, instant(0s));
    remember(std::nullopt);
  }

  void take(const event& e) { observe(memory_, e, instant(0s)); }
  void remember(const std::optional<volume_memory>& m) { take(volume_read{m}); }

  void redis(const std::function<void(poll_report&)>& differs = {}) {
    poll_report own;
    own.server = server_report{"7.0.15", "run", 10};
    own.details = server_details{5, {}};
    own.stage = link_stage::connected;
    own.replication.server_role = role::replica;
    own.replication.replid = former_history;
    own.replication.replid2 = no_history;
    own.replication.offset = 90;
    own.replication.link.emplace();
    own.replication.link->primary = {"10.0.0.1", 6379};
    own.replication.link->offset = 90;
    own.replication.link->is_up = true;
    if (differs) differs(own);
    take(reported{peer::redis, own});
    if (!memory_.volume_is_checked) take(volume_checked{true});
  }

  void primary() {
    poll_report report;
    report.server = server_report{"7.0.15", "primary-run", 10};
    report.replication.replid = former_history;
    report.replication.replid2 = no_history;
    report.replication.offset = 100;
    report.replication.connected_replicas = 1;
    take(addresses_resolved{{{"10.0.0.1"}, 5s}});
    take(reported{peer::primary, report});
  }

  void primary_says(const std::string& cluster, const lineage& history) {
    take(stated{peer::primary, {"redis-master-0", cluster, "primary-run", history}});
  }

  std::optional<volume_memory> memory_to_be() const {
    return choose_memory(memory_, settings_, instant(0s));
  }

  settings settings_;
  memory memory_;
};

TEST_F(replica_memory, is_what_it_has_and_what_its_primary_s_agent_knows) {
  redis();
  EXPECT_EQ(memory_to_be(), std::nullopt) << "whose it is has not been heard";
  primary();
  primary_says("", {former_history, 100});
  ASSERT_TRUE(memory_to_be());
  EXPECT_EQ(memory_to_be()->cluster_id, "");
  primary_says("ours", {former_history, 100, {{next_history, 31}}, 30});
  EXPECT_EQ(memory_to_be()->cluster_id, "ours");
  EXPECT_EQ(memory_to_be()->history, (lineage{former_history, 90, {{next_history, 31}}, 30}));
  EXPECT_EQ(memory_to_be()->keys, 5);
}

TEST_F(replica_memory, stays_as_it_is_while_the_link_is_down_or_a_sync_runs) {
  primary();
  redis([](poll_report& r) { r.replication.link->is_up = false; });
  EXPECT_EQ(memory_to_be(), std::nullopt);
  redis([](poll_report& r) { r.replication.link->sync_in_progress = true; });
  EXPECT_EQ(memory_to_be(), std::nullopt);
  redis(held_by_the_anchor);
  EXPECT_EQ(memory_to_be(), std::nullopt) << "an anchor sends nothing";
}

TEST_F(replica_memory, notes_at_once_what_the_primary_s_volume_remembers_and_keeps_it) {
  primary();
  redis();
  primary_says("ours", {former_history, 100});
  const volume_memory before = memory_to_be().value();
  statement said = {"redis-master-0", "ours", "primary-run", {former_history, 100}};
  said.noted = noted_offset{"redis-master-0", former_history, 70};
  take(stated{peer::primary, said});
  const volume_memory kept = memory_to_be().value();
  EXPECT_EQ(kept.noted, said.noted);
  EXPECT_TRUE(is_worth_writing(before, kept, 0s));
  remember(kept);
  redis([](poll_report& r) {
    from_an_aof(r);
    r.server->run_id = "next-run";
    r.replication.link->is_up = false;
  });
  take(volume_checked{true});
  ASSERT_TRUE(memory_to_be());
  EXPECT_EQ(memory_to_be()->noted, said.noted) << "after a restart";
  EXPECT_EQ(statement_of(memory_).value().noted, said.noted);
}

// Whoever asks what it cannot be beyond must not take the bound of before for one.
TEST_F(replica_memory, takes_nothing_for_noted_before_the_primary_s_volume_knows_that_it_is_back) {
  primary();
  redis();
  statement said = {"redis-master-0", "ours", "primary-run", {former_history, 100}};
  said.noted = noted_offset{"redis-master-0", former_history, 70, 3};
  take(stated{peer::primary, said});
  remember(memory_to_be().value());
  said.pods = {{.name = memory_.pod, .bound_id = former_history, .bound = 70}};
  take(stated{peer::primary, said});
  ASSERT_TRUE(memory_to_be().value().noted);
  EXPECT_FALSE(vouches_for(memory_to_be()->noted, "redis-master-0", 3, {former_history, 100}));
  said.pods.clear();
  said.noted->bounds_revision = 4;
  take(stated{peer::primary, said});
  EXPECT_EQ(memory_to_be().value().noted, said.noted);
}

// An AOF or an RDB that it starts from later has what was written here.
TEST_F(replica_memory, notes_the_stream_that_a_person_has_begun_here) {
  volume_memory before = remembered_data(80);
  before.noted = noted_offset{"redis-master-0", former_history, 70};
  remember(before);
  redis([](poll_report& r) {
    r.replication.server_role = role::primary;
    r.replication.link.reset();
    r.replication.replid = next_history;
    r.replication.replid2 = former_history;
    r.replication.second_offset = 91;
    r.replication.offset = 150;
  });
  const auto kept = memory_to_be();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->history.id, next_history);
  EXPECT_EQ(kept->history.offset, 150);
  EXPECT_TRUE(carries(kept->history, {former_history, 90}));
  EXPECT_EQ(kept->cluster_id, "ours");
  EXPECT_EQ(kept->noted, std::nullopt) << "what was noted bounds it no more";
}

TEST_F(replica_memory, does_not_change_its_cluster_for_a_stranger) {
  remember(remembered_data(80));
  primary();
  redis();
  primary_says("theirs", {former_history, 100});
  ASSERT_TRUE(memory_to_be()) << "the history goes on";
  EXPECT_EQ(memory_to_be()->cluster_id, "ours");
  take(person_decided{keeping::theirs});
  ASSERT_TRUE(memory_to_be());
  EXPECT_EQ(memory_to_be()->cluster_id, "theirs");
}

TEST_F(replica_memory, notes_the_name_that_its_server_has_invented_at_a_start_from_an_aof) {
  remember(remembered_data(80));
  redis([](poll_report& r) {
    from_an_aof(r);
    r.replication.link->is_up = false;
  });
  const auto kept = memory_to_be();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->history.id, next_history);
  EXPECT_TRUE(kept->history.is_estimate);
  EXPECT_THAT(kept->history.ancestors, ElementsAre(ancestor{former_history, 81, -1, 80}));
  EXPECT_EQ(kept->cluster_id, "ours");
}

TEST_F(replica_memory, notes_the_name_that_it_has_taken_to_be_held_by_the_anchor) {
  remember(remembered_data(90));
  redis([](poll_report& r) {
    held_by_the_anchor(r);
    r.replication.replid = next_history;
    r.replication.replid2 = former_history;
    r.replication.second_offset = 91;
  });
  ASSERT_TRUE(memory_to_be());
  EXPECT_EQ(memory_to_be()->history, (lineage{next_history, 90, {{former_history, 91}}, 90}));
}

TEST_F(replica_memory, is_no_estimate_any_more_once_in_sync) {
  volume_memory guessed = remembered_data(80);
  guessed.history.is_estimate = true;
  remember(guessed);
  primary();
  redis();
  EXPECT_FALSE(memory_to_be()->history.is_estimate);
}

}  // namespace
}  // namespace redis_agent::core
