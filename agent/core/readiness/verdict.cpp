#include "core/readiness/verdict.hpp"

#include <algorithm>

#include "core/failover/lock.hpp"
#include "core/readiness/explanation.hpp"
#include "core/safety/gate.hpp"
#include "core/safety/rope.hpp"

namespace redis_agent::core {
namespace {

// Rule 1. nullopt: it holds.
std::optional<reason> fault_of_answer(const situation& facts) {
  switch (facts.redis) {
    case link_condition::up: break;
    case link_condition::untried: return reason::starting;
    case link_condition::loading: return reason::redis_loading;
    case link_condition::busy: return reason::redis_busy;
    case link_condition::too_many_clients: return reason::too_many_clients;
    case link_condition::password_required:
    case link_condition::password_refused:
    case link_condition::not_permitted: return reason::password_refused;
    default: return reason::redis_not_answering;
  }
  if (facts.is_loading) return reason::redis_loading;
  return facts.is_open_to_everybody ? std::optional(reason::password_not_required) : std::nullopt;
}

// Rule 2.
std::optional<reason> fault_of_role(const situation& facts) {
  if (facts.is_clustered) return reason::cluster_mode;
  if (facts.is_fenced) return reason::fenced;
  if (facts.gate_is_closed) return reason::gate_closed;
  if (facts.reported != facts.derived) return reason::role_mismatch;
  if (facts.derived == role::replica) return std::nullopt;
  switch (facts.writes) {
    case write_fault::lacks_replicas: return reason::too_few_replicas;
    case write_fault::disk: return reason::writes_refused;
    case write_fault::none: break;
  }
  return std::nullopt;
}

// Rule 3.
std::optional<reason> fault_of_sync(const situation& facts) {
  if (facts.phase == sync_phase::receiving || facts.phase == sync_phase::loading) {
    return reason::full_sync;
  }
  if (!facts.was_in_sync) {
    if (facts.follows_another) return reason::wrong_primary;
    return facts.link_is_refused ? reason::replication_refused : reason::never_in_sync;
  }
  // Connected to a primary that is there, and PSYNC not answered: it prepares a full sync. (One
  // that is silent is out of contact, and rule 5 counts, as for one that refuses the link.)
  const bool is_refused = facts.link_is_refused;
  if (facts.phase == sync_phase::handshake && facts.primary_is_in_contact && !is_refused) {
    return reason::full_sync;
  }
  return std::nullopt;
}

// It is there, and tells this agent nothing of itself.
bool primary_refuses_questions(const memory& m, instant now) {
  const link_condition c = m.primary.condition;
  const bool is_at_work = c == link_condition::loading || c == link_condition::busy ||
                          c == link_condition::primary_down;
  return c != link_condition::up && is_an_answer(c) && !is_at_work && m.primary.answered_at &&
         now - *m.primary.answered_at <= m.contact_timeout;
}

bool lag_decides(const situation& facts) {
  return facts.phase == sync_phase::in_sync && !facts.follows_another && facts.lag_is_known;
}

}  // namespace

std::string_view to_text(reason r) {
  switch (r) {
    case reason::primary_serving: return "primary_serving";
    case reason::replica_in_sync: return "replica_in_sync";
    case reason::replica_stale: return "replica_stale";
    case reason::starting: return "starting";
    case reason::redis_not_answering: return "redis_not_answering";
    case reason::redis_loading: return "redis_loading";
    case reason::redis_busy: return "redis_busy";
    case reason::too_many_clients: return "too_many_clients";
    case reason::password_refused: return "password_refused";
    case reason::password_not_required: return "password_not_required";
    case reason::cluster_mode: return "cluster_mode";
    case reason::role_mismatch: return "role_mismatch";
    case reason::gate_closed: return "gate_closed";
    case reason::fenced: return "fenced";
    case reason::too_few_replicas: return "too_few_replicas";
    case reason::writes_refused: return "writes_refused";
    case reason::never_in_sync: return "never_in_sync";
    case reason::replication_refused: return "replication_refused";
    case reason::wrong_primary: return "wrong_primary";
    case reason::full_sync: return "full_sync";
    case reason::lag_too_large: return "lag_too_large";
    case reason::reads_refused: return "reads_refused";
    case reason::too_stale: return "too_stale";
    case reason::primary_refused: return "primary_refused";
    case reason::observation_too_old: return "observation_too_old";
  }
  return "unknown";
}

bool is_ready(reason r) {
  return r == reason::primary_serving || r == reason::replica_in_sync || r == reason::replica_stale;
}

situation assess(const memory& m, const settings& s, instant now) {
  situation facts;
  facts.derived = m.derived;
  facts.redis = m.redis.condition;
  facts.reported = m.replication ? m.replication->server_role : m.derived;
  facts.is_open_to_everybody = m.is_open_to_everybody;
  facts.is_clustered = m.server && m.server->is_clustered;
  facts.is_fenced = m.lock.holds() && !may_serve(m, s, now);
  facts.gate_is_closed = gate_is_closed(m, s);
  facts.writes = lacks_replicas(m)          ? write_fault::lacks_replicas
                 : !m.write_refusal.empty() ? write_fault::disk
                                            : write_fault::none;
  facts.phase = m.sync.phase;
  facts.is_loading = m.loading.is_loading && m.sync.phase != sync_phase::loading;
  facts.was_in_sync = m.sync.was_in_sync;
  facts.link_is_refused = !m.sync.link_trouble.empty();
  const bool is_linked =
      m.sync.phase == sync_phase::in_sync && m.replication && m.replication->link;
  facts.follows_another = is_linked && !leads_to_the_primary(m, *m.replication);
  facts.primary_is_in_contact = primary_is_in_contact(m, now);
  facts.primary_is_refused = facts.primary_is_in_contact && (!is_linked || facts.follows_another) &&
                             is_about_data(find_refusal(m, s, now));
  const auto measured = measure_lag(m, now);
  facts.lag_is_known = measured.has_value();
  facts.lag_is_admitted = m.sync.is_admitted;
  facts.reads_are_refused = !m.read_refusal.empty();
  facts.staleness_is_within_budget =
      m.sync.data_as_of && now - *m.sync.data_as_of <= s.max_staleness;
  const bool is_late = m.sync.data_as_of && now - *m.sync.data_as_of > s.max_lag;
  const bool lacks_much =
      !is_linked && measured && static_cast<std::uint64_t>(measured->bytes) > s.max_lag_bytes;
  const bool primary_is_there =
      facts.primary_is_in_contact || (!is_linked && primary_refuses_questions(m, now));
  facts.is_left_behind = primary_is_there && (is_late || lacks_much);
  facts.observation_is_fresh =
      m.redis.learned_at && now - *m.redis.learned_at <= s.max_observation_age;
  return facts;
}

ruling judge(const situation& facts) {
  ruling r;
  r.rules.fill(rule_state::holds);
  std::optional<reason> first;
  const auto fails = [&](int number, reason why) {
    r.rules.at(static_cast<std::size_t>(number - 1)) = rule_state::fails;
    if (!first) first = why;
  };
  const auto does_not_apply = [&](int number) {
    r.rules.at(static_cast<std::size_t>(number - 1)) = rule_state::does_not_apply;
  };
  const bool is_replica = facts.derived == role::replica;

  if (const auto why = fault_of_answer(facts)) fails(1, *why);  // rule 1
  if (const auto why = fault_of_role(facts)) fails(2, *why);    // rule 2
  if (!is_replica) {
    for (const int number : {3, 4, 5}) does_not_apply(number);
  } else {
    if (const auto why = fault_of_sync(facts)) fails(3, *why);  // rule 3
    if (lag_decides(facts)) {
      if (!facts.lag_is_admitted) fails(4, reason::lag_too_large);  // rule 4
      does_not_apply(5);
    } else {
      does_not_apply(4);
      if (facts.reads_are_refused) {  // rule 5
        fails(5, reason::reads_refused);
      } else if (facts.primary_is_refused) {
        fails(5, reason::primary_refused);
      } else if (facts.is_left_behind) {
        fails(5, reason::lag_too_large);
      } else if (!facts.staleness_is_within_budget) {
        fails(5, facts.link_is_refused ? reason::replication_refused : reason::too_stale);
      }
    }
  }
  if (!facts.observation_is_fresh) fails(6, reason::observation_too_old);  // rule 6

  if (first) {
    r.why = *first;
  } else if (!is_replica) {
    r.why = reason::primary_serving;
  } else {
    r.why = lag_decides(facts) ? reason::replica_in_sync : reason::replica_stale;
  }
  return r;
}

verdict decide(const memory& m, const settings& s, instant now) {
  const ruling r = judge(assess(m, s, now));
  return {is_ready(r.why), r.why, explain(r.why, m, s, now), r.rules};
}

}  // namespace redis_agent::core
