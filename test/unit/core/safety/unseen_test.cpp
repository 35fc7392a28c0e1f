// What an agent does not see while it is away, is stopped or hears nobody, it must not take for
// seen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/safety/gate.hpp"
#include "core/safety/remembering.hpp"
#include "unit/core/safety/primary_agent.hpp"
#include "unit/core/safety/watched_replica.hpp"

namespace redis_agent::core {
namespace {

// --- the end of the primary's own server ---

class an_end : public testing::Test {
 protected:
  an_end() { agent.at(1s).redis(serving).remember().at(2s).redis(serving); }

  bool is_seen_at(duration when, link_condition how) {
    agent.at(when).tell(failed{peer::redis, how, ""});
    agent.at(when + 10s).redis([](poll_report& r) {
      serving(r);
      r.server->run_id = "next-run";
    });
    agent.tell(volume_checked{true});
    return agent.seen().end_was_seen;
  }

  primary_agent agent;
};

TEST_F(an_end, is_seen_where_nobody_listens_soon_after_a_report) {
  EXPECT_TRUE(is_seen_at(2300ms, link_condition::refused));
}

TEST_F(an_end, is_not_seen_where_the_last_report_is_of_long_before) {
  EXPECT_FALSE(is_seen_at(4s, link_condition::refused));
}

TEST_F(an_end, is_not_seen_where_only_a_connection_has_ended) {
  EXPECT_FALSE(is_seen_at(2300ms, link_condition::closed)) << "too many clients, say";
}

TEST_F(an_end, is_not_seen_by_an_agent_that_was_stopped) {
  agent.tell(turned{}).at(2300ms).tell(failed{peer::redis, link_condition::refused, ""});
  agent.at(8s).tell(turned{});
  EXPECT_FALSE(is_seen_at(8s, link_condition::refused)) << "a server may have come and gone";
}

TEST_F(an_end, that_was_announced_is_not_whole_for_an_agent_that_was_stopped) {
  const auto paused = [](poll_report& r) {
    serving(r);
    r.aof = aof_report{.is_enabled = true};
    r.clients_are_paused = true;
  };
  agent.tell(end_announced{}).redis(paused).tell(turned{});
  agent.at(3s).tell(failed{peer::redis, link_condition::refused, ""});
  EXPECT_TRUE(has_ended_whole(agent.seen()));
  agent.at(8s).tell(turned{});
  EXPECT_FALSE(has_ended_whole(agent.seen())) << "the pause may have ended before its server did";
}

// --- the stream in which a pod was while its agent was away ---

const std::string first_stream(40, '1');
const std::string second_stream(40, '2');
const std::string third_stream(40, '3');

// From an AOF whose volume tells of the first stream alone.
lineage from_first() {
  lineage own{own_history, 0, {{first_stream, 0, -1, 50}}, 0};
  own.is_estimate = true;
  return own;
}

std::vector<remembered_pod> seen_in(const std::string& stream) {
  return {{.name = "redis-slave-0", .history_id = stream, .offset = 90}};
}

bool learns(lineage& history, const std::string& stream, const lineage& primarys) {
  return learn_last_stream(history, seen_in(stream), "redis-slave-0", primarys);
}

TEST(a_pod_whose_agent_was_away, is_in_the_stream_in_which_its_primary_has_seen_it) {
  lineage own = from_first();
  own.is_stale = true;
  const lineage primarys{third_stream, 10, {{second_stream, 80}, {first_stream, whole_stream}}, 10};
  EXPECT_TRUE(carries(primarys, own)) << "as far as its own volume tells";
  ASSERT_TRUE(learns(own, second_stream, primarys));
  EXPECT_EQ(last_written_stream(own), second_stream);
  EXPECT_TRUE(reaches(own, second_stream, 90));
  EXPECT_FALSE(own.is_stale) << "that was true of the AOF in the first stream";
  EXPECT_FALSE(surely_carries(primarys, own));
  const lineage gone_on{second_stream, 100, {{first_stream, whole_stream}}};
  EXPECT_TRUE(surely_carries(gone_on, own)) << "the primary has not ended since";
}

TEST(a_pod_whose_agent_was_away, is_in_no_older_stream_than_its_volume_tells) {
  const lineage primarys{
      third_stream, 10, {{second_stream, 80}, {first_stream, whole_stream}, {no_history, 5}}, 10};
  lineage own = from_first();
  EXPECT_FALSE(learns(own, first_stream, primarys)) << "that is known";
  EXPECT_FALSE(learns(own, "", primarys)) << "it has never been seen";
  own.ancestors = {{second_stream, 0, -1, 50}};
  EXPECT_FALSE(learns(own, first_stream, primarys)) << "an older volume of the primary's";
  own.ancestors = {{next_history, 0, -1, 50}};
  EXPECT_FALSE(learns(own, second_stream, primarys)) << "a stranger";
  EXPECT_EQ(own.ancestors.size(), 1U);
}

// A person has promoted it, and the primary's agent has seen that.
TEST(a_pod_whose_agent_was_away, may_have_been_in_a_stream_that_its_primary_does_not_have) {
  const lineage primarys{second_stream, 100, {{first_stream, whole_stream}}, 10};
  lineage own = from_first();
  EXPECT_TRUE(surely_carries(primarys, own));
  ASSERT_TRUE(learns(own, next_history, primarys));
  EXPECT_FALSE(surely_carries(primarys, own));
  EXPECT_FALSE(carries_up_to(primarys, own, {.id = first_stream, .reach = 90}));
  // It was heard last before its first sync, when it was empty.
  lineage another = from_first();
  std::vector<remembered_pod> heard_first = seen_in(next_history);
  heard_first[0].offset = 0;
  EXPECT_FALSE(learn_last_stream(another, heard_first, "redis-slave-0", primarys));
}

TEST(a_pod_whose_agent_was_away, tells_for_itself_where_its_server_does) {
  lineage own{first_stream, 50};
  EXPECT_FALSE(learns(own, second_stream, {second_stream, 80, {{first_stream, 50}}}));
}

TEST(a_remembered_pod, keeps_its_stream_while_its_server_has_an_invented_one) {
  volume_memory remembered = remembered_data(100);
  remembered.pods = seen_in(former_history);
  primary_agent agent(remembered);
  agent.at(1s).redis(serving).replica(from_an_aof);
  agent.remember();
  lineage guessed{next_history, 0, {{first_stream, 0}}, 0};
  guessed.is_estimate = true;
  agent.replica_says("ours", guessed);
  ASSERT_TRUE(agent.memory_to_be());
  EXPECT_EQ(agent.memory_to_be()->pods[0].history_id, former_history);
  EXPECT_EQ(agent.memory_to_be()->pods[0].offset, 90);
}

TEST(a_pod_whose_agent_was_away, is_known_at_the_gate_though_its_aof_had_stopped) {
  volume_memory remembered = remembered_data(100);
  remembered.history.ancestors = {{first_stream, whole_stream}};
  remembered.pods = seen_in(former_history);
  remembered.pods[0].has_untold_aof = true;
  primary_agent agent(remembered);
  lineage guessed{next_history, 0, {{first_stream, 0}}, 0};
  guessed.is_estimate = true;
  agent.at(1s).redis(replica_of_nobody).replica(from_an_aof).replica_says("ours", guessed);
  const gate_facts facts = assess_gate(agent.seen(), agent.set(), instant(1s));
  ASSERT_EQ(facts.pods.size(), 1U);
  EXPECT_EQ(last_written_stream(facts.pods[0].history), former_history);
  EXPECT_TRUE(facts.pods[0].has_untold_aof);
}

TEST(a_remembered_pod, is_noted_at_once_in_another_stream) {
  volume_memory before = remembered_data(100);
  before.pods = seen_in(first_stream);
  volume_memory after = before;
  after.pods = seen_in(second_stream);
  EXPECT_TRUE(is_worth_writing(before, after, 0s)) << "its own agent may be away";
}

// --- a replica whose primary is out of contact ---

class a_replica_whose_agent_was_away : public watched_replica {
 protected:
  a_replica_whose_agent_was_away() {
    primary(1s, third_stream, 10);
    redis(1s, [](poll_report& r) {
      r.aof = aof_report{.is_enabled = true};
      r.replication.replid = b;
      r.replication.offset = 0;
      r.replication.link->offset = 1;
    });
  }

