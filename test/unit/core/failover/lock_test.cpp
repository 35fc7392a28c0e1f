#include "core/failover/lock.hpp"

#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

constexpr lock_limits limits{.lock_duration = 10s, .candidate_wait = 3s, .max_lag = 16};

// redis-slave-0, which was in sync with redis-master-0 when that last renewed the lock.
lock_facts candidate() {
  lease seen;
  seen.version = "7";
  seen.holder = "redis-master-0/uid-0";
  seen.renewed_at = "2026-11-26T09:00:00.000000Z";
  seen.length = 10s;
  seen.term = 3;
  seen.cluster_id = "cluster";
  seen.history_id = "stream";
  seen.offset = 100;
  seen.keys = 5;
  seen.members = {{"redis-slave-0", 100}, {"redis-slave-1", 100}};
  lock_facts facts;
  facts.pod = "redis-slave-0";
  facts.identity = "redis-slave-0/uid-1";
  facts.seen = seen;
  facts.still_for = 10s;
  facts.runs = true;
  facts.has_data = true;
  facts.own = lineage{"stream", 100};
  facts.cluster_id = "cluster";
  facts.rivals = {{.pod = "redis-master-0", .is_holder = true},
                  {.pod = "redis-slave-1",
                   .is_member = true,
                   .answers = true,
                   .agent_answers = true,
                   .could_take = true,
                   .has_data = true,
                   .history = lineage{"stream", 100}}};
  return facts;
}

rival& holder_in(lock_facts& facts) { return facts.rivals[0]; }
rival& sibling_in(lock_facts& facts) { return facts.rivals[1]; }

void expect_refusal(const lock_facts& facts, lock_word word) {
  const lock_ruling ruling = decide_lock(facts, limits);
  EXPECT_EQ(ruling.act, lock_act::look) << ruling.evidence;
  EXPECT_EQ(ruling.word, word) << to_text(ruling.word) << ": " << ruling.evidence;
}

TEST(lock, is_looked_at_until_it_is_known) {
  lock_facts facts = candidate();
  facts.must_look = true;
  EXPECT_EQ(decide_lock(facts, limits).rule, 1);
  facts = candidate();
  facts.seen.reset();
  EXPECT_EQ(decide_lock(facts, limits).rule, 1);
}

TEST(lock, is_taken_by_a_member_once_it_has_stood_still) {
  lock_facts facts = candidate();
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
  facts.still_for = 10s - 1ns;
  EXPECT_EQ(decide_lock(facts, limits).rule, 6);
}

TEST(lock, stands_still_for_the_holders_time_if_that_is_longer) {
  lock_facts facts = candidate();
  facts.seen->length = 20s;
  EXPECT_EQ(decide_lock(facts, limits).rule, 6);
}

TEST(lock, is_not_taken_by_a_server_that_does_not_run) {
  lock_facts facts = candidate();
  facts.runs = false;
  expect_refusal(facts, lock_word::not_running);
}

TEST(lock, is_taken_by_members_alone) {
  lock_facts facts = candidate();
  facts.seen->members = {{"redis-slave-1", 100}};
  expect_refusal(facts, lock_word::not_a_member);
}

TEST(lock, is_not_left_to_one_that_cannot_take_it) {
  lock_facts facts = candidate();
  sibling_in(facts).history.offset = 200;
  expect_refusal(facts, lock_word::not_furthest);
  sibling_in(facts).could_take = false;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take) << "and copies what that one has";
}

TEST(lock, that_nobody_takes_may_be_taken_back_by_who_gave_it) {
  lock_facts facts = candidate();
  facts.pod = "redis-master-0";
  facts.identity = "redis-master-0/uid-0";
  facts.seen->holder.clear();
  facts.seen->successor = "redis-slave-0";
  facts.rivals = {};
  expect_refusal(facts, lock_word::not_a_member);
  facts.seen->given_by = "redis-master-0";
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
  facts.seen->holder = "redis-slave-0/uid-1";
  expect_refusal(facts, lock_word::not_a_member);
}

TEST(lock, may_be_taken_by_the_pod_that_has_the_holders_name) {
  lock_facts facts = candidate();
  facts.pod = "redis-master-0";
  facts.identity = "redis-master-0/uid-of-the-next-one";
  facts.rivals.erase(facts.rivals.begin());
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
}

TEST(lock, is_not_taken_with_another_clusters_data) {
  lock_facts facts = candidate();
  facts.cluster_id = "another";
  expect_refusal(facts, lock_word::another_cluster);
}

TEST(lock, is_not_taken_with_another_history_whatever_its_offset_says) {
  lock_facts facts = candidate();
  facts.own = lineage{"another", 1'000'000};
  expect_refusal(facts, lock_word::another_history);
}

