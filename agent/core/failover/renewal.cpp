#include "core/failover/renewal.hpp"

#include <algorithm>
#include <utility>

#include "core/failover/hand_over.hpp"
#include "core/failover/lock.hpp"

namespace redis_agent::core {
namespace {

// How often the lock is looked at by those who do not hold it: now and then, often once it is late,
// or this pod may be named in it, and in milliseconds by who is to have it or waits for who has.
constexpr duration look_interval = 1s;
constexpr duration look_interval_when_late = 200ms;
constexpr duration look_interval_in_a_hurry = 8ms;

// After a request that failed, at least.
constexpr duration retry_after_failure = 500ms;

std::vector<lock_member> find_members(const memory& m, const settings& s) {
  std::vector<lock_member> members;
  for (const auto& [name, pod] : m.pods) {
    const replication_report& theirs = pod.report.replication;
    const bool follows = pod.link.condition == link_condition::up && theirs.link &&
                         theirs.link->is_up && theirs.replid == m.replication->replid;
    const bool is_close =
        m.replication->offset - theirs.offset <= static_cast<std::int64_t>(s.max_lag_bytes);
    if (follows && is_close) members.push_back({name, theirs.offset});
  }
  return members;
}

// What a server has that serves. One that does not must not make the lock forget what the one that
// served had, and who had it too.
void tell_of_server(lease& wanted, const memory& m, const settings& s, const lock_facts& facts) {
  const bool is_known =
      serves_as_primary(m) && is_settled(m) && m.details && m.redis.condition == link_condition::up;
  if (!is_known) return;
  wanted.history_id = m.replication->replid;
  wanted.offset = m.replication->offset;
  wanted.keys = m.details->keys;
  wanted.functions = m.details->functions;
  auto followers = find_members(m, s);
  if (facts.writes_alone) followers.clear();  // whose link is dead says for a minute that it is up
  // Closed by Redis itself, so that nothing is written that those who followed have not: until it
  // is to write alone.
  const bool is_closed = followers.empty() && m.min_replicas > 0 && !facts.writes_alone;
  if (!is_closed) wanted.members = std::move(followers);
  // Who may take the lock has to promise not to while the API server is away: nobody becomes one of
  // them meanwhile.
  if (m.lock.trouble) {
    const auto known = who_may_take(m.lock);
    std::erase_if(wanted.members,
                  [&](const lock_member& member) { return !known.contains(member.pod); });
  }
  if (m.remembered) wanted.cluster_id = m.remembered->cluster_id;
}

std::string choose_address(const memory& m) {
  return m.own_addresses.empty() ? std::string() : m.own_addresses.front();
}

lease draw_up(const memory& m, const settings& s, const lock_facts& facts, lock_act act) {
  lease wanted = *m.lock.seen;
  // A lock that was edited, or made anew, goes on from the terms that Service and volumes know.
  wanted.term = std::max(wanted.term, m.lock.known_term);
  wanted.unreadable.clear();
  if (act == lock_act::give) {
    wanted.holder.clear();
    wanted.successor = facts.heir;
    if (m.lock.holds()) wanted.given_by = m.pod;  // else it hands on what was given
    tell_of_server(wanted, m, s, facts);
    return wanted;
  }
  wanted.given_by.clear();
  if (act == lock_act::take) {
    wanted.holder = m.lock.identity;
    wanted.term = latest_term(m) + 1;
    if (m.lock.vacated && wanted.members.empty()) wanted.members = m.lock.vacated->members;
    wanted.successor.clear();
    wanted.routed_term = -1;
    // A person has given up what else there was.
    if (facts.has_data || facts.is_decided) {
      wanted.history_id = facts.own.id;
      wanted.offset = facts.own.offset;
      wanted.keys = m.details->keys;
      wanted.functions = m.details->functions;
    }
  } else {
    wanted.successor = facts.next;
    tell_of_server(wanted, m, s, facts);
    const auto routed = s.write_service.empty() && serves_as_primary(m) ? std::optional(wanted.term)
                                                                        : m.lock.routed_term;
    if (routed == wanted.term) wanted.routed_term = wanted.term;
  }
  wanted.address = choose_address(m);
  wanted.length = s.lock_duration;
  return wanted;
}

// The route has moved: who waits for that looks at the lock. Or somebody may take it from now on,
// and nobody could before, or the other way round: its server is to write alone.
bool has_news(const memory& m, const lease& wanted) {
  return wanted.routed_term != m.lock.seen->routed_term ||
         m.lock.seen->members.empty() != wanted.members.empty();
}

// A look between two renewals, after somebody else has written the lock, delays none.
bool is_behind(const lock_memory& lock, const settings& s, instant now) {
  return !lock.renewed_at || (!lock.trouble && now - *lock.renewed_at >= s.lock_renewal);
}

lock_purpose purpose_of(lock_act act) {
  switch (act) {
    case lock_act::renew: return lock_purpose::renew;
    case lock_act::take: return lock_purpose::take;
    case lock_act::name: return lock_purpose::name;
    case lock_act::give: return lock_purpose::give;
    case lock_act::look: break;
  }
  return lock_purpose::look;
}

duration interval_of(const memory& m, const settings& s, const lock_ruling& ruling, instant now) {
  switch (ruling.act) {
    case lock_act::renew: return s.lock_renewal;
    case lock_act::take:
    case lock_act::give:
    case lock_act::name: return {};
    case lock_act::look: break;
  }
  if (!m.lock.seen || ruling.rule == 1) return {};
  if (waits_in_a_hurry(m, now)) return look_interval_in_a_hurry;
  // Anybody may tell it, so that it makes few looks of many words.
  const bool is_told_to_look = m.lock.told_to_look_at && *m.lock.told_to_look_at > m.lock.tried_at;
  return is_told_to_look || lock_is_late(m, s, now) ? look_interval_when_late : look_interval;
}

}  // namespace

std::optional<lock_request> choose_request(const memory& m, const settings& s, instant now) {
  const lock_memory& lock = m.lock;
  if (!lock.is_used() || lock.on_its_way) return std::nullopt;
  const lock_facts facts = assess_lock(m, s, now);
  const lock_ruling ruling = decide_lock(facts, limits_of(s));
  const duration since = now - lock.tried_at;
  const bool has_failed = lock.trouble && *lock.trouble != lock_trouble::conflict;
  const duration again_after =
      std::min(std::max(lock.retry_after, retry_after_failure), s.lock_renewal);
  if (has_failed && since < again_after) return std::nullopt;
  if (ruling.act == lock_act::look) {
    if (since < interval_of(m, s, ruling, now)) return std::nullopt;
    return lock_request{};
  }
  lock_request request{purpose_of(ruling.act), draw_up(m, s, facts, ruling.act)};
  const bool is_due = since >= interval_of(m, s, ruling, now) || has_news(m, request.wanted) ||
                      is_behind(lock, s, now);
  return is_due ? std::optional(std::move(request)) : std::nullopt;
}

bool waits_in_a_hurry(const memory& m, instant now) {
  const lock_memory& lock = m.lock;
  if (!lock.is_used() || !lock.seen) return false;
  constexpr duration taken_within = 10s;
  const bool is_named = lock.seen->successor == m.pod && now - lock.named_at < taken_within;
  return is_named || waits_for_the_route(m, now) ||
         (lock.move && !lock.move->is_over && !lock.holds());
}

bool is_to_be_routed(const memory& m, const settings& s, instant now) {
  return m.lock.is_used() && !s.write_service.empty() && m.lock.holds() && serves_as_primary(m) &&
         may_serve(m, s, now);
}

}  // namespace redis_agent::core
