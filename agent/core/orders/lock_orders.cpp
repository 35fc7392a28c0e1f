#include "core/orders/lock_orders.hpp"

#include "core/configuration/redis_version.hpp"
#include "core/failover/divergence.hpp"
#include "core/failover/hand_over.hpp"
#include "core/failover/lock.hpp"
#include "core/safety/gate.hpp"
#include "core/safety/rope.hpp"

namespace redis_agent::core {
namespace {

// An agent that has just started finds out first whether its pod holds the lock: its server may
// have served all the time.
constexpr duration first_look_max = 1s;

// Who was given the lock has no replica yet, and they come within that.
constexpr duration time_to_come_back = 2s;

// After a move of the primary all nodes have seen where the Service leads, and with a second to
// spare; what has not been done for so long is not made up for.
constexpr duration nodes_know_within = 3s;
constexpr duration late_clients_until = 10s;

bool can_pause(const memory& m) {
  const auto version = m.server ? parse_reported_version(m.server->version) : std::nullopt;
  return !version || version->can_pause_writes();
}

// Its clients wait, as far as is known, for a pause to end that has not been ended yet.
bool are_clients_paused(const memory& m, instant now) {
  const auto& move = m.lock.move;
  return move && move->paused_at && now < *move->paused_at + pause_length && can_pause(m) &&
         !move->is_resumed;
}

// Whoever waits is answered at once and goes where the route leads.
std::optional<order> fence(const memory& m, const settings& s, instant now) {
  if (may_serve(m, s, now) || waits_for_the_route(m, now)) return std::nullopt;
  const bool is_paused = are_clients_paused(m, now);
  const bool is_a_primary = m.replication->server_role == role::primary;
  if (!is_a_primary && !is_paused) return std::nullopt;
  const bool is_known = m.lock.seen && (!m.lock.holds() || m.lock.renewed_at);
  if (!is_known && now - m.started_at < first_look_max) return order{};
  order closed{.to = parking_place(),
               .why = m.lock.holds() ? "the lock could not be renewed in time"
                                     : "this pod does not hold the lock"};
  if (is_a_primary) closed.steps.push_back(step::follow);
  if (is_paused) closed.steps.push_back(step::resume_writes);
  closed.steps.push_back(step::drop_clients);
  return closed;
}

std::optional<order> pause(const memory& m, instant now) {
  if (!is_to_be_paused(m, now)) return std::nullopt;
  order closed{.why = m.lock.seen->successor + " is to be the primary, and is to have all"};
  if (can_pause(m)) {
    closed.steps = {step::pause_writes};
    closed.length = pause_length;
  } else {
    closed.steps = {step::need_replicas};
    closed.count = replicas_that_nobody_has;
  }
  return closed;
}

// The move has been given up: clients need not wait for the pause to end by itself.
std::optional<order> resume(const memory& m, instant now) {
  const auto& move = m.lock.move;
  const bool is_in_vain = move && move->is_over && m.lock.holds() && are_clients_paused(m, now);
  if (!is_in_vain) return std::nullopt;
  const bool is_back = move->outcome.empty();
  return order{.steps = {step::resume_writes},
               .why = is_back ? "this pod holds the lock again" : move->outcome};
}

// A primary that has no replica would take no writes. Whether it is the primary still is certain
// only while it can renew the lock: by a renewal that began after the last replica was lost.
std::optional<order> ask_for_replicas(const memory& m, const settings& s, instant now) {
  const lock_memory& lock = m.lock;
  const bool is_left_closed =
      m.min_replicas == replicas_that_nobody_has && !(lock.move && !lock.move->is_over);
  if (is_left_closed) {
    return order{.steps = {step::need_replicas},
                 .why = "the move of the primary is over",
                 .count = s.min_replicas == min_replicas_choice::none ? 0 : 1};
  }
  const bool is_moving = lock.move && lock.move->paused_at && !lock.move->is_over;
  if (s.min_replicas != min_replicas_choice::automatic || !serves_as_primary(m) || is_moving) {
    return std::nullopt;
  }
  const bool has_one = lock.replicas_lost_at == std::nullopt;
  if (!has_one && was_given_within(m, alone_max, now)) return std::nullopt;
  const bool is_certain = is_alone(m, s, now);
  const bool was_given_alone = !has_one && !is_certain && m.min_replicas == 0 &&
                               was_given_within(m, alone_max + time_to_come_back, now);
  if (was_given_alone) {
    return order{.steps = {step::need_replicas},
                 .why = "no replica has come since this pod was given the lock",
                 .count = 1};
  }
  // Who is listed may take the lock, and would lack what is written from now on.
  const bool may_write_alone = is_certain && !lock.seen->lists_another_than(m.pod);
  if (has_one == (m.min_replicas > 0) || (!has_one && !may_write_alone)) return std::nullopt;
  return order{.steps = {step::need_replicas},
               .why = has_one ? "a replica follows: without one nobody would have what is written"
                              : "no replica follows, and this pod holds the lock",
               .count = has_one ? 1 : 0};
}

// What only this server still has can be read from it while it is held by this pod's own anchor.
// Once that is over it is nobody's replica again, until the rope lets it follow.
std::optional<order> hold_what_is_lost(const memory& m, const settings& s, instant now) {
  const auto& link = m.replication->link;
  if (!link || m.lost.is_under_way) return std::nullopt;
  const keeping_act act = choose_keeping(m, s, now).act;
  const bool is_at_anchor = link->primary == own_anchor(s);
  if (act == keeping_act::hold_at_anchor && !is_at_anchor) {
    return order{.steps = {step::follow},
                 .to = own_anchor(s),
                 .why = "what the holder of the lock does not carry is to be kept"};
  }
  const bool is_needed_there =
      act == keeping_act::hold_at_anchor || act == keeping_act::read_stream;
  if (!is_at_anchor || is_needed_there || find_refusal(m, s, now) == refusal::none) {
    return std::nullopt;
  }
  return order{
      .steps = {step::follow}, .to = parking_place(), .why = "it needs no anchor any more"};
}

// Until the nodes have seen where the Service leads, clients that were cut off come back here. This
// server refuses their writes, and few of them would ever leave it again by themselves.
std::optional<order> drop_late_clients(const memory& m, instant now) {
  const lock_memory& lock = m.lock;
  const bool has_just_served =
      m.server && lock.served_run == m.server->run_id && lock.served_term + 1 == lock.seen->term;
  const bool is_led_elsewhere = !lock.holds() && !lock.seen->holder.empty() &&
                                lock.seen->routed_term == lock.seen->term &&
                                m.replication->server_role == role::replica;
  const duration since = now - lock.role_since;
  const bool is_time = since >= nodes_know_within && since < late_clients_until;
  if (!has_just_served || !is_led_elsewhere || !is_time) return std::nullopt;
  const order dropped{.steps = {step::drop_clients},
                      .why = std::string(pod_of(lock.seen->holder)) +
                             " is the primary, and who came here since then wants to go there"};
  const bool is_done =
      m.ordered && m.ordered->order == describe(dropped) && m.ordered->last_at >= lock.role_since;
  return is_done ? std::nullopt : std::optional(dropped);
}

}  // namespace

bool opens_alone(const memory& m, const settings& s, instant now) {
  return s.min_replicas == min_replicas_choice::automatic && m.min_replicas == 1 &&
         was_given_within(m, alone_max, now);
}

std::optional<std::vector<order>> choose_by_lock(const memory& m, const settings& s, instant now) {
  if (m.redis.condition != link_condition::up) return std::nullopt;
  if (const auto closed = fence(m, s, now)) {
    return closed->steps.empty() ? std::vector<order>{} : std::vector<order>{*closed};
  }
  // Its name alone says nothing: another pod may serve, which this one would take the replicas
  // from.
  if (!m.lock.seen) return std::vector<order>{};
  if (waits_for_the_route(m, now)) return std::vector<order>{};
  for (const auto& wanted : {pause(m, now), resume(m, now), ask_for_replicas(m, s, now),
                             hold_what_is_lost(m, s, now), drop_late_clients(m, now)}) {
    if (wanted) return std::vector<order>{*wanted};
  }
  return std::nullopt;
}

}  // namespace redis_agent::core
