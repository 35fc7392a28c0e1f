// What the primary, the other pods and the agents beside them tell.
#include <algorithm>
#include <utility>

#include "core/memory/observing.hpp"

namespace redis_agent::core {
namespace {

// A run that ends while it loads, or before its agent could be heard, is in vain; not where it had
// loaded more than any before.
void begin_run(pod_memory& pod, instant now) {
  const bool has_lasted = pod.settled_at && now - *pod.settled_at >= introduction_max;
  const bool got_further = pod.loaded_in_run > pod.loaded_max;
  pod.runs_in_vain = has_lasted || got_further ? 0 : pod.runs_in_vain + 1;
  pod.loaded_max = std::max(pod.loaded_max, pod.loaded_in_run);
  pod.loaded_in_run = 0;
  pod.settled_at.reset();
}

void note_loading(pod_memory& pod, const poll_report& report, instant now) {
  const bool is_another_run =
      report.server && pod.report.server && report.server->run_id != pod.report.server->run_id;
  if (is_another_run) begin_run(pod, now);
  if (!report.loading || !report.loading->is_under_way()) {
    if (!pod.settled_at) pod.settled_at = now;
    pod.loading_since.reset();
    return;
  }
  pod.settled_at.reset();
  const std::int64_t before = std::exchange(pod.loaded_in_run, report.loading->loaded_bytes);
  const bool moved_on = is_another_run || before != pod.loaded_in_run;
  const bool counts = !gets_nowhere(pod) || pod.loaded_in_run > pod.loaded_max;
  if (!pod.loading_since || (moved_on && counts)) pod.loading_since = now;
}

void note_loading_of_primary(memory& m, const loading_report& loading, instant now) {
  const bool was_loading = std::exchange(m.primary_is_loading, loading.is_under_way());
  if (was_loading && !m.primary_is_loading) m.primary_heard_at = now;
}

// It answers what it was asked after the replica's link broke: it may be written to, and what was
// close then is not for long.
void note_life_after_break(memory& m, const poll_report& report) {
  const bool is_the_same = m.replication && report.replication.server_role == role::primary &&
                           report.replication.replid == m.replication->replid;
  if (is_the_same && m.sync.broken_at && report.asked_at > *m.sync.broken_at) {
    m.sync.was_close = false;
  }
}

// Of an AOF the primary's volume may know more than this one's, and its agent is to say so first.
bool is_carried_by_primary(const memory& m) {
  lineage own = own_lineage(m);
  const lineage primarys = lineage_of_primary(m);
  if (own.is_estimate) {
    const statement* const said = word_of_primary(m);
    if (said == nullptr || m.primary_said_at < m.run_began_at) return false;
    learn_last_stream(own, said->pods, m.pod, primarys);
  }
  return surely_carries(primarys, own);
}

}  // namespace

void take_primary_report(memory& m, const poll_report& report, instant now) {
  const bool is_new_history =
      m.primary_replication && m.primary_replication->replid != report.replication.replid;
  if (is_new_history) m.primary_offsets.forget();
  m.primary_replication = report.replication;
  m.primary_address = report.server_address;
  if (report.server && m.primary_run_id != report.server->run_id) {
    m.primary_run_id = report.server->run_id;
    m.primary_heard_at = now;
    m.passwords.primarys.reset();
  }
  if (report.passwords) m.passwords.primarys = report.passwords;
  if (report.loading) note_loading_of_primary(m, *report.loading, now);
  if (report.replication.server_role == role::primary && !m.primary_is_loading) {
    m.primary_offsets.record(report.asked_at, report.replication.offset);
    note_life_after_break(m, report);
  }
  if (m.derived == role::replica) weigh_lag(m, now);
}

// It tells no offset, so that the lag is known less exactly until the next one.
void take_primary_answer(memory& m, const loading_report& loading, instant now) {
  note_loading_of_primary(m, loading, now);
  if (m.derived == role::replica) weigh_lag(m, now);
}

// What is not asked at each poll stays as it was last told.
void take_pod_report(memory& m, const std::string& name, const poll_report& report, instant now) {
  pod_memory& pod = m.pods[name];
  note_loading(pod, report, now);
  poll_report merged = report;
  if (!merged.server) merged.server = pod.report.server;
  if (!merged.details) merged.details = pod.report.details;
  if (!merged.loading) merged.loading = pod.report.loading;
  if (!merged.aof) merged.aof = pod.report.aof;
  if (!merged.passwords) merged.passwords = pod.report.passwords;
  pod.report = std::move(merged);
  if (pod.settled_at && pod.report.server && pod.report.details &&
      !belongs_to_another(m, name, pod.report.server->run_id)) {
    pod.word = pod_word{report.asked_at, pod.report.server->run_id, *pod.report.details,
                        pod.report.replication};
  }
}

// One that has no history has nothing to say: its server loads.
void take_statement(memory& m, const stated& e, instant now) {
  if (e.who == peer::pod) {
    pod_memory& pod = m.pods[e.pod];
    if (!e.said.pod.empty() && e.said.pod != e.pod) {  // DNS has another pod's address for it
      pod.run_of_another = e.said.run_id;
      return;
    }
    if (pod.run_of_another == e.said.run_id) pod.run_of_another.clear();
    pod.lock = e.said.lock;
    pod.passwords = e.said.passwords;
    pod.said_at = now;
    if (!e.said.history.id.empty()) pod.said = e.said;
    return;
  }
  const bool is_namesake = m.derived == role::primary;
  m.passwords.primary_says = e.said.passwords;
  m.passwords.primary_says_of = e.said.run_id;
  if (!is_namesake && e.said.history.id.empty()) return;
  m.primary_said = e.said;
  m.primary_said_at = now;
  if (!is_namesake) note_proof(m);
}

void note_proof(memory& m) {
  const bool is_primary = m.primary_replication && !m.primary_is_loading &&
                          m.primary_replication->server_role == role::primary;
  const bool is_as_it_was = m.replication && m.replication->server_role == role::replica &&
                            m.replication->replid == m.proven_stream;
  if (!is_primary || !is_as_it_was || m.proven_run_id != m.primary_run_id) m.proven_run_id.clear();
  // Who has copied a stranger finds its own data there.
  const bool is_ours =
      m.replication && is_settled(m) && volume_is_known(m) && !has_a_strangers_data(m);
  if (is_primary && is_ours && is_carried_by_primary(m)) {
    m.proven_run_id = m.primary_run_id;
    m.proven_stream = m.replication->replid;
    if (m.primary.condition == link_condition::up) m.sync.is_unasked = false;
  }
}

}  // namespace redis_agent::core
