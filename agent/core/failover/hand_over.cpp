#include "core/failover/hand_over.hpp"

#include <algorithm>
#include <tuple>

#include "core/base/units.hpp"
#include "core/safety/ending.hpp"
#include "core/safety/gate.hpp"
#include "core/safety/promotion.hpp"

namespace redis_agent::core {
namespace {

// What a pod may lack when writes are paused: it is to have it within milliseconds.
constexpr std::int64_t close_enough = std::int64_t{1} << 20;

// So long a move waits for a pod that could take over, and lasts in all.
constexpr duration search_max = 1s;
constexpr duration move_max = 10s;

// Who cannot be told has looked at the lock by itself until then.
constexpr duration look_max = 1100ms;

bool is_under_way(const lock_memory& lock) { return lock.move && !lock.move->is_over; }

bool is_being_given(const lock_memory& lock) {
  return lock.on_its_way && lock.on_its_way->what.purpose == lock_purpose::give;
}

// Its agent too, which would take the lock.
bool answers(const pod_memory& pod, instant now) {
  return server_answers(pod, now) && agent_answers(pod, now) && pod.could_take_lock();
}

// Whoever takes the lock and ends has not served: all that is here its members have too.
constexpr duration handed_on_within = 3s;

// Redis connects to whom it is to follow within a second.
constexpr duration followed_within = 2s;

// It follows this server, and is close.
bool follows_closely(const pod_memory& pod, const memory& m) {
  const replication_report& theirs = pod.report.replication;
  return m.replication && theirs.link && theirs.link->is_up &&
         theirs.replid == m.replication->replid &&
         m.replication->offset - theirs.offset <= close_enough;
}

// By its own word, the last one: it may be back since.
bool ends(const std::string& name, const pod_memory& pod, const memory& m) {
  const bool has_refused = m.lock.next_refuses == name && pod.said_at <= m.lock.next_refused_at;
  return (pod.lock && pod.lock->ends) || has_refused;
}

// By ordinal first, then by name: so a move is foreseeable.
auto order_of(const std::string& pod) {
  const auto name = parse_pod_name(pod);
  return name ? std::tuple(name->ordinal, name->statefulset) : std::tuple(0U, pod);
}

// Of those that the lock lists the one that is furthest, where this pod's server cannot say whom it
// feeds.
std::string find_furthest_member(const memory& m, instant now) {
  std::string best;
  std::int64_t offset = -1;
  for (const lock_member& member : m.lock.seen->members) {
    const auto pod = m.pods.find(member.pod);
    if (pod == m.pods.end() || !answers(pod->second, now)) continue;
    if (ends(member.pod, pod->second, m)) continue;
    const std::int64_t theirs = pod->second.report.replication.offset;
    if (theirs > offset) {
      best = member.pod;
      offset = theirs;
    }
  }
  return best;
}

bool is_silent(const memory& m, const settings& s, instant now) {
  if (s.failover_after == 0s) return false;
  const link_condition c = m.redis.condition;
  const bool is_there =
      c == link_condition::up || c == link_condition::loading || c == link_condition::busy;
  const instant since =
      std::max({m.redis.answered_at.value_or(m.started_at), m.lock.role_since, m.awake_since});
  return !is_there && now - since >= s.failover_after;
}

// The pod to which the primary would move now, "" if there is none.
std::string find_next(const memory& m, const std::string& wanted, instant now) {
  std::string best;
  for (const auto& [name, pod] : m.pods) {
    if (!wanted.empty() && name != wanted) continue;
    if (!answers(pod, now) || !follows_closely(pod, m) || ends(name, pod, m)) continue;
    if (best.empty() || order_of(name) < order_of(best)) best = name;
  }
  return best;
}

// Of one that has taken the lock and not served, whose end is announced: a pod that has all that is
// here.
std::string find_heir_of_the_ending(const memory& m, instant now) {
  if (!m.replication || serves_as_primary(m) || !is_being_promoted(m)) return {};
  for (const lock_member& member : m.lock.seen->members) {
    const auto pod = m.pods.find(member.pod);
    if (pod == m.pods.end() || !answers(pod->second, now)) continue;
    const bool has_all = carries(lineage_of_pod(pod->second), own_lineage(m));
    if (has_all && !ends(member.pod, pod->second, m)) return member.pod;
  }
  return {};
}

// What find_next() misses in that pod.
std::string why_not_next(const memory& m, const std::string& name, instant now) {
  const auto pod = m.pods.find(name);
  if (pod == m.pods.end()) return "DNS lists no pod of that name";
  if (!server_answers(pod->second, now)) return "its redis does not answer";
  if (!agent_answers(pod->second, now)) {
    return "its agent does not answer, or one of the two does not trust the other: "
           "redis-agent status says which";
  }
  if (!pod->second.could_take_lock()) return "it would not be able to take the lock";
  if (ends(name, pod->second, m)) return "its end is announced";
  return "it is not in sync and close";
}

hand_over plan_move(const memory& m, instant now) {
  hand_over plan;
  const wanted_move& move = *m.lock.move;
  const std::string& named = m.lock.seen->successor;
  const auto known = m.pods.find(named);
  const bool cannot = !m.lock.next_knows && known != m.pods.end() && known->second.lock &&
                      !known->second.could_take_lock();
  const bool has_gone = known != m.pods.end() && ends(named, known->second, m);
  plan.named = named.empty() || has_gone || cannot ? find_next(m, move.to, now) : named;
  if (plan.named.empty() || plan.named != named || !move.paused_at) return plan;
  const auto next = m.pods.find(named);
  if (next == m.pods.end() || !follows_closely(next->second, m)) return plan;
  // What it said before the pause may have been all that there was, and it has been silent since.
  const poll_report& report = next->second.report;
  const bool has_all =
      report.asked_at >= *move.paused_at && report.replication.offset >= move.offset;
  if (!has_all) return plan;
  plan.heir = named;
  plan.why = named + " has all up to offset " + std::to_string(move.offset) +
             ", and nobody writes any more";
  return plan;
}

}  // namespace

hand_over plan_hand_over(const memory& m, const settings& s, instant now) {
  if (end_is_under_way(m, s, now)) {
    const std::string other = find_heir_of_the_ending(m, now);
    if (!other.empty()) return {"", other, "this pod ends before its server has served"};
  }
  if (is_under_way(m.lock)) return plan_move(m, now);
  if (is_silent(m, s, now)) {
    return {"", find_furthest_member(m, now), "this pod's server has been silent for too long"};
  }
  if (gate_is_closed(m, s)) {
    const gate_ruling gate = decide_gate(m, s, now);
    const auto donor = m.pods.find(gate.donor);
    const bool could_take = donor != m.pods.end() && donor->second.could_take_lock();
    if (gate.act == gate_act::wait && could_take) return {"", gate.donor, gate.evidence};
  }
  return {};
}

std::string find_next_to_tell(const memory& m) {
  const lock_memory& lock = m.lock;
  if (!lock.is_used() || !lock.seen || lock.next_knows) return {};
  const bool was_given_by_this_pod =
      lock.seen->holder.empty() && lock.taken_term == lock.seen->term;
  return lock.holds() || was_given_by_this_pod ? lock.seen->successor : std::string();
}

std::string find_another_heir(const memory& m, instant now) {
  const lease& seen = *m.lock.seen;
  std::tuple<bool, std::int64_t, std::string> best;
  for (const lock_member& member : seen.members) {
    const auto pod = m.pods.find(member.pod);
    const bool is_known = pod != m.pods.end();
    const bool is_no_heir = member.pod == m.pod || member.pod == seen.given_by ||
                            (is_known && ends(member.pod, pod->second, m));
    if (is_no_heir) continue;
    best = std::max(best, {is_known && answers(pod->second, now), member.offset, member.pod});
  }
  return std::get<std::string>(best);
}

namespace {

// It may have the lock, and somebody else could.
bool has_to_hand_on(const memory& m, instant now) {
  const lock_memory& lock = m.lock;
  if (!lock.is_used() || !lock.seen || !m.ending) return false;
  if (now - m.ending->announced_at >= handed_on_within) return false;
  const bool may_be_taken = lock.on_its_way && lock.on_its_way->what.writes();
  if (lock.holds()) {
    return !serves_as_primary(m) && is_being_promoted(m) && !find_another_heir(m, now).empty();
  }
  return may_be_taken || (lock.seen->is_given_to(m.pod) && !find_another_heir(m, now).empty());
}

// It has handed over all, and its AOF alone would not say so: that tells no offset. Once it follows
// the next one, and its volume knows, it is a replica like any other.
bool has_to_follow_first(const memory& m, instant now) {
  const auto& move = m.lock.move;
  const bool has_handed_over =
      m.ending && move && move->is_over && move->outcome.empty() && !m.lock.holds();
  if (!has_handed_over || now - m.ending->announced_at >= followed_within) return false;
  if (!m.aof.is_enabled() || m.redis.condition != link_condition::up || !m.replication) {
    return false;
  }
  const bool is_noted =
      m.is_noted && m.remembered && m.remembered->history.id == m.replication->replid;
  return m.sync.phase != sync_phase::in_sync || !is_noted;
}

}  // namespace

std::optional<std::string> release_end(const memory& m, const settings& s, instant now) {
  const bool waits = has_to_hand_on(m, now) || has_to_follow_first(m, now);
  return waits ? std::nullopt : release_hook(m, s, now);
}

bool knows_that_it_is_next(const memory& m, std::int64_t term) {
  const auto& seen = m.lock.seen;
  return seen && (seen->term > term || (seen->term == term && seen->successor == m.pod));
}

bool is_to_be_paused(const memory& m, instant now) {
  if (!is_under_way(m.lock) || !m.lock.holds() || m.lock.move->paused_at) return false;
  const std::string& named = m.lock.seen->successor;
  const bool is_known = m.lock.next_knows || now - m.lock.named_at >= look_max;
  return !named.empty() && is_known && serves_as_primary(m) && find_next(m, named, now) == named;
}

bool moves_in_a_hurry(const memory& m) {
  return is_under_way(m.lock) && m.lock.holds() &&
         (m.lock.move->paused_at || !m.lock.seen->successor.empty());
}

bool waits_for_the_route(const memory& m, instant now) {
  const lock_memory& lock = m.lock;
  if (!lock.move || !lock.move->paused_at || !lock.seen) return false;
  if (lock.holds() && !is_being_given(lock)) return false;
  const bool leads_to_the_next =
      !lock.holds() && !lock.seen->holder.empty() && lock.seen->routed_term == lock.seen->term;
  return !leads_to_the_next && now < *lock.move->paused_at + pause_length - 1s;
}

bool was_given_within(const memory& m, duration length, instant now) {
  const lock_memory& lock = m.lock;
  return lock.holds() && !lock.given_by.empty() && now - lock.role_since < length;
}

std::optional<std::string> outcome_of_move(const memory& m, instant now) {
  if (!is_under_way(m.lock) || !m.lock.seen) return std::nullopt;
  const wanted_move& move = *m.lock.move;
  const duration so_far = now - move.asked_at;
  if (!m.lock.holds()) {
    if (!m.lock.seen->holder.empty()) return "";
    if (so_far < move_max) return std::nullopt;
    return "nobody has taken the lock that was given to " + m.lock.seen->successor;
  }
  // It may have been carried out, late as its answer is.
  if (is_being_given(m.lock) && so_far < move_max) return std::nullopt;
  if (!serves_as_primary(m)) return "this pod does not serve";
  const bool is_named = !m.lock.seen->successor.empty();
  if (!is_named && so_far >= search_max && find_next(m, move.to, now).empty()) {
    return move.to.empty() ? "no pod is in sync and close, and able to take the lock"
                           : move.to + " cannot be next: " + why_not_next(m, move.to, now);
  }
  if (!move.refusal.empty()) return "redis refuses to pause its writes: " + move.refusal;
  if (move.paused_at && now - *move.paused_at >= catch_up_max) {
    return m.lock.seen->successor + " did not have all within " + describe_duration(catch_up_max);
  }
  if (so_far >= move_max) return "it took longer than " + describe_duration(move_max);
  return std::nullopt;
}

bool move_is_under_way(const memory& m, instant now) {
  if (!m.lock.move) return false;
  if (!m.lock.move->is_over || waits_for_the_route(m, now)) return true;
  const bool has_stepped_down = m.redis.condition != link_condition::up || !m.replication ||
                                m.replication->server_role == role::replica;
  return m.lock.move->outcome.empty() && !has_stepped_down;
}

std::string refuse_move(const memory& m, const std::string& to) {
  if (!m.lock.is_used()) return "the pod's name makes it the primary: --failover is off";
  if (!m.lock.seen) return "the lock has not been read yet";
  if (to == m.pod) return "it is to move to " + to + ", which is this pod; expected another one";
  if (m.lock.holds()) return {};
  const std::string holder(pod_of(m.lock.seen->holder));
  return holder.empty() ? "nobody holds the lock" : holder + " holds the lock: ask there";
}

std::string describe_move(const memory& m, const std::string& to) {
  const auto& move = m.lock.move;
  const bool was_moved = move && move->is_over && !m.lock.holds();
  if (!was_moved) {
    const std::string refused = refuse_move(m, to);
    if (!refused.empty()) return "not done: " + refused;
    return "not done: " + (move ? move->outcome : std::string("nobody has asked for it"));
  }
  if (!move->outcome.empty()) return "not done: " + move->outcome;
  const std::string holder(pod_of(m.lock.seen->holder));
  return "done: " + (holder.empty() ? "the lock is given away" : holder + " holds the lock");
}

bool gate_would_open(const memory& m, const settings& s, instant now) {
  if (m.derived != role::primary) return false;
  if (serves_as_primary(m)) return true;
  return decide_gate(m, s, now).act == gate_act::open;
}

}  // namespace redis_agent::core
