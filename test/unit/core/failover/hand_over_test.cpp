#include "core/failover/hand_over.hpp"

#include <gtest/gtest.h>
#include <utility>

#include "core/failover/lock.hpp"
#include "core/failover/renewal.hpp"
#include "core/orders/lock_orders.hpp"
#include "core/safety/promotion.hpp"

namespace redis_agent::core {
namespace {

constexpr instant now{1h};

// A holder whose route leads to it, and whose writes are paused for redis-slave-0.
memory paused_holder() {
  memory m;
  m.pod = "redis-master-0";
  m.lock.identity = "redis-master-0/uid";
  lease seen;
  seen.holder = m.lock.identity;
  seen.term = seen.routed_term = 3;
  seen.successor = "redis-slave-0";
  m.lock.seen = seen;
  m.lock.renewed_at = now - 1s;
  m.lock.move = wanted_move{.asked_at = now - 1s, .to = "", .paused_at = now - 100ms};
  return m;
}

settings with_a_lock() {
  settings s;
  s.lock_fence = 6s;
  return s;
}

TEST(hand_over, takes_no_writes_from_the_moment_in_which_the_lock_is_given) {
  memory m = paused_holder();
  EXPECT_TRUE(may_serve(m, with_a_lock(), now));
  m.lock.on_its_way = sent_request{{lock_purpose::give, *m.lock.seen}, now};
  EXPECT_FALSE(may_serve(m, with_a_lock(), now));
}

TEST(hand_over, keeps_clients_waiting_until_the_route_leads_to_the_next) {
  memory m = paused_holder();
  EXPECT_FALSE(waits_for_the_route(m, now)) << "it serves";
  m.lock.on_its_way = sent_request{{lock_purpose::give, *m.lock.seen}, now};
  EXPECT_TRUE(waits_for_the_route(m, now)) << "the lock is on its way to the next";
  m.lock.on_its_way.reset();
  m.lock.seen->holder.clear();
  EXPECT_TRUE(waits_for_the_route(m, now)) << "nobody has it yet";
  m.lock.seen->holder = "redis-slave-0/uid";
  m.lock.seen->term = 4;
  EXPECT_TRUE(waits_for_the_route(m, now)) << "the route has not moved";
  m.lock.seen->routed_term = 4;
  EXPECT_FALSE(waits_for_the_route(m, now));
}

// One that has named redis-slave-0 just now, which follows closely.
memory holder_that_has_named() {
  memory m = paused_holder();
  m.derived = role::primary;
  m.lock.move->paused_at.reset();
  m.lock.named_at = now;
  m.redis.condition = link_condition::up;
  m.replication.emplace();
  m.replication->replid = "stream";
  pod_memory next;
  next.link.condition = link_condition::up;
  next.link.reported_at = next.settled_at = next.said_at = now;
  next.report.replication.replid = "stream";
  next.report.replication.link.emplace();
  next.report.replication.link->is_up = true;
  next.lock = lock_view{"redis-master-0", 3, false};
  m.pods["redis-slave-0"] = next;
  return m;
}

TEST(hand_over, pauses_writes_only_once_the_next_one_looks_for_the_lock) {
  memory m = holder_that_has_named();
  EXPECT_EQ(find_next_to_tell(m), "redis-slave-0");
  EXPECT_FALSE(is_to_be_paused(m, now)) << "it may look a second later";
  observe(m, next_heard{"redis-slave-0", m.lock.seen->term - 1}, now);
  EXPECT_FALSE(is_to_be_paused(m, now)) << "that was another time";
  observe(m, next_heard{"redis-slave-0", m.lock.seen->term}, now);
  EXPECT_TRUE(is_to_be_paused(m, now));
  EXPECT_EQ(find_next_to_tell(m), "");
}

TEST(hand_over, pauses_writes_for_one_that_cannot_be_told_after_its_own_look) {
  const memory m = holder_that_has_named();
  EXPECT_FALSE(is_to_be_paused(m, now + 1s));
  EXPECT_TRUE(is_to_be_paused(m, now + 1200ms));
}

TEST(hand_over, a_next_one_that_the_lock_names_anew_is_told_anew) {
  memory m = holder_that_has_named();
  m.lock.next_knows = true;
  lease seen = *m.lock.seen;
  seen.successor = "redis-slave-1";
  observe(m, lock_answered{seen}, now);
  EXPECT_EQ(find_next_to_tell(m), "redis-slave-1");
}

TEST(hand_over, who_is_told_looks_soon_and_says_when_it_has_seen_it) {
  memory m;
  m.pod = "redis-slave-0";
  m.lock.identity = "redis-slave-0/uid";
  m.lock.seen.emplace();
  m.lock.seen->holder = "redis-master-0/uid";
  m.lock.seen->term = 3;
  m.lock.changed_at = m.lock.tried_at = now - 300ms;
  EXPECT_FALSE(choose_request(m, with_a_lock(), now));
  observe(m, look_wanted{}, now);
  const auto request = choose_request(m, with_a_lock(), now);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->purpose, lock_purpose::look);
  EXPECT_FALSE(knows_that_it_is_next(m, 3));
  m.lock.seen->successor = m.pod;
  EXPECT_TRUE(knows_that_it_is_next(m, 3));
}

// A replica that follows that holder, as it and its agent have said a moment ago.
memory with_a_replica(memory m) {
  m.replication =
      replication_report{.server_role = role::primary, .replid = "stream", .offset = 100};
  pod_memory pod;
  pod.link.condition = link_condition::up;
  pod.link.reported_at = pod.settled_at = pod.said_at = now - 100ms;
  pod.report.replication.replid = "stream";
  pod.report.replication.offset = 100;
  pod.report.replication.link = replica_link{.is_up = true};
  pod.lock = lock_view{"redis-master-0", 3, false};
  m.pods["redis-slave-0"] = pod;
  m.lock.seen->members = {{"redis-slave-0", 100}};
  return m;
}

TEST(hand_over, finds_only_pods_whose_agents_know_of_the_lock) {
  const settings s = with_a_lock();
  memory m = with_a_replica(paused_holder());
  m.lock.seen->successor.clear();
  EXPECT_EQ(plan_hand_over(m, s, now).named, "redis-slave-0");
  EXPECT_TRUE(is_to_be_given_to(m, "redis-slave-0", now));
  m.pods["redis-slave-0"].lock.reset();
  EXPECT_EQ(plan_hand_over(m, s, now).named, "") << "it was restarted in the mode without a lock";
  EXPECT_FALSE(is_to_be_given_to(m, "redis-slave-0", now));
}

TEST(hand_over, finds_only_pods_that_could_take_the_lock) {
  const settings s = with_a_lock();
  memory m = with_a_replica(paused_holder());
  m.pods["redis-slave-0"].lock->could_take = false;
  EXPECT_EQ(plan_hand_over(m, s, now).named, "") << "it would not know that it is named";
  EXPECT_FALSE(is_to_be_given_to(m, "redis-slave-0", now));
  m.lock.next_knows = true;
  EXPECT_EQ(plan_hand_over(m, s, now).named, "redis-slave-0") << "it has said that it does";
}

TEST(hand_over, says_why_the_pod_that_is_asked_for_cannot_be_next) {
  const auto told = [](void (*change)(pod_memory&), const std::string& to = "redis-slave-0") {
    memory m = with_a_replica(paused_holder());
    m.lock.seen->successor.clear();
    m.lock.move = wanted_move{.asked_at = now - 2s, .to = to};
    change(m.pods["redis-slave-0"]);
    const std::string outcome = outcome_of_move(m, now).value_or(": goes on");
    return outcome.substr(outcome.find(": ") + 2);
  };
  const auto nothing = [](pod_memory&) {};
  EXPECT_EQ(told(nothing), "goes on");
  EXPECT_EQ(told(nothing, "redis-slave-9"), "DNS lists no pod of that name");
  EXPECT_EQ(told([](pod_memory& pod) { pod.settled_at.reset(); }), "its redis does not answer");
  EXPECT_EQ(told([](pod_memory& pod) { pod.said_at = {}; }).substr(0, 25),
            "its agent does not answer");
  EXPECT_EQ(told([](pod_memory& pod) { pod.lock->could_take = false; }),
            "it would not be able to take the lock");
  EXPECT_EQ(told([](pod_memory& pod) { pod.lock->ends = true; }), "its end is announced");
  EXPECT_EQ(told([](pod_memory& pod) { pod.report.replication.link->is_up = false; }),
            "it is not in sync and close");
}

TEST(hand_over, is_not_done_before_somebody_has_taken_the_lock) {
  memory m = paused_holder();
  m.lock.seen->holder.clear();
  EXPECT_EQ(outcome_of_move(m, now), std::nullopt);
  EXPECT_NE(outcome_of_move(m, now + 9s).value_or(""), "");
  m.lock.seen->holder = "redis-slave-0/uid";
  EXPECT_EQ(outcome_of_move(m, now + 9s), "");
}

TEST(hand_over, is_not_given_up_while_the_lock_is_on_its_way_to_another) {
  memory m = paused_holder();
  m.lock.move->paused_at = now - 3s;
  EXPECT_NE(outcome_of_move(m, now).value_or(""), "");
  m.lock.on_its_way = sent_request{{lock_purpose::give, *m.lock.seen}, now - 2s};
  EXPECT_EQ(outcome_of_move(m, now), std::nullopt);
}

TEST(hand_over, ends_what_was_promised_to_who_had_the_lock) {
  memory m = paused_holder();
  m.pod = "redis-slave-0";
  m.lock.identity = "redis-slave-0/uid";
  observe(m, promise_given{}, now);
  ASSERT_TRUE(m.lock.promised_at);
  lease seen = *m.lock.seen;
  observe(m, lock_answered{seen}, now);
  EXPECT_TRUE(m.lock.promised_at) << "it is held as before";
  seen.holder.clear();
  seen.given_by = "redis-master-0";
  seen.term = 2;
  observe(m, lock_answered{seen}, now);
  EXPECT_TRUE(m.lock.promised_at) << "that was before";
  seen.term = 3;
  observe(m, lock_answered{seen}, now);
  EXPECT_FALSE(m.lock.promised_at);
}

// The server of that holder, once redis-slave-0 serves and the route leads there.
memory demoted(duration since) {
  memory m = paused_holder();
  m.lock.move.reset();
  m.lock.seen->holder = "redis-slave-0/uid";
  m.lock.seen->term = m.lock.seen->routed_term = 4;
  m.lock.role_since = now - since;
  m.lock.served_term = 3;
  m.lock.served_run = "run";
  m.server = server_report{.run_id = "run"};
  m.replication = replication_report{.server_role = role::replica, .link = replica_link{}};
  m.redis.condition = link_condition::up;
  return m;
}

std::string orders_of(const memory& m) {
  const auto orders = choose_by_lock(m, with_a_lock(), now);
  return orders && !orders->empty() ? describe(orders->front()) : "";
}

TEST(hand_over, cuts_off_who_came_back_before_the_nodes_knew) {
  EXPECT_EQ(orders_of(demoted(2999ms)), "");
  memory m = demoted(3s);
  EXPECT_EQ(orders_of(m), "CLIENT KILL TYPE normal");
  m.lock.seen->routed_term = -1;
  EXPECT_EQ(orders_of(m), "") << "the route still leads here";
  m.lock.seen->routed_term = 4;
  m.ordered = order_memory{"CLIENT KILL TYPE normal", now - 250ms, now - 250ms, 1};
  EXPECT_EQ(orders_of(m), "") << "once is enough";
  m = demoted(3s);
  m.lock.served_term = 2;
  EXPECT_EQ(orders_of(m), "") << "it has served readers alone since then";
  EXPECT_EQ(orders_of(demoted(10s)), "");
}

// The next one, which was given the lock a while ago, with a server that feeds nobody yet.
memory given(duration ago, std::int64_t min_replicas) {
  memory m;
  m.pod = "redis-slave-0";
  m.derived = role::primary;
  m.lock.identity = "redis-slave-0/uid";
  m.lock.given_by = "redis-master-0";
  lease seen;
  seen.holder = m.lock.identity;
  seen.term = 4;
  seen.members = {{"redis-slave-0", 100}, {"redis-slave-1", 100}};
  m.lock.seen = seen;
  m.lock.role_since = now - ago;
  m.lock.renewed_at = now - ago;
  m.lock.replicas_lost_at = now - 1h;
  m.lock.served_term = m.lock.taken_term = seen.term;
  m.redis.condition = link_condition::up;
  m.replication = replication_report{.server_role = role::primary};
  m.min_replicas = min_replicas;
  return m;
}

TEST(hand_over, opens_before_a_replica_is_back_and_not_for_long) {
  const settings s = with_a_lock();
  EXPECT_TRUE(opens_alone(given(1ms, 1), s, now));
  EXPECT_FALSE(opens_alone(given(1ms, 2), s, now)) << "that is the user's own wish";
  EXPECT_FALSE(opens_alone(given(alone_max, 1), s, now));
  memory taken = given(1ms, 1);
  taken.lock.given_by.clear();
  EXPECT_FALSE(opens_alone(taken, s, now)) << "the one before may be alive, and nobody knows";
  settings strict = s;
  strict.min_replicas = min_replicas_choice::one;
  EXPECT_FALSE(opens_alone(given(1ms, 1), strict, now));
  EXPECT_EQ(orders_of(given(1400ms, 0)), "");
  EXPECT_EQ(orders_of(given(alone_max, 0)), "CONFIG SET min-replicas-to-write 1");
  memory followed = given(500ms, 0);
  followed.lock.replicas_lost_at.reset();
  EXPECT_EQ(orders_of(followed), "CONFIG SET min-replicas-to-write 1");
}

// Who is listed may take the lock: he would lack what is written without him.
TEST(lock_orders, let_nobody_take_the_lock_before_a_server_writes_alone) {
  memory m = given(1h, 1);
  m.lock.given_by.clear();
  m.lock.replicas_lost_at = now - 3s;
  m.lock.renewed_at = m.lock.tried_at = now - 500ms;
  m.details = server_details{.keys = 5};
  m.settled_at = now - 1h;
  EXPECT_EQ(orders_of(m), "");
  const auto request = choose_request(m, with_a_lock(), now);
  ASSERT_TRUE(request) << "at once";
  EXPECT_EQ(request->purpose, lock_purpose::renew);
  EXPECT_TRUE(request->wanted.members.empty());
  m.lock.seen->members.clear();
  EXPECT_EQ(orders_of(m), "CONFIG SET min-replicas-to-write 0");
  m.lock.replicas_lost_at = now - 400ms;
  EXPECT_EQ(orders_of(m), "") << "it has not renewed the lock since";
}

// Its agent is gone, and it could not be reached when the lock was taken.
TEST(promotion, parks_who_served_before_once_it_can_be_reached) {
  memory m = given(10s, 1);
  m.replication->replid = "stream";
  m.server = server_report{.run_id = "own run"};
  pod_memory old;
  old.link.condition = link_condition::up;
  old.link.reported_at = old.settled_at = now - 1s;
  old.report.replication.server_role = role::primary;
  old.report.replication.replid = "stream";
  old.report.server = server_report{.run_id = "old run"};
  const auto found_beside = [&](const pod_memory& pod) {
    m.pods["redis-master-0"] = pod;
    return find_usurpers_beside(m, now);
  };
  EXPECT_EQ(found_beside(old), std::vector<std::string>{"redis-master-0"});

  pod_memory other = old;
  other.report.replication.server_role = role::replica;
  EXPECT_TRUE(found_beside(other).empty());
  other = old;
  other.report.replication.replid = "another stream";
  EXPECT_TRUE(found_beside(other).empty()) << "a stranger has its address now";
  other = old;
  other.report.server->run_id = "own run";
  EXPECT_TRUE(found_beside(other).empty()) << "this pod has";

  m.lock.role_since = now - 9s;
  EXPECT_TRUE(found_beside(old).empty()) << "it may step down by itself";
  m.lock.role_since = now - 10s;
  m.lock.seen->holder = "redis-master-0/uid";
  EXPECT_TRUE(found_beside(old).empty()) << "it is its right";
}

TEST(hand_over, ends_a_pause_once) {
  memory m = demoted(100ms);
  m.lock.move = wanted_move{.asked_at = now - 1s, .to = "", .paused_at = now - 1s};
  m.lock.move->is_over = true;
  EXPECT_EQ(orders_of(m), "CLIENT UNPAUSE; CLIENT KILL TYPE normal");
  observe(m, ordered{peer::redis, orders_of(m), "", false, true}, now);
  poll_report report{.asked_at = now};
  report.replication = *m.replication;
  report.took_order = true;
  observe(m, reported{peer::redis, report, ""}, now);
  m.ordered->order = "CLIENT KILL TYPE normal";
  EXPECT_EQ(orders_of(m), "") << "whatever was ordered since";
}

TEST(hand_over, the_next_one_knows_its_own_place_to_the_millisecond) {
  settings s = with_a_lock();
  s.poll_interval = 250ms;
  memory m = demoted(10s);
  EXPECT_EQ(local_poll_interval(m, s, now), s.poll_interval);
  EXPECT_EQ(detail_interval(m, s, now), s.detail_interval);
  m.lock.seen->successor = m.pod;
  m.lock.named_at = now;
  EXPECT_LE(local_poll_interval(m, s, now), 10ms);
  EXPECT_EQ(detail_interval(m, s, now), 0s) << "it opens on what is new alone";
  EXPECT_EQ(local_poll_interval(m, s, now + 10s), s.poll_interval) << "it cannot take it";
}

TEST(hand_over, who_was_given_it_does_not_wait_for_the_next_poll_to_open) {
  settings s = with_a_lock();
  s.poll_interval = 250ms;
  memory m = demoted(0ms);
  m.lock.seen->holder = m.lock.identity;
  m.lock.role_since = now;
  m.derived = role::primary;
  EXPECT_EQ(local_poll_interval(m, s, now), s.poll_interval) << "it took it by itself";
  m.lock.given_by = "redis-slave-0";
  EXPECT_LE(local_poll_interval(m, s, now), 10ms);
  EXPECT_EQ(local_poll_interval(m, s, now + 1s), s.poll_interval) << "it holds for something else";
}

TEST(hand_over, lets_clients_go_before_the_pause_ends_by_itself) {
  memory m = paused_holder();
  m.lock.seen->holder.clear();
  EXPECT_FALSE(waits_for_the_route(m, *m.lock.move->paused_at + pause_length - 1s));
}

}  // namespace
}  // namespace redis_agent::core
