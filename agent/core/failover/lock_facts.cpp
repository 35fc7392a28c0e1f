// What the rules of lock.hpp look at, out of what the agent has seen.
#include <algorithm>

#include "core/base/units.hpp"
#include "core/failover/hand_over.hpp"
#include "core/failover/lock.hpp"
#include "core/safety/ending.hpp"

namespace redis_agent::core {
namespace {

bool is_fed_by(const replication_report& report, const std::string& address) {
  return report.link && report.link->is_up && report.link->primary.host == address &&
         report.link->last_io_seconds.value_or(0) <= link_silence_max_seconds;
}

rival describe_rival(const std::string& name, const pod_memory& pod, const memory& m, instant now) {
  const lease& seen = *m.lock.seen;
  rival other{.pod = name};
  other.is_member = seen.lists(name);
  other.is_holder = pod_of(seen.holder) == name;
  other.answers = server_answers(pod, now);
  if (pod.link.reported_at) other.silent_for = now - std::max(*pod.link.reported_at, m.awake_since);
  other.agent_answers = agent_answers(pod, now);
  other.ends = pod.lock && pod.lock->ends;
  other.could_take = pod.could_take_lock();
  other.serves_this_term = other.agent_answers && pod.lock && pod.lock->serves &&
                           pod.lock->term >= seen.term && pod.lock->holder == pod_of(seen.holder);
  if (!other.answers || !pod.report.details) return other;
  other.has_data = !pod.report.details->is_empty();
  other.is_fed_by_holder = is_fed_by(pod.report.replication, seen.address);
  other.history = lineage_of_pod(pod);
  return other;
}

std::vector<rival> find_rivals(const memory& m, instant now) {
  std::vector<rival> rivals;
  const pod_memory never_heard;
  for (const auto& [name, pod] : m.pods) rivals.push_back(describe_rival(name, pod, m, now));
  for (const lock_member& member : m.lock.seen->members) {
    const bool is_known = member.pod == m.pod || m.pods.contains(member.pod);
    if (!is_known) rivals.push_back(describe_rival(member.pod, never_heard, m, now));
  }
  return rivals;
}

// It answers, has its own data and copies nobody's.
bool runs(const memory& m, instant now) {
  const bool is_copying = m.sync.phase == sync_phase::receiving ||
                          m.sync.phase == sync_phase::loading ||
                          (m.remembered && m.remembered->is_copying && !m.sync.is_whole());
  return m.redis.condition == link_condition::up && m.replication && m.details && is_settled(m) &&
         volume_is_known(m) && !is_copying && m.redis.reported_at &&
         now - *m.redis.reported_at <= contact_max;
}

bool reaches_lock(const lock_memory& lock) {
  return !lock.trouble || *lock.trouble == lock_trouble::conflict;
}

// The API server does not answer, or not as it would answer for long. That the pod is not known any
// more looks like that too, and so does a lock that was deleted, as it is where there is to be none
// any more, a policy that denies every write, and whoever answers in its place: these count only if
// somebody else agrees.
bool is_away(lock_trouble what, bool is_alone) {
  switch (what) {
    case lock_trouble::missing:
    case lock_trouble::refused:
    case lock_trouble::malformed:
    case lock_trouble::unauthorized: return !is_alone;
    case lock_trouble::conflict:  // an own write that came late, as all others have promised
    case lock_trouble::forbidden:
    case lock_trouble::throttled:
    case lock_trouble::unavailable:
    case lock_trouble::timed_out:
    case lock_trouble::unreachable: return true;
    default: return false;
  }
}

// Until when all who may take the lock leave it alone; nullopt: not all have promised it.
std::optional<instant> agreed_until(const memory& m, const settings& s, instant now) {
  const lock_memory& lock = m.lock;
  if (!s.failsafe || !lock.renewed_at) return std::nullopt;
  const std::set<std::string> others = who_may_take(lock);
  const bool counts = lock.trouble ? is_away(*lock.trouble, others.empty()) : !others.empty();
  if (!counts) return std::nullopt;
  instant until = instant::max();
  for (const std::string& pod : others) {
    const auto promised = lock.promises.find(pod);
    if (promised == lock.promises.end()) return std::nullopt;
    until = std::min(until, promised->second + s.lock_fence);
  }
  return now < until ? std::optional(until) : std::nullopt;
}

// It may have been given away: that write was sent, and what became of it is not known.
bool may_be_given_away(const lock_memory& lock) {
  const auto gives = [](const sent_request& sent) {
    return sent.what.purpose == lock_purpose::give;
  };
  return (lock.on_its_way && gives(*lock.on_its_way)) ||
         std::any_of(lock.unsure.begin(), lock.unsure.end(), gives);
}

// Until when nobody else can have taken a lock that this pod has renewed, and not given away.
std::optional<instant> is_safe_until(const memory& m, const settings& s, instant now) {
  const lock_memory& lock = m.lock;
  if (!lock.renewed_at || may_be_given_away(lock)) return std::nullopt;
  const instant by_renewal = *lock.renewed_at + s.lock_fence;
  return std::max(by_renewal, agreed_until(m, s, now).value_or(by_renewal));
}

// What a person has done to a lock that is empty, or goes back.
void assess_vacancy(lock_facts& facts, const memory& m, const settings& s, instant now) {
  facts.known_term = latest_term(m);
  facts.held_last = m.lock.vacated.has_value();
  const auto until = is_safe_until(m, s, now);
  facts.may_retake = facts.held_last && until && now < *until;
  for (const auto& [name, pod] : m.pods) {
    facts.somebody_serves =
        facts.somebody_serves || (agent_answers(pod, now) && pod.lock && pod.lock->serves);
  }
}

bool is_empty(const pod_memory& pod, instant now) {
  return server_answers(pod, now) && agent_answers(pod, now) && pod.report.details &&
         pod.report.details->is_empty();
}

// All pods that are listed or may take the lock, and whoever held it, are there and have nothing;
// nor has this volume. For so long that others would have come.
bool nobody_has_any(const memory& m, const settings& s, instant now) {
  const auto& listed = m.service_name.answer;
  const bool is_known = listed && !listed->is_cut && lists(*listed, m.pod) && m.details &&
                        m.details->is_empty() && m.settled_at && !find_unread_rdb(m);
  if (!is_known || now - std::max(*m.settled_at, m.awake_since) < s.peer_wait_empty) return false;
  std::set<std::string> others = who_may_take(m.lock);
  others.emplace(pod_of(m.lock.seen->holder));
  for (const service_target& target : pods_to_ask(m, "")) {
    others.emplace(first_label(target.host));
  }
  others.erase(m.pod);
  others.erase("");
  return std::all_of(others.begin(), others.end(), [&](const std::string& name) {
    const auto pod = m.pods.find(name);
    return pod != m.pods.end() && is_empty(pod->second, now);
  });
}

}  // namespace

lock_limits limits_of(const settings& s) {
  return {s.lock_duration, s.candidate_wait, s.prefers_data,
          static_cast<std::int64_t>(s.max_lag_on_failover)};
}

std::set<std::string> who_may_take(const lock_memory& lock) {
  std::set<std::string> pods;
  const auto add = [&](const lease& listing) {
    for (const lock_member& member : listing.members) pods.insert(member.pod);
    if (!listing.successor.empty()) pods.insert(listing.successor);
  };
  if (lock.seen) add(*lock.seen);
  if (lock.vacated) add(*lock.vacated);
  if (lock.on_its_way && lock.on_its_way->what.writes()) add(lock.on_its_way->what.wanted);
  for (const sent_request& write : lock.unsure) add(write.what.wanted);
  pods.erase(std::string(pod_of(lock.identity)));  // a taker finds itself listed
  return pods;
}

std::int64_t latest_term(const memory& m) {
  std::int64_t latest = std::max(m.lock.known_term, m.remembered ? m.remembered->term : 0);
  for (const auto& [name, pod] : m.pods) {
    if (pod.lock) latest = std::max(latest, pod.lock->term);
  }
  return latest;
}

lock_facts assess_lock(const memory& m, const settings& s, instant now) {
  lock_facts facts;
  const lock_memory& lock = m.lock;
  facts.pod = m.pod;
  facts.identity = lock.identity;
  facts.seen = lock.seen;
  facts.must_look = lock.trouble == lock_trouble::conflict || lock.trouble == lock_trouble::missing;
  facts.still_for = now - lock.changed_at;
  if (!lock.seen) return facts;
  facts.is_named_primary = lock.by_name == role::primary;
  facts.gate_would_open = lock.seen->is_untouched() && gate_would_open(m, s, now);
  facts.has_promised =
      lock.promised_at && (!lock.renewed_at || *lock.promised_at > *lock.renewed_at);
  facts.is_bound =
      lock.promised_at && now - *lock.promised_at < patience_of(*lock.seen, limits_of(s));
  facts.runs = runs(m, now);
  facts.has_data = m.details && !m.details->is_empty();
  facts.own = own_lineage(m);
  if (m.remembered) facts.cluster_id = m.remembered->cluster_id;
  if (m.server) facts.run_id = m.server->run_id;
  facts.rivals = find_rivals(m, now);
  facts.nobody_has_any = nobody_has_any(m, s, now);
  facts.ends = end_is_under_way(m, s, now);
  assess_vacancy(facts, m, s, now);
  if (facts.holds()) {
    const hand_over next = plan_hand_over(m, s, now);
    facts.heir = next.heir;
    facts.why_heir = next.why;
    facts.next = next.named;
    facts.writes_alone = s.min_replicas == min_replicas_choice::automatic && is_alone(m, s, now);
  } else if (facts.ends && lock.seen->is_given_to(m.pod)) {
    facts.heir = find_another_heir(m, now);
    facts.why_heir = "it was given to this pod, which ends";
  }
  if (m.kept == keeping::mine) {
    facts.is_decided = describe_situation(facts, limits_of(s)) == m.kept_situation;
  }
  return facts;
}

lock_ruling decide_lock(const memory& m, const settings& s, instant now) {
  if (!m.lock.is_used()) return {};
  return decide_lock(assess_lock(m, s, now), limits_of(s));
}

bool is_alone(const memory& m, const settings& s, instant now) {
  const lock_memory& lock = m.lock;
  if (!serves_as_primary(m) || !lock.renewed_at || !lock.replicas_lost_at || lock.trouble)
    return false;
  // Redis tries to connect once a second.
  constexpr duration time_to_come_back = 2s;
  const duration patience = lock.seen->lists_another_than(m.pod) ? time_to_come_back : duration{};
  return now - std::max(*lock.replicas_lost_at, lock.role_since) >= patience &&
         *lock.renewed_at > *lock.replicas_lost_at && now - *lock.renewed_at < s.lock_fence;
}

std::optional<instant> serves_until(const memory& m, const settings& s, instant now) {
  return m.lock.holds() ? is_safe_until(m, s, now) : std::nullopt;
}

bool may_serve(const memory& m, const settings& s, instant now) {
  if (!m.lock.is_used()) return true;
  const auto until = serves_until(m, s, now);
  return until && now < *until;
}

std::string refuse_promise(const memory& m, const std::string& holder, std::int64_t term,
                           bool is_turned_away) {
  const lock_memory& lock = m.lock;
  if (!lock.is_used()) return "this pod's agent knows no lock";
  if (!lock.seen) return "this agent has not read the lock yet";
  if (lock.holds()) return "this pod holds it";
  if (lock.seen->holder != holder || lock.seen->term != term) {
    return "it is held by " + (lock.seen->holder.empty() ? "nobody" : lock.seen->holder) +
           " in term " + std::to_string(lock.seen->term);
  }
  if (is_turned_away && !lock.trouble) return "the API server answers this pod, and not that one";
  const auto takes = [](const sent_request& sent) { return sent.what.writes(); };
  const bool is_taking = (lock.on_its_way && takes(*lock.on_its_way)) ||
                         std::any_of(lock.unsure.begin(), lock.unsure.end(), takes);
  return is_taking ? "this pod may have taken it" : "";
}

std::optional<lock_view> view_of_lock(const memory& m, const settings& s, instant now) {
  const auto& seen = m.lock.seen;
  if (!seen) return std::nullopt;
  const std::int64_t noted = m.remembered ? m.remembered->term : 0;
  return lock_view{std::string(pod_of(seen->holder)),
                   std::max({seen->term, m.lock.known_term, noted}), may_serve(m, s, now),
                   end_is_under_way(m, s, now), reaches_lock(m.lock) && runs(m, now)};
}

std::string describe_lock(const memory& m, const settings& s, instant now) {
  if (!m.lock.is_used()) return {};
  const lock_ruling ruling = decide_lock(m, s, now);
  std::string text(to_text(ruling.act));
  if (ruling.word != lock_word::none) text += ", " + std::string(to_text(ruling.word));
  text += " (rule " + std::to_string(ruling.rule) + "): " + ruling.evidence;
  if (m.lock.trouble) text += "; the API server: " + m.lock.why;
  if (!m.lock.route_trouble.empty()) text += "; " + m.lock.route_trouble;
  return text;
}

bool lock_is_late(const memory& m, const settings& s, instant now) {
  constexpr duration look_interval = 1s;
  return m.lock.seen && !m.lock.seen->is_untouched() &&
         now - m.lock.changed_at > s.lock_renewal + look_interval;
}

// Once it is fenced nobody is to be held back: a renewal alone opens it again.
bool needs_promises(const memory& m, const settings& s, instant now) {
  const lock_memory& lock = m.lock;
  return lock.holds() && s.failsafe && lock.trouble && lock.renewed_at &&
         now - *lock.renewed_at > s.lock_renewal && may_serve(m, s, now);
}

}  // namespace redis_agent::core
