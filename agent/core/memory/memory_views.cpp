// What follows from the memory at one moment.
#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "core/configuration/redis_version.hpp"
#include "core/memory/memory.hpp"

namespace redis_agent::core {
namespace {

// As init decided it; of a version that the server itself tells.
bool is_gated_by_bind(gate_choice gate, std::string_view version) {
  if (gate != gate_choice::automatic) return gate == gate_choice::bind;
  const auto known = parse_reported_version(version);
  return known && known->can_change_bind();
}

// P's answers speak of the same stream as R's offset, however far P was when it was asked.
bool shares_stream(const replication_report& p, const replication_report& r) {
  if (r.replid.empty()) return false;
  return p.replid == r.replid || (p.replid2 == r.replid && r.offset < p.second_offset);
}

std::optional<noted_offset> noted_by_the_primary(const memory& m) {
  if (!m.remembered) return std::nullopt;
  if (m.derived == role::replica) return m.remembered->noted;
  if (!m.is_noted) return std::nullopt;
  return noted_offset{m.pod, m.remembered->history.id, m.remembered->history.offset,
                      m.remembered->bounds_revision};
}

// Its AOF is not written to, or not yet the one of this stream, and its volume does not take that:
// it is full, say, and refuses the agent's file too.
bool has_untold_aof(const memory& m) {
  const bool has_one = m.aof.is_enabled() || m.aof.flushed() >= 0;
  const bool has_stopped = m.aof.reach() || !m.aof.is_begun();
  const bool is_told =
      m.is_noted && m.remembered && (m.remembered->aof_is_stale || m.remembered->aof_reach);
  return has_one && has_stopped && !is_told && !describe_volume_trouble(m, m.asked_at).empty();
}

constexpr duration link_is_tried_for = 2s;  // Redis tries once a second

bool is_down(const memory& m) {
  const auto& link = m.replication->link;
  return link && !link->is_up &&
         (m.sync.phase == sync_phase::no_link || m.sync.phase == sync_phase::handshake) &&
         !is_anchored(m, *link);
}

// It answers, and the agent beside it has not been heard.
bool primary_is_mute(const memory& m) {
  return m.primary_replication && m.primary.reported_at && word_of_primary(m) == nullptr;
}

// The pod at that address answers.
bool is_in_contact(const memory& m, const std::string& address) {
  return std::any_of(m.pods.begin(), m.pods.end(), [&](const auto& pod) {
    return pod.second.link.condition == link_condition::up && has_address(pod.second, address);
  });
}

}  // namespace

bool is_anchored(const memory& m, const replica_link& link) {
  return link.primary.port == m.anchor_port;
}

std::string name_primary(const memory& m) {
  const bool is_held = m.lock.seen && !m.lock.seen->holder.empty();
  std::string address = to_text(m.primary_at);
  if (!is_held) return address;
  return std::string(pod_of(m.lock.seen->holder)) + " at " + address;
}

std::string host_of_primary(const memory& m, const settings& s) {
  const auto& lock = m.lock.seen;
  const bool is_by_lock =
      m.lock.is_used() && lock && !lock->is_untouched() && !lock->address.empty();
  return is_by_lock ? std::string(pod_of(lock->holder)) + "." + s.headless_service : s.primary.host;
}

std::string host_at(const std::string& address, const memory& m, const settings& s) {
  if (m.derived != role::primary) return host_of_primary(m, s);
  for (const auto& [name, pod] : m.pods) {
    if (pod.report.server_address == address) return name + "." + s.headless_service;
  }
  return host_of_primary(m, s);
}

bool binds_locally(const memory& m) {
  if (!m.bind && m.is_reached) return !*m.is_reached;
  if (!m.bind) return m.server && is_gated_by_bind(m.gate, m.server->version);
  if (m.bind->empty()) return false;
  std::string_view left = *m.bind;
  while (!left.empty()) {
    const auto end = std::min(left.find(' '), left.size());
    std::string_view address = left.substr(0, end);
    left.remove_prefix(std::min(end + 1, left.size()));
    if (address.starts_with('-')) address.remove_prefix(1);
    const bool is_local = address.empty() || address.starts_with("127.") || address == "::1";
    if (!is_local) return false;
  }
  return true;
}

bool serves_as_primary(const memory& m) {
  return m.replication && m.replication->server_role == role::primary && !binds_locally(m);
}

bool lacks_replicas(const memory& m) {
  return m.had_enough_replicas && m.replication && m.replication->good_replicas &&
         *m.replication->good_replicas < m.min_replicas;
}

bool has_ended_whole(const memory& m) {
  const bool stood_still = m.ending && m.ending->gone_at && m.ending->stands_still;
  const bool was_awake = m.awake_since <= m.asked_at;
  return was_awake && m.aof.has_all() && m.server && (m.server->is_shutting_down || stood_still);
}

std::vector<std::string> warnings_of(const memory& m) {
  std::vector<std::string> warnings = m.init_warnings;
  if (!m.gate_is_in_file) {
    warnings.emplace_back(
        "the redis.conf has lost its gate (CONFIG REWRITE does that): if Redis restarts without "
        "its pod, it serves at once, whatever it has; delete the pod when it suits you, init "
        "writes the file anew");
  }
  for (std::string& warning : certificate_warnings(m.certificates)) {
    warnings.push_back(std::move(warning));
  }
  return warnings;
}

bool is_settled(const memory& m) { return m.settled_at && !m.loading.is_under_way(); }

bool leads_to_the_primary(const memory& m, const replication_report& told) {
  const std::string& host = told.link->primary.host;
  if (link_is_strange(m)) return false;
  if (may_be_a_strangers(m, lineage_of(told))) return false;
  if (host == m.primary_at.host) return true;
  // While DNS says nothing an address is vouched for by the stream alone that comes from there.
  if (!m.primary_name.answer) return is_known_here(m, lineage_of(told));
  const auto& addresses = m.primary_name.answer->addresses;
  return std::find(addresses.begin(), addresses.end(), host) != addresses.end();
}

std::optional<endpoint> own_link_in_doubt(const memory& m, instant now) {
  if (m.redis.condition != link_condition::up || !m.replication || !is_down(m) ||
      now - m.sync.followed_since < link_is_tried_for) {
    return std::nullopt;
  }
  const endpoint& followed = m.replication->link->primary;
  if (m.derived == role::primary) {
    return is_in_contact(m, followed.host) ? std::optional(followed) : std::nullopt;
  }
  const bool is_refused = leads_to_the_primary(m, *m.replication) && primary_is_in_contact(m, now);
  return is_refused ? std::optional(endpoint{m.primary_address, followed.port}) : std::nullopt;
}

bool primary_answers(const memory& m, instant now) {
  return m.primary_replication && !m.primary_is_loading &&
         m.primary.condition == link_condition::up && m.primary.reported_at &&
         now - *m.primary.reported_at <= m.contact_timeout;
}

bool primary_is_in_contact(const memory& m, instant now) {
  return primary_answers(m, now) && m.primary_replication->server_role == role::primary;
}

bool server_answers(const pod_memory& pod, instant now) {
  return pod.link.condition == link_condition::up && pod.settled_at && pod.link.reported_at &&
         now - *pod.link.reported_at <= contact_max;
}

std::set<std::string> addresses_of(const memory& m, const std::string& pod) {
  const auto known = m.pods.find(pod);
  if (known == m.pods.end() || known->second.report.server_address.empty()) return {};
  std::set<std::string> addresses{known->second.report.server_address};
  if (const auto& said = known->second.said) {
    addresses.insert(said->addresses.begin(), said->addresses.end());
  }
  return addresses;
}

bool has_address(const pod_memory& pod, const std::string& address) {
  if (address.empty()) return false;
  const bool is_told =
      pod.said && std::ranges::find(pod.said->addresses, address) != pod.said->addresses.end();
  return is_told || pod.report.server_address == address;
}

bool agent_answers(const pod_memory& pod, instant now) {
  return pod.said_at != instant{} && now - pod.said_at <= contact_max;
}

const statement* word_of_primary(const memory& m) {
  return m.primary_said && m.primary_said->run_id == m.primary_run_id ? &*m.primary_said : nullptr;
}

const statement* word_of(const pod_memory& pod) {
  const bool counts =
      pod.said && pod.report.server && pod.said->run_id == pod.report.server->run_id;
  return counts ? &*pod.said : nullptr;
}

bool belongs_to_another(const memory& m, const std::string& pod, const std::string& run_id) {
  if (m.server && run_id == m.server->run_id) return true;
  const auto speaks_for = [&](const pod_memory& p) { return p.said && p.said->run_id == run_id; };
  const auto known = m.pods.find(pod);
  if (known != m.pods.end() && known->second.run_of_another == run_id) return true;
  if (known != m.pods.end() && speaks_for(known->second)) return false;
  return std::any_of(m.pods.begin(), m.pods.end(), [&](const auto& other) {
    return other.first != pod && speaks_for(other.second);
  });
}

// Of two that no agent speaks for one is enough.
bool is_anothers_word(const memory& m, const std::string& pod) {
  const auto known = m.pods.find(pod);
  if (known == m.pods.end() || !known->second.word) return false;
  const std::string& run = known->second.word->run_id;
  if (belongs_to_another(m, pod, run)) return true;
  if (known->second.said && known->second.said->run_id == run) return false;
  return std::any_of(m.pods.begin(), known, [&](const auto& other) {
    return other.second.word && other.second.word->run_id == run &&
           other.second.run_of_another != run;
  });
}

bool names_another_cluster(const memory& m, const statement& said) {
  return m.remembered && !m.remembered->cluster_id.empty() && !said.cluster_id.empty() &&
         said.cluster_id != m.remembered->cluster_id;
}

std::string known_cluster(const memory& m) {
  if (m.remembered && !m.remembered->cluster_id.empty()) return m.remembered->cluster_id;
  for (const auto& [name, pod] : m.pods) {
    if (m.derived == role::replica && pod.said && !pod.said->cluster_id.empty()) {
      return pod.said->cluster_id;
    }
  }
  return {};
}

bool knows_of_a_cluster(const memory& m) {
  return !known_cluster(m).empty() || std::any_of(m.pods.begin(), m.pods.end(), [](const auto& p) {
    return p.second.said && p.second.said->has_data;
  });
}

bool wants_to_know_its_cluster(const memory& m) {
  return m.derived == role::replica && volume_is_known(m) && primary_is_mute(m) &&
         !knows_of_a_cluster(m);
}

bool is_known_here(const memory& m, const lineage& theirs) {
  if (m.remembered && are_related(theirs, m.remembered->history)) return true;
  return std::any_of(m.pods.begin(), m.pods.end(), [&](const auto& pod) {
    return pod.second.said && are_related(theirs, pod.second.said->history);
  });
}

bool may_be_a_strangers(const memory& m, const lineage& theirs) {
  if (m.derived != role::replica || !primary_is_mute(m) || is_known_here(m, theirs)) return false;
  if (knows_of_a_cluster(m)) return true;
  return *m.primary.reported_at - m.primary_heard_at < introduction_max;
}

std::optional<unread_rdb> find_unread_rdb(const memory& m) {
  const bool had_aof = m.remembered && m.remembered->aof_offset && !m.remembered->aof_is_stale;
  const bool is_empty = m.details && m.details->is_empty() && is_settled(m);
  const bool may_be = m.derived == role::replica && volume_is_known(m) && m.rdb_at_start &&
                      m.aof.is_enabled() && !had_aof && is_empty && !m.sync.is_whole();
  if (!may_be) return std::nullopt;
  const rdb_header& rdb = *m.rdb_at_start;
  if (rdb.keys.value_or(0) == 0 && !rdb.has_functions) return std::nullopt;
  unread_rdb unread{m.rdb_name + " holds " + describe(rdb)};
  if (rdb.replid.empty()) {
    if (m.remembered) unread.history = m.remembered->history;
  } else {
    unread.history = {rdb.replid, std::max<std::int64_t>(rdb.offset, 0)};
    if (m.remembered) add_former(unread.history, m.remembered->history, rdb.replid);
  }
  return unread;
}

std::optional<statement> statement_of(const memory& m) {
  if (!m.server || m.redis.condition != link_condition::up) return std::nullopt;
  if (!volume_is_known(m)) return std::nullopt;
  lineage own = own_lineage(m);
  if (own.id.empty()) return std::nullopt;
  const bool is_primary = m.derived == role::primary && m.remembered;
  return statement{.pod = m.pod,
                   .cluster_id = m.remembered ? m.remembered->cluster_id : "",
                   .run_id = m.server->run_id,
                   .history = std::move(own),
                   .pods = remembered_pods(m),
                   .noted = noted_by_the_primary(m),
                   .addresses = m.own_addresses,
                   .has_data = m.details && !m.details->is_empty(),
                   .opened = is_primary ? m.remembered->opened : std::nullopt,
                   .was_in_sync = !is_primary && m.sync.was_in_sync && m.sync.was_close,
                   .has_untold_aof = m.derived == role::replica && has_untold_aof(m)};
}

std::vector<service_target> pods_to_ask(const memory& m, const std::string& domain) {
  std::vector<service_target> pods;
  if (m.service_name.answer) pods = m.service_name.answer->targets;
  std::set<std::string, std::less<>> names;
  for (const service_target& target : pods) names.emplace(first_label(target.host));
  const auto add = [&](const std::string& name) {
    if (names.insert(name).second) pods.push_back({name + "." + domain, m.primary_at.port});
  };
  if (m.remembered) {
    for (const remembered_pod& pod : m.remembered->pods) add(pod.name);
  }
  for (const auto& [name, pod] : m.pods) add(name);
  std::erase_if(pods, [&](const service_target& t) { return first_label(t.host) == m.pod; });
  return pods;
}

std::vector<remembered_pod> remembered_pods(const memory& m) {
  return m.remembered ? m.remembered->pods : std::vector<remembered_pod>{};
}

bool vouches_for(const std::optional<noted_offset>& heard, const std::string& pod,
                 std::int64_t revision, const lineage& history) {
  return heard && heard->pod == pod && heard->bounds_revision <= revision &&
         reaches(history, heard->id, heard->offset);
}

std::optional<lag> measure_lag(const memory& m, instant now) {
  if (!m.replication || !m.replication->link || !primary_is_in_contact(m, now)) {
    return std::nullopt;
  }
  if (!shares_stream(*m.primary_replication, *m.replication)) return std::nullopt;
  return m.primary_offsets.measure(m.replication->link->offset, now);
}

}  // namespace redis_agent::core
