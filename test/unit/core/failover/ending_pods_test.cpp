// Pods whose end is announced are left out when the primary moves.
#include <gtest/gtest.h>

#include "core/failover/hand_over.hpp"
#include "core/failover/lock.hpp"
#include "core/failover/renewal.hpp"
#include "core/safety/promotion.hpp"

namespace redis_agent::core {
namespace {

constexpr instant now{1h};

settings with_a_lock() {
  settings s;
  s.lock_fence = 6s;
  s.lock_duration = 10s;
  s.shutdown_timeout = 10s;
  return s;
}

pod_memory follower() {
  pod_memory pod;
  pod.link.condition = link_condition::up;
  pod.link.reported_at = pod.settled_at = pod.said_at = now - 100ms;
  pod.report.replication.replid = "stream";
  pod.report.replication.offset = 100;
  pod.report.replication.link = replica_link{.is_up = true};
  pod.lock = lock_view{"redis-master-0", 3, false};
  return pod;
}

// redis-slave-1, which redis-slave-0 and redis-slave-2 follow closely.
memory holder() {
  memory m;
  m.pod = "redis-slave-1";
  m.derived = role::primary;
  m.lock.identity = "redis-slave-1/uid";
  lease seen;
  seen.holder = m.lock.identity;
  seen.term = seen.routed_term = 3;
  seen.members = {{"redis-slave-0", 100}, {"redis-slave-2", 100}};
  m.lock.seen = seen;
  m.lock.renewed_at = now - 1s;
  m.lock.move = wanted_move{.asked_at = now - 1s, .to = ""};
  m.redis.condition = link_condition::up;
  m.server = server_report{.run_id = "run"};
  m.replication =
      replication_report{.server_role = role::primary, .replid = "stream", .offset = 100};
  m.pods["redis-slave-0"] = m.pods["redis-slave-2"] = follower();
  return m;
}

TEST(ending_pods, are_not_named_as_the_next) {
  memory m = holder();
  EXPECT_EQ(plan_hand_over(m, with_a_lock(), now).named, "redis-slave-0");
  m.pods["redis-slave-0"].lock->ends = true;
  EXPECT_EQ(plan_hand_over(m, with_a_lock(), now).named, "redis-slave-2");
}

TEST(ending_pods, that_were_named_are_passed_over_once_they_say_so) {
  memory m = holder();
  m.lock.seen->successor = "redis-slave-0";
  EXPECT_EQ(plan_hand_over(m, with_a_lock(), now).named, "redis-slave-0");
  observe(m, next_heard{"redis-slave-0", 2, true}, now);
  EXPECT_EQ(plan_hand_over(m, with_a_lock(), now).named, "redis-slave-0") << "in another term";
  observe(m, next_heard{"redis-slave-0", 3, true}, now);
  EXPECT_EQ(plan_hand_over(m, with_a_lock(), now).named, "redis-slave-2");
  m.lock.seen->successor.clear();
  m.pods["redis-slave-0"].said_at = now + 2s;
  m.pods["redis-slave-0"].link.reported_at = now + 2s;
  EXPECT_EQ(plan_hand_over(m, with_a_lock(), now + 2s).named, "redis-slave-0") << "it is back";
}

TEST(ending_pods, say_so) {
  memory m = holder();
  EXPECT_FALSE(view_of_lock(m, with_a_lock(), now)->ends);
  observe(m, end_announced{}, now);
  EXPECT_TRUE(view_of_lock(m, with_a_lock(), now)->ends);
  EXPECT_FALSE(view_of_lock(m, with_a_lock(), now + 21s)->ends) << "it did not come";
}

// redis-slave-0, which follows that holder and was given the lock.
memory given() {
  memory m = holder();
  m.pod = "redis-slave-0";
  m.derived = role::replica;
  m.lock.identity = "redis-slave-0/uid";
  m.lock.move.reset();
  m.lock.seen->holder.clear();
  m.lock.seen->given_by = "redis-slave-1";
  m.lock.seen->successor = "redis-slave-0";
  m.lock.renewed_at.reset();
  m.pods.clear();
  return m;
}

TEST(ending_pods, hand_on_what_they_are_given) {
  memory m = given();
  observe(m, end_announced{}, now);
  EXPECT_EQ(release_end(m, with_a_lock(), now), std::nullopt);
  const auto request = choose_request(m, with_a_lock(), now);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->purpose, lock_purpose::give);
  EXPECT_EQ(request->wanted.holder, "");
  EXPECT_EQ(request->wanted.successor, "redis-slave-2");
  EXPECT_EQ(request->wanted.given_by, "redis-slave-1") << "whose clients wait";
  EXPECT_NE(release_end(m, with_a_lock(), now + 3s), std::nullopt);
}

TEST(ending_pods, hand_on_to_whoever_answers_first) {
  memory m = given();
  m.lock.seen->members.emplace_back(lock_member{"redis-slave-3", 90});
  EXPECT_EQ(find_another_heir(m, now), "redis-slave-2") << "the furthest of those that are silent";
  m.pods["redis-slave-3"] = follower();
  EXPECT_EQ(find_another_heir(m, now), "redis-slave-3");
  m.pods["redis-slave-3"].lock->ends = true;
  EXPECT_EQ(find_another_heir(m, now), "redis-slave-2");
}

TEST(ending_pods, take_no_lock_that_has_stood_still) {
  memory m = given();
  m.lock.seen->members = {{"redis-slave-0", 100}};
  observe(m, end_announced{}, now);
  EXPECT_EQ(decide_lock(m, with_a_lock(), now).word, lock_word::ending);
  m.lock.seen->holder = "redis-slave-1/uid";
  m.lock.changed_at = now - 1min;
  EXPECT_EQ(decide_lock(m, with_a_lock(), now).word, lock_word::ending);
}

TEST(ending_pods, give_away_what_they_have_taken_and_not_served_by) {
  memory m = given();
  m.derived = role::primary;
  m.lock.seen->holder = m.lock.identity;
  m.server = server_report{.run_id = "run"};
  m.lock.taken_term = 3;
  m.lock.taken_run = "run";
  m.lock.renewed_at = now - 10ms;
  m.replication->server_role = role::replica;
  m.pods["redis-slave-2"] = follower();
  EXPECT_EQ(plan_hand_over(m, with_a_lock(), now).heir, "");
  observe(m, end_announced{}, now);
  EXPECT_EQ(release_end(m, with_a_lock(), now), std::nullopt);
  EXPECT_EQ(plan_hand_over(m, with_a_lock(), now).heir, "redis-slave-2");
  m.pods["redis-slave-2"].report.replication.offset = 99;
  EXPECT_EQ(plan_hand_over(m, with_a_lock(), now).heir, "") << "it lacks something";
}

TEST(ending_pods, that_have_handed_over_follow_the_next_one_first_where_they_have_an_aof) {
  memory m = holder();
  m.lock.seen->holder = "redis-slave-0/uid";
  m.lock.seen->term = 4;
  m.derived = m.replication->server_role = role::replica;
  m.lock.move->is_over = true;
  observe(m, end_announced{}, now);
  EXPECT_TRUE(release_end(m, with_a_lock(), now)) << "its RDB says what it has";
  m.aof.note(aof_report{.is_enabled = true}, {}, 100, now);
  EXPECT_FALSE(release_end(m, with_a_lock(), now));
  EXPECT_TRUE(release_end(m, with_a_lock(), now + 2s));
  m.sync.phase = sync_phase::in_sync;
  m.replication->replid = "the next ones stream";
  m.remembered.emplace();
  m.remembered->history.id = "stream";
  m.is_noted = true;
  EXPECT_FALSE(release_end(m, with_a_lock(), now));
  m.remembered->history.id = m.replication->replid;
  EXPECT_TRUE(release_end(m, with_a_lock(), now));
}

TEST(ending_pods, whom_it_is_handed_on_to_knows_who_gave_it) {
  memory m = given();
  m.pod = "redis-slave-2";
  m.lock.identity = "redis-slave-2/uid";
  lease handed_on = *m.lock.seen;
  handed_on.successor = "redis-slave-2";
  observe(m, lock_answered{handed_on}, now);
  EXPECT_EQ(m.lock.given_by, "redis-slave-1");
}

}  // namespace
}  // namespace redis_agent::core