  refusal after_its_primary_has_seen_it_in(const std::string& stream) {
    statement said{"redis-master-0", "ours", "primary-run"};
    said.history = {third_stream, 10, {{second_stream, 80}, {a, whole_stream}}, 10};
    said.pods = seen_in(stream);
    tell(1s, stated{peer::primary, said});
    return rule().why;
  }
};

TEST_F(a_replica_whose_agent_was_away, hears_first_what_the_primarys_agent_knows_of_it) {
  EXPECT_EQ(rule().why, refusal::not_yet_known);
  EXPECT_EQ(after_its_primary_has_seen_it_in(a), refusal::none);
}

TEST_F(a_replica_whose_agent_was_away, follows_nobody_who_lacks_what_it_got_meanwhile) {
  EXPECT_EQ(after_its_primary_has_seen_it_in(second_stream), refusal::behind);
  primary(2s, third_stream, 20);
  EXPECT_EQ(rule().why, refusal::behind) << "nothing has proven it meanwhile";
}

void follows_the_address(poll_report& r) { r.replication.link->primary = primary_place; }

void fed(poll_report& r) {
  in_sync(r);
  follows_the_address(r);
  r.replication.link->last_io_seconds = 1;
}

void receives(poll_report& r) {
  follows_the_address(r);
  r.stage = link_stage::sync;
  r.replication.link->sync_in_progress = true;
}

TEST_F(watched_replica, is_parked_in_a_sync_that_began_by_itself_while_nobody_heard_the_primary) {
  primary(1s, a, 100);
  says(1s, "ours", {a, 100});
  redis(1s, fed);
  tell(2s, failed{peer::primary, link_condition::timed_out, ""});
  redis(9s, receives);
  EXPECT_EQ(rule().act, rope_act::park);
}

TEST_F(watched_replica, goes_on_with_a_sync_that_was_asked_for_though_a_fork_makes_it_silent) {
  primary(1s, a, 200);
  says(1s, "ours", {a, 200});
  redis(1s, follows_the_address);
  tell(2s, failed{peer::primary, link_condition::timed_out, ""});
  redis(9s, receives);
  EXPECT_EQ(rule().act, rope_act::leave);
}

TEST_F(watched_replica, is_parked_where_its_link_is_dead_and_the_primary_is_silent) {
  primary(1s, a, 100);
  says(1s, "ours", {a, 100});
  redis(1s, fed);
  tell(2s, failed{peer::primary, link_condition::timed_out, ""});
  const auto silent_for = [&](std::int64_t seconds) {
    redis(std::chrono::seconds(seconds), [=](poll_report& r) {
      fed(r);
      r.replication.link->last_io_seconds = seconds;
    });
    return rule().act;
  };
  EXPECT_EQ(silent_for(17), rope_act::leave) << "it hangs, and its kernel holds the link";
  tell(17s, failed{peer::primary, link_condition::unreachable, ""});
  EXPECT_EQ(silent_for(15), rope_act::leave) << "between two pings";
  EXPECT_EQ(silent_for(17), rope_act::park);
  memory_.primary.answered_at = instant(16s);
  EXPECT_EQ(silent_for(17), rope_act::leave) << "it has answered";
  memory_.primary.answered_at = instant(1s);
  redis(18s, fed);
  EXPECT_EQ(rule().act, rope_act::leave) << "the agent alone hears nothing";
}

TEST_F(watched_replica, is_parked_before_a_primary_that_was_led_astray_hands_on_what_it_copies) {
  primary(1s, a, 100);
  says(1s, "ours", {a, 100});
  redis(1s, fed);
  EXPECT_EQ(rule().act, rope_act::leave);
  poll_report led_astray = primary_report(2s, a, 100, "primary-run");
  led_astray.replication.server_role = role::replica;
  tell(2s, reported{peer::primary, led_astray});
  redis(2s, fed);
  EXPECT_EQ(rule().act, rope_act::park);
  memory_.lock.identity = "redis-slave-0/uid";
  EXPECT_EQ(rule().act, rope_act::leave) << "the primary moves";
}

TEST_F(watched_replica, is_parked_where_its_link_leads_to_a_server_that_has_ended) {
  primary(1s, a, 100);
  redis(1s, fed);
  primary(2s, b, 50, "next-run");
  EXPECT_EQ(rule().act, rope_act::leave) << "its link may be one to that already";
  redis(2100ms, fed);
  EXPECT_EQ(rule().act, rope_act::park);
}

// --- what the primary's volume has noted of a replica ---

class a_visit : public watched_replica {
 protected:
  a_visit() {
    said.noted = noted_offset{"redis-master-0", a, 90, 3};
    primary(1s, a, 100);
    redis(1s, fed);
    tell(1s, stated{peer::primary, said});
    const auto kept = choose_memory(memory_, settings_, now_);
    EXPECT_TRUE(kept && kept->noted && vouches(*kept));
    tell(1s, volume_written{*kept});
  }