TEST(lock, is_not_taken_by_an_empty_pod) {
  lock_facts facts = candidate();
  facts.has_data = false;
  expect_refusal(facts, lock_word::another_history);
}

TEST(lock, that_speaks_of_no_keys_is_not_taken_by_an_empty_pod_beside_one_with_data) {
  lock_facts facts = candidate();
  facts.seen->keys = 0;
  facts.has_data = false;
  expect_refusal(facts, lock_word::another_history);
  sibling_in(facts).has_data = false;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
  facts.seen->functions = 1;
  expect_refusal(facts, lock_word::another_history);
}

TEST(lock, is_not_taken_from_too_far_behind) {
  lock_facts facts = candidate();
  facts.seen->offset = 117;
  expect_refusal(facts, lock_word::too_far_behind);
  facts.seen->offset = 116;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
}

TEST(lock, is_not_taken_after_a_promise) {
  lock_facts facts = candidate();
  facts.is_bound = true;
  expect_refusal(facts, lock_word::promised);
}

TEST(lock, is_left_to_a_holder_whose_agent_says_that_it_serves) {
  lock_facts facts = candidate();
  holder_in(facts).agent_answers = holder_in(facts).serves_this_term = true;
  expect_refusal(facts, lock_word::holder_alive);
}

TEST(lock, is_left_to_who_is_ahead) {
  lock_facts facts = candidate();
  sibling_in(facts).history.offset = 101;
  expect_refusal(facts, lock_word::not_furthest);
}

TEST(lock, is_taken_by_the_first_of_those_who_have_the_same) {
  lock_facts facts = candidate();
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
  facts.pod = "redis-slave-1";
  sibling_in(facts).pod = "redis-slave-0";
  expect_refusal(facts, lock_word::not_furthest);
}

TEST(lock, is_not_left_to_one_whose_agent_is_gone) {
  lock_facts facts = candidate();
  sibling_in(facts).history.offset = 101;
  sibling_in(facts).agent_answers = false;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
}

// The last holder never served, and its server's name for what it had was heard by nobody.
TEST(lock, is_not_left_to_one_that_may_not_take_it) {
  lock_facts facts = candidate();
  facts.own = {"stream", 100, {{"before", 31}}, 100};
  sibling_in(facts).history = {"another", 40, {{"before", 31}}, 40};
  facts.pod = "redis-slave-1";
  sibling_in(facts).pod = "redis-slave-0";
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take) << decide_lock(facts, limits).evidence;
  facts.seen->history_id = "before";
  expect_refusal(facts, lock_word::not_furthest);
}

TEST(lock, waits_for_a_silent_member_for_a_while) {
  lock_facts facts = candidate();
  sibling_in(facts).answers = false;
  expect_refusal(facts, lock_word::member_silent);
  facts.still_for = 13s;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
  lock_limits for_data = limits;
  for_data.prefers_data = true;
  EXPECT_EQ(decide_lock(facts, for_data).word, lock_word::member_silent);
}

// They may have promised another pod of that name, which runs on, to leave the lock alone.
TEST(lock, waits_without_end_for_silent_members_where_it_has_the_holders_name) {
  lock_facts facts = candidate();
  facts.pod = "redis-master-0";
  facts.rivals.erase(facts.rivals.begin());
  rival& member = facts.rivals.front();
  member.answers = member.agent_answers = false;
  facts.still_for = 1h;
  expect_refusal(facts, lock_word::member_silent);
  facts.seen->members.clear();
  member.is_member = false;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
}

TEST(lock, waits_for_a_member_that_was_heard_a_moment_ago) {
  lock_facts facts = candidate();
  facts.still_for = 60s;
  sibling_in(facts).answers = false;
  sibling_in(facts).silent_for = limits.candidate_wait - 1ms;
  expect_refusal(facts, lock_word::member_silent);
  sibling_in(facts).silent_for = limits.candidate_wait;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
}

// It could renew, if it could; what it has beyond is copied from it.
TEST(lock, is_not_left_to_a_holder_that_has_more) {
  lock_facts facts = candidate();
  holder_in(facts).answers = holder_in(facts).agent_answers = holder_in(facts).has_data = true;
  holder_in(facts).history = lineage{"stream", 120};
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
}

void give_to(const std::string& pod, lock_facts& facts) {
  facts.seen->holder.clear();
  facts.seen->successor = pod;
  facts.seen->given_by = "redis-master-0";
}

