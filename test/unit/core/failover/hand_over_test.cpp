#include "core/failover/hand_over.hpp"

#include <gtest/gtest.h>

#include "core/failover/lock.hpp"

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

TEST(hand_over, lets_clients_go_before_the_pause_ends_by_itself) {
  memory m = paused_holder();
  m.lock.seen->holder.clear();
  EXPECT_FALSE(waits_for_the_route(m, *m.lock.move->paused_at + pause_length - 1s));
}

}  // namespace
}  // namespace redis_agent::core