  static bool vouches(const volume_memory& kept) {
    return vouches_for(kept.noted, "redis-master-0", 3, {a, 100});
  }

  bool vouches_now() const {
    const auto kept = choose_memory(memory_, settings_, now_);
    return kept && vouches(*kept);
  }

  statement said{"redis-master-0", "ours", "primary-run", {a, 100}};
};

TEST_F(a_visit, that_the_primarys_agent_may_not_have_seen_is_vouched_for_by_nothing) {
  redis(2s, follows_the_address);
  primary(5s, a, 120);
  redis(5s, fed);
  EXPECT_FALSE(vouches_now()) << "its agent has not been heard since the link is up";
  ASSERT_TRUE(choose_memory(memory_, settings_, now_)->noted);
  EXPECT_EQ(choose_memory(memory_, settings_, now_)->noted->offset, 90)
      << "that is as true as ever";
  tell(6s, stated{peer::primary, said});
  EXPECT_TRUE(vouches_now());
}

TEST_F(a_visit, is_not_vouched_for_by_an_agent_that_has_been_silent_for_long) {
  primary(10s, a, 120);
  redis(10s, fed);
  EXPECT_TRUE(vouches_now());
  primary(12s, a, 120);
  redis(12s, fed);
  EXPECT_FALSE(vouches_now());
}

}  // namespace
}  // namespace redis_agent::core