TEST(lock, is_taken_by_the_named_one_only_if_no_member_has_more) {
  lock_facts facts = candidate();
  facts.still_for = 0s;
  give_to("redis-slave-0", facts);
  sibling_in(facts).history = lineage{"stream", 120};
  expect_refusal(facts, lock_word::not_furthest);
}

TEST(lock, of_a_fenced_holder_binds_nobody) {
  settings s;
  s.failsafe = true;
  s.lock_renewal = 2s;
  s.lock_fence = 6s;
  memory m;
  m.lock.identity = "redis-master-0/uid-0";
  m.lock.seen = lease{.holder = m.lock.identity, .members = {{"redis-slave-0", 100}}};
  m.lock.renewed_at = instant{1h};
  m.lock.trouble = lock_trouble::timed_out;
  EXPECT_TRUE(needs_promises(m, s, instant{1h} + 5s));
  EXPECT_FALSE(needs_promises(m, s, instant{1h} + 6s));
}

TEST(lock, is_taken_at_once_by_who_is_named) {
  lock_facts facts = candidate();
  facts.still_for = 0s;
  give_to("redis-slave-0", facts);
  sibling_in(facts).answers = false;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
  give_to("redis-slave-1", facts);
  EXPECT_EQ(decide_lock(facts, limits).rule, 6);
  give_to("redis-slave-0", facts);
  facts.seen->given_by.clear();
  EXPECT_EQ(decide_lock(facts, limits).rule, 6) << "somebody has emptied it, and its holder serves";
}

TEST(lock, that_nobody_has_held_is_for_the_pod_of_that_name) {
  lock_facts facts = candidate();
  facts.seen = lease{};
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::look);
  facts.is_named_primary = true;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::look);
  facts.gate_would_open = true;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
}

TEST(lock, that_was_made_anew_is_left_for_a_while_to_who_held_it_before) {
  lock_facts facts = candidate();
  facts.seen = lease{};
  facts.is_named_primary = facts.gate_would_open = true;
  facts.known_term = 3;
  facts.still_for = 10s - 1ns;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::look);
  facts.still_for = 10s;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
  facts.somebody_serves = true;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::look);
}

TEST(lock, that_was_emptied_is_taken_again_at_once_by_who_held_it) {
  lock_facts facts = candidate();
  facts.seen = lease{};
  facts.known_term = 3;
  facts.still_for = {};
  facts.may_retake = facts.held_last = true;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
  facts.runs = false;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::look);
}

TEST(lock, without_a_holder_is_later_taken_by_who_held_it_like_by_a_member) {
  lock_facts facts = candidate();
  facts.seen->holder.clear();
  facts.seen->members = {{"redis-slave-1", 100}};
  expect_refusal(facts, lock_word::not_a_member);
  facts.held_last = true;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take);
  facts.seen = lease{};
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::take) << "where it was made anew, too";
  facts.somebody_serves = true;
  expect_refusal(facts, lock_word::holder_alive);
}

TEST(lock, is_not_taken_where_it_cannot_be_read_who_was_in_sync) {
  lock_facts facts = candidate();
  facts.seen->unreadable = "redis-agent.io/members";
  expect_refusal(facts, lock_word::not_a_member);
}

TEST(lock, is_renewed_by_who_holds_it) {
  lock_facts facts = candidate();
  facts.identity = facts.seen->holder;
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::renew);
}

TEST(lock, is_not_left_to_a_holder_that_the_api_server_turns_away) {
  memory m;
  m.lock.identity = "redis-slave-0/uid";
  m.lock.seen = lease{.holder = "redis-master-0/uid", .term = 3};
  EXPECT_EQ(refuse_promise(m, "redis-master-0/uid", 3), "");
  EXPECT_NE(refuse_promise(m, "redis-master-0/uid", 3, true), "");
  m.lock.trouble = lock_trouble::unauthorized;
  EXPECT_EQ(refuse_promise(m, "redis-master-0/uid", 3, true), "") << "nor does it answer this pod";
}

TEST(lock, is_given_back_by_who_took_it_and_then_promised) {
  lock_facts facts = candidate();
  facts.identity = facts.seen->holder;
  facts.has_promised = true;
  facts.heir = "redis-slave-1";
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::give);
  EXPECT_EQ(decide_lock(facts, limits).rule, 2);
}

TEST(lock, names_who_is_next_and_then_goes_to_him) {
  lock_facts facts = candidate();
  facts.identity = facts.seen->holder;
  facts.next = "redis-slave-1";
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::name);
  facts.seen->successor = "redis-slave-1";
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::renew);
  facts.heir = "redis-slave-1";
  EXPECT_EQ(decide_lock(facts, limits).act, lock_act::give);
}

}  // namespace
}  // namespace redis_agent::core
