#include "core/reporting/status_report.hpp"

#include <algorithm>

#include "core/configuration/tls_change.hpp"
#include "core/failover/decision.hpp"
#include "core/failover/lock.hpp"
#include "core/orders/rotation.hpp"
#include "core/readiness/advice.hpp"

namespace redis_agent::core {
namespace {

link_status describe(const link_memory& link, const endpoint& where) {
  return {to_text(where), {}, std::string(to_text(link.condition)), link.detail};
}

// What the server said of itself. While it does not answer, its last words are not news.
void add_server(status_report& report, const memory& m) {
  if (m.redis.condition != link_condition::up || !m.replication) return;
  if (m.server) report.version = m.server->version;
  if (m.details) {
    report.keys = m.details->keys;
    report.functions = m.details->functions;
  }
  if (m.replication->link) {
    report.offset = m.replication->link->offset;
    report.upstream = to_text(m.replication->link->primary);
  } else {
    report.offset = m.replication->offset;
    report.connected_replicas = m.replication->connected_replicas;
  }
}

void add_replica(status_report& report, const memory& m, instant now) {
  if (m.redis.condition == link_condition::up) report.link = to_text(m.sync.phase);
  if (const auto measured = lag_now(m, now)) {
    report.lag_bytes = measured->bytes;
    report.lag_seconds = to_seconds(measured->upper_bound);
  }
  if (m.primary.reported_at) report.contact_seconds = to_seconds(now - *m.primary.reported_at);
  report.primary = describe(m.primary, m.primary_at);
  if (m.primary_name.answer) report.primary->addresses = m.primary_name.answer->addresses;
}

void add_passwords(status_report& report, const memory& m, const settings& s, instant now) {
  const rotation_facts facts = assess_rotation(m, s, now);
  report.passwords = tell_tags(facts);
  report.password_phase = to_text(phase_of(facts));
  report.password_detail = m.passwords.trouble;
  const std::string waits = describe_rotation(facts, now);
  if (!waits.empty() && !report.password_detail.empty()) report.password_detail += "; ";
  report.password_detail += waits;
}

}  // namespace

std::optional<lag> lag_now(const memory& m, instant now) {
  const bool is_known = m.derived == role::replica && m.redis.condition == link_condition::up;
  return is_known ? measure_lag(m, now) : std::nullopt;
}

std::optional<statement> statement_in(const status_report& report) {
  if (report.run_id.empty()) return std::nullopt;
  const bool is_loading = report.reason == to_text(reason::redis_loading);
  return statement{.pod = report.pod,
                   .cluster_id = report.cluster_id,
                   .run_id = report.run_id,
                   .history = is_loading ? lineage{} : report.history,
                   .pods = report.pods,
                   .lock = report.lock,
                   .noted = report.noted,
                   .addresses = report.addresses,
                   .has_data = report.keys.value_or(0) > 0 || report.functions.value_or(0) > 0,
                   .opened = report.opened,
                   .was_in_sync = report.was_in_sync,
                   .passwords = report.passwords,
                   .has_untold_aof = report.has_untold_aof};
}

status_report report_status(const memory& m, const settings& s, instant now,
                            const std::string& agent_version) {
  const verdict v = decide(m, s, now);
  status_report report;
  report.pod = s.pod_name;
  report.role = to_text(m.derived);
  report.is_ready = v.is_ready;
  report.reason = to_text(v.why);
  report.explanation = v.explanation;
  report.advice = advise(v.why);
  report.addresses = m.own_addresses;
  report.redis = describe(m.redis, {s.redis_host, s.redis_port});
  add_server(report, m);
  report.decision = describe_decision(m, s, now);
  report.situation = describe_situation(m, s, now);
  report.answer_to_decision = m.answer_to_decision;
  report.volume = describe_volume_trouble(m, now);
  if (m.remembered) report.cluster_id = m.remembered->cluster_id;
  if (m.server) report.run_id = m.server->run_id;
  if (const auto said = statement_of(m)) {
    report.history = said->history;
    report.pods = said->pods;
    report.noted = said->noted;
    report.opened = said->opened;
    report.was_in_sync = said->was_in_sync;
    report.has_untold_aof = said->has_untold_aof;
  }
  if (m.derived == role::replica) add_replica(report, m, now);
  if (m.service_name.answer) {
    for (const service_target& target : m.service_name.answer->targets) {
      report.peers.push_back(target.host);
    }
    report.peers_are_cut = m.service_name.answer->is_cut;
  }
  report.lock = view_of_lock(m, s, now);
  if (report.lock) {
    report.lock_ruling = describe_lock(m, s, now);
    report.lost = describe_lost(m.lost);
  }
  if (m.passwords.is_rotated) add_passwords(report, m, s, now);
  report.warnings = warnings_of(m);
  report.tls = to_text(s.tls);
  report.agent_version = agent_version;
  return report;
}

}  // namespace redis_agent::core
