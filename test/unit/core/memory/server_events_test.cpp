// What a server's reports, the volume and an order change in the memory.
#include <gtest/gtest.h>

#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

void serve_with_aof(poll_report& r) {
  serving(r);
  r.aof = aof_report{.is_enabled = true};
  r.replication.backlog_is_active = true;
}

void restarted(poll_report& r) {
  r.server->run_id = "run-2";
  r.details = server_details{5, {}};
}

// The memory that a run leaves, where its volume is found to be the same after its end.
std::optional<volume_memory> left_by(primary_agent& agent) {
  agent.redis(restarted).tell(volume_checked{true});
  return agent.seen().remembered;
}

TEST(a_run, that_ends_without_a_word_leaves_an_aof_that_is_sure_of_what_was_written) {
  primary_agent agent;
  agent.at(1s).redis(serve_with_aof).remember().redis([](poll_report& r) {
    serve_with_aof(r);
    r.replication.offset = 170;
    r.aof->buffered_bytes = 9;
  });
  agent.tell(failed{peer::redis, link_condition::closed, "", ""});
  const auto left = left_by(agent);
  ASSERT_TRUE(left);
  EXPECT_FALSE(left->ended_cleanly) << "that its process was seen to go says nothing of its file";
  EXPECT_EQ(left->history.offset, 170);
  EXPECT_EQ(left->aof_offset, 100);
}

TEST(a_run, whose_clients_were_paused_until_it_went_leaves_an_aof_that_is_whole) {
  for (const bool is_paused : {true, false}) {
    primary_agent agent;
    agent.at(1s).redis(serve_with_aof).remember().tell(end_announced{});
    agent.redis([&](poll_report& r) { serve_with_aof(r), r.clients_are_paused = is_paused; });
    agent.tell(failed{peer::redis, link_condition::closed, "", ""});
    EXPECT_EQ(left_by(agent)->ended_cleanly, is_paused) << "it may have been killed";
  }
}

TEST(a_run, that_was_shutting_down_leaves_an_aof_that_is_whole) {
  primary_agent agent;
  agent.at(1s).redis(serve_with_aof).remember();
  agent.redis([](poll_report& r) { serve_with_aof(r), r.server->is_shutting_down = true; });
  EXPECT_TRUE(left_by(agent)->ended_cleanly);
}

TEST(a_run, whose_end_was_announced_leaves_no_whole_aof_where_the_disk_takes_none) {
  for (const bool is_failing : {true, false}) {
    primary_agent agent;
    agent.at(1s).redis(serve_with_aof).remember().tell(end_announced{});
    agent.redis([&](poll_report& r) {
      serve_with_aof(r);
      r.clients_are_paused = true;
      r.aof->is_failing = is_failing;
      r.aof->buffered_bytes = is_failing ? 0 : 9;
    });
    agent.tell(failed{peer::redis, link_condition::closed, "", ""});
    EXPECT_FALSE(left_by(agent)->ended_cleanly) << is_failing;
  }
}

TEST(a_run, whose_aof_was_switched_off_leaves_none_that_is_whole) {
  primary_agent agent;
  agent.at(1s).redis(serve_with_aof).remember().tell(end_announced{});
  agent.redis([](poll_report& r) {
    serve_with_aof(r);
    r.clients_are_paused = true;
    r.aof = aof_report{};
  });
  agent.tell(failed{peer::redis, link_condition::closed, "", ""});
  EXPECT_FALSE(left_by(agent)->ended_cleanly);
}

TEST(an_announced_end, has_come_when_its_process_is_gone_and_not_when_it_is_silent) {
  primary_agent agent;
  agent.at(1s).redis(serve_with_aof).tell(end_announced{});
  agent.at(2s).tell(failed{peer::redis, link_condition::timed_out, "", ""});
  EXPECT_EQ(agent.seen().ending->gone_at, std::nullopt);
  agent.at(3s).tell(failed{peer::redis, link_condition::refused, "", ""});
  agent.at(4s).tell(failed{peer::redis, link_condition::refused, "", ""});
  EXPECT_EQ(agent.seen().ending->gone_at, instant(3s));
}

