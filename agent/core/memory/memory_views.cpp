// What follows from the memory at one moment.
#include <algorithm>
#include <iterator>
#include <sstream>
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

// The server's own words count where they say anything; its agent knows what came before.
lineage join_statement(const replication_report& report, const statement* said) {
  lineage told = lineage_of(report);
  return said == nullptr ? told : join_history(std::move(told), said->history);
}

// P's answers speak of the same stream as R's offset, however far P was when it was asked.
bool shares_stream(const replication_report& p, const replication_report& r) {
  if (r.replid.empty()) return false;
  return p.replid == r.replid || (p.replid2 == r.replid && r.offset < p.second_offset);
}

}  // namespace

bool is_anchored(const memory& m, const replica_link& link) {
  return link.primary.port == m.anchor_port;
}

bool binds_locally(const memory& m) {
  if (!m.bind) return m.server && is_gated_by_bind(m.gate, m.server->version);
  if (m.bind->empty()) return false;
  std::istringstream addresses(*m.bind);
  const auto is_local = [](std::string_view address) {
    if (address.starts_with('-')) address.remove_prefix(1);
    return address.starts_with("127.") || address == "::1";
  };
  return std::all_of(std::istream_iterator<std::string>(addresses), {}, is_local);
}

bool serves_as_primary(const memory& m) {
  return m.replication && m.replication->server_role == role::primary && !binds_locally(m);
}

bool lacks_replicas(const memory& m) {
  return m.had_enough_replicas && m.replication && m.replication->good_replicas &&
         *m.replication->good_replicas < m.min_replicas;
}

bool primary_answers(const memory& m, instant now) {
  return m.primary_replication && m.primary.condition == link_condition::up &&
         m.primary.reported_at && now - *m.primary.reported_at <= m.contact_timeout;
}

bool primary_is_in_contact(const memory& m, instant now) {
  return primary_answers(m, now) && m.primary_replication->server_role == role::primary;
}

const statement* word_of_primary(const memory& m) {
  return m.primary_said && m.primary_said->run_id == m.primary_run_id ? &*m.primary_said : nullptr;
}

const statement* word_of(const pod_memory& pod) {
  const bool counts =
      pod.said && pod.report.server && pod.said->run_id == pod.report.server->run_id;
  return counts ? &*pod.said : nullptr;
}

bool names_another_cluster(const memory& m, const statement& said) {
  return m.remembered && !m.remembered->cluster_id.empty() && !said.cluster_id.empty() &&
         said.cluster_id != m.remembered->cluster_id;
}

lineage own_lineage(const memory& m) {
  if (!m.replication) return {};
  return effective_lineage({.replication = *m.replication,
                            .run_id = m.server ? m.server->run_id : "",
                            .keys = m.details ? m.details->keys : 0,
                            .has_aof = m.has_aof,
                            .is_open = serves_as_primary(m),
                            .end_was_witnessed = m.end_was_witnessed},
                           m.remembered);
}

lineage lineage_of_pod(const pod_memory& pod) {
  return join_statement(pod.report.replication, word_of(pod));
}

lineage lineage_of_primary(const memory& m) {
  if (!m.primary_replication) return {};
  return join_statement(*m.primary_replication, word_of_primary(m));
}

std::optional<lag> measure_lag(const memory& m, instant now) {
  if (!m.replication || !m.replication->link || !primary_is_in_contact(m, now)) {
    return std::nullopt;
  }
  if (!shares_stream(*m.primary_replication, *m.replication)) return std::nullopt;
  return m.primary_offsets.measure(m.replication->link->offset, now);
}

}  // namespace redis_agent::core
