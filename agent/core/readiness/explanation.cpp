#include "core/readiness/explanation.hpp"

#include "core/base/units.hpp"
#include "core/failover/decision.hpp"
#include "core/failover/lock.hpp"
#include "core/orders/remedy.hpp"

namespace redis_agent::core {
namespace {

std::string local_address(const settings& s) {
  return to_text(endpoint{s.redis_host, s.redis_port});
}

std::string describe_link(const link_memory& link) {
  std::string text(to_text(link.condition));
  if (!link.detail.empty()) text += " (" + link.detail + ")";
  return text;
}

std::string ago(const std::optional<instant>& then, instant now) {
  return then ? describe_duration(now - *then) : std::string("unknown");
}

std::string explain_lag(const memory& m, const settings& s, instant now) {
  const auto measured = measure_lag(m, now);
  if (!measured) {
    return "it gets nothing from the primary, which is in contact; its data is at most " +
           ago(m.sync.data_as_of, now) + " old, ready up to " + describe_duration(s.max_lag);
  }
  return describe_size(static_cast<std::uint64_t>(measured->bytes)) + " and " +
         describe_duration(measured->upper_bound) + " behind; ready up to " +
         describe_size(s.max_lag_bytes) + " and " + describe_duration(s.max_lag) +
         ", again from half of that";
}

// The rope's word on a primary that answers and is not followed.
std::string explain_refusal(const memory& m, const settings& s, instant now) {
  if (m.primary.condition != link_condition::up) return {};
  const std::string decision = describe_decision(m, s, now);
  return decision.empty() ? decision : "; " + decision;
}

std::string explain_own_link(const memory& m) {
  std::string text = "the replication link is " + std::string(to_text(m.sync.phase));
  return m.sync.link_trouble.empty() ? text : text + ": " + m.sync.link_trouble;
}

std::string explain_staleness(const memory& m, const settings& s, instant now) {
  return describe_primary(m) + "; " + explain_own_link(m) + "; the data is at most " +
         ago(m.sync.data_as_of, now) + " old, budget " + describe_duration(s.max_staleness) +
         explain_refusal(m, s, now);
}

// Of an AOF nothing is known but its size.
std::string explain_loading(const memory& m) {
  std::string text = "Redis loads its data, " +
                     describe_size(static_cast<std::uint64_t>(m.loading.loaded_bytes)) + " so far";
  if (!m.rdb_at_start) return text;
  return text + "; " + m.rdb_name + " holds " + describe(*m.rdb_at_start);
}

std::string explain_full_sync(const memory& m) {
  if (m.sync.phase == sync_phase::handshake) {
    return "the primary has not answered the request to resync yet: it prepares a full one";
  }
  std::string text(to_text(m.sync.phase));
  if (!m.replication || !m.replication->link) return text;
  if (const auto bytes = m.replication->link->sync_read_bytes; bytes && *bytes > 0) {
    text += ", " + describe_size(static_cast<std::uint64_t>(*bytes)) + " read";
  }
  return text;
}

std::string explain_role(const memory& m, const settings& s) {
  const bool serves_as_primary = m.derived == role::replica;
  return serves_as_primary
             ? "Redis serves as a primary; " + s.pod_name + " has to be a replica of " +
                   name_primary(m)
             : "Redis is a replica of " +
                   (m.replication && m.replication->link ? to_text(m.replication->link->primary)
                                                         : std::string("another server")) +
                   "; " + s.pod_name + " has to be the primary";
}

std::string explain_link(const memory& m) {
  const bool is_known = m.replication && m.replication->link;
  if (is_known && may_be_a_strangers(m, lineage_of(*m.replication))) {
    return "Redis replicates from " + to_text(m.replication->link->primary) +
           ", where no agent says whose it is, and this cluster's pods know of no such stream";
  }
  return "Redis replicates from " +
         (is_known ? to_text(m.replication->link->primary) : std::string("another server")) +
         ", which is not " + describe_primary(m);
}

std::string explain_replicas(const memory& m) {
  const std::int64_t good = m.replication ? m.replication->good_replicas.value_or(0) : 0;
  return "Redis refuses writes: " + std::to_string(good) + " of the " +
         std::to_string(m.min_replicas) +
         " replicas are in contact that min-replicas-to-write asks for";
}

std::string explain_fence(const memory& m, const settings& s, instant now) {
  const lock_memory& lock = m.lock;
  std::string text = "this pod holds the lock, and takes no writes until it has renewed it";
  if (const auto until = serves_until(m, s, now)) {
    text += "; its time was over " + describe_duration(now - *until) + " ago";
  }
  return lock.trouble ? text + ": " + lock.why : text;
}

}  // namespace

std::string describe_primary(const memory& m) {
  std::string text = "the primary " + name_primary(m);
  if (m.primary_name.answer && !m.primary_name.answer->addresses.empty() &&
      m.primary_name.answer->addresses.front() != m.primary_at.host) {
    text += " (" + m.primary_name.answer->addresses.front() + ")";
  }
  const bool is_no_primary = m.primary.condition == link_condition::up && m.primary_replication &&
                             m.primary_replication->server_role == role::replica;
  text += is_no_primary ? std::string(" is itself a replica") : " is " + describe_link(m.primary);
  if (!m.primary_name.trouble.empty()) text += ", " + m.primary_name.trouble;
  return text;
}

namespace {

std::string explain_alone(reason why, const memory& m, const settings& s, instant now) {
  switch (why) {
    case reason::primary_serving: return "primary, answering";
    case reason::replica_in_sync: {
      const auto measured = measure_lag(m, now);
      return "in sync with " + name_primary(m) +
             (measured
                  ? ", " + describe_size(static_cast<std::uint64_t>(measured->bytes)) + " behind"
                  : "");
    }
    case reason::replica_stale: return explain_staleness(m, s, now);
    case reason::starting: return "Redis at " + local_address(s) + " has not answered yet";
    case reason::redis_not_answering:
      return "Redis at " + local_address(s) + ": " + describe_link(m.redis);
    case reason::redis_loading: return explain_loading(m);
    case reason::redis_busy: return "Redis is busy with a script or function: " + m.redis.detail;
    case reason::too_many_clients:
      return "Redis at " + local_address(s) + " takes no more connections, the agent's neither (" +
             m.redis.detail + "): raise maxclients, or find who holds them";
    case reason::password_refused:
      return "Redis at " + local_address(s) + " refuses the agent: " + m.redis.detail;
    case reason::password_not_required:
      return "Redis at " + local_address(s) +
             " takes commands without a password although the agent has one: look at requirepass, "
             "and at the default user in its ACL";
    case reason::cluster_mode:
      return "Redis runs with cluster-enabled: Redis Cluster gives roles and slots there, and pods "
             "by their names here; set cluster-enabled no";
    case reason::role_mismatch: return explain_role(m, s);
    case reason::too_few_replicas: return explain_replicas(m);
    case reason::writes_refused: return "Redis refuses writes: " + m.write_refusal;
    case reason::fenced: return explain_fence(m, s, now);
    case reason::gate_closed: return "the gate " + describe_decision(m, s, now);
    case reason::never_in_sync:
      return "not in sync with its primary since its server started; " + describe_primary(m) +
             "; " + explain_own_link(m) + explain_refusal(m, s, now);
    case reason::replication_refused:
      return "Redis's own link to " + name_primary(m) + " is refused: " + m.sync.link_trouble;
    case reason::wrong_primary: return explain_link(m);
    case reason::full_sync: return explain_full_sync(m);
    case reason::lag_too_large: return explain_lag(m, s, now);
    case reason::reads_refused: return "Redis refuses reads: " + m.read_refusal;
    case reason::too_stale: return explain_staleness(m, s, now);
    case reason::primary_refused: return describe_primary(m) + explain_refusal(m, s, now);
    case reason::observation_too_old:
      return "nothing has been learned for " + ago(m.redis.learned_at, now) + ", limit " +
             describe_duration(s.max_observation_age);
  }
  return {};
}

// What the agent would do about it, and may not.
std::string explain_refused_orders(const memory& m, instant now) {
  std::string text;
  for (const refused_order& refused : standing_refusals(m, now)) {
    text += "; " + refused.by + " refuses " + refused.order + ": " + refused.why;
  }
  return text;
}

}  // namespace

std::string explain(reason why, const memory& m, const settings& s, instant now) {
  const bool is_well = why == reason::primary_serving || why == reason::replica_in_sync;
  std::string text = explain_alone(why, m, s, now);
  return is_well ? text : text + explain_refused_orders(m, now);
}

}  // namespace redis_agent::core