TEST(a_run, on_another_volume_has_what_that_one_remembers) {
  primary_agent agent;
  agent.at(1s).redis(serve_with_aof).remember().redis(restarted);
  volume_memory another = remembered_data(7);
  another.cluster_id = "theirs";
  agent.tell(volume_checked{false, std::nullopt, another});
  EXPECT_EQ(agent.seen().remembered, another);
}

TEST(a_run, on_an_emptied_volume_has_nothing_of_what_was_remembered) {
  primary_agent agent;
  agent.at(1s).redis(serve_with_aof).remember().tell(end_announced{});
  agent.tell(failed{peer::redis, link_condition::closed, "", ""});
  agent.redis(restarted).tell(volume_checked{false});
  ASSERT_TRUE(agent.seen().remembered) << "that there was data is not forgotten";
  EXPECT_EQ(agent.seen().remembered->keys, 5);
  EXPECT_EQ(agent.seen().remembered->aof_offset, -1);
  EXPECT_FALSE(agent.seen().remembered->ended_cleanly);
  EXPECT_FALSE(agent.seen().is_noted);
}

// Before its first replica a server's offset stands still, whatever is written.
TEST(an_aof, before_the_first_replica_is_not_sure_of_the_offset_that_is_told) {
  primary_agent agent;
  agent.at(1s).redis([](poll_report& r) {
    serve_with_aof(r);
    r.replication.backlog_is_active = false;
  });
  EXPECT_EQ(agent.seen().aof.written(), 99);
}

TEST(the_volume, that_refuses_is_remembered_to_have_until_it_takes) {
  primary_agent agent;
  agent.at(1s).redis(serving).tell(volume_refused{"No space left on device"});
  EXPECT_EQ(agent.seen().volume_trouble, "No space left on device");
  EXPECT_EQ(agent.seen().remembered, remembered_data(100)) << "what it could not take is not there";
  agent.remember();
  EXPECT_EQ(agent.seen().volume_trouble, "");
}

TEST(the_volume, is_looked_at_again_where_the_rdb_has_another_name) {
  primary_agent agent;
  EXPECT_EQ(agent.seen().rdb_name, "dump.rdb");
  agent.at(1s).redis([](poll_report& r) { r.rdb_name = "dump.rdb"; });
  EXPECT_TRUE(agent.seen().volume_is_checked);
  agent.redis([](poll_report& r) { r.rdb_name = "backup.rdb"; });
  EXPECT_FALSE(agent.seen().volume_is_checked);
  EXPECT_EQ(agent.seen().rdb_name, "backup.rdb");
  agent.redis();
  EXPECT_EQ(agent.seen().rdb_name, "backup.rdb") << "not asked with each poll";
}

TEST(an_order, is_counted_while_it_is_the_same) {
  primary_agent agent;
  const auto order = [&](duration when, const std::string& text) {
    agent.at(when).tell(ordered{peer::pod, text, "redis-slave-0"});
    return *agent.seen().pods.at("redis-slave-0").ordered;
  };
  EXPECT_EQ(order(1s, "REPLICAOF 10.0.0.1 9122").times, 1U);
  const order_memory again = order(3s, "REPLICAOF 10.0.0.1 9122");
  EXPECT_EQ(again.times, 2U);
  EXPECT_EQ(again.first_at, instant(1s));
  EXPECT_EQ(again.last_at, instant(3s));
  const order_memory another = order(4s, "REPLICAOF 127.0.0.1 1");
  EXPECT_EQ(another.times, 1U);
  EXPECT_EQ(another.first_at, instant(4s));
}

TEST(a_person_s_word, is_forgotten_when_what_it_was_about_is_over) {
  primary_agent agent;
  agent.at(61s).redis().at(122s).redis();
  agent.decides(keeping::mine);
  EXPECT_EQ(agent.seen().kept, keeping::mine);
  agent.redis(serving);
  EXPECT_EQ(agent.seen().kept, keeping::undecided) << "it is open";
  agent.at(200s).redis(restarted).tell(volume_checked{}).at(300s).redis(restarted);
  agent.decides(keeping::mine);
  agent.redis([](poll_report& r) { r.server->run_id = "run-3"; });
  EXPECT_EQ(agent.seen().kept, keeping::undecided) << "the server is another";
}

}  // namespace
}  // namespace redis_agent::core
