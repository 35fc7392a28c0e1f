#include "core/memory/memory.hpp"

#include <algorithm>
#include <utility>

namespace redis_agent::core {
namespace {

// During a sync the primary sends a newline each second while it prepares, so that its replica does
// not time out (replication.c, replicationCron): that is progress too.
constexpr std::int64_t sync_idle_seconds_max = 2;

void begin_server_run(memory& m, const server_report& server, instant now) {
  if (!m.server || m.server->run_id != server.run_id) m.run_began_at = now;
  if (m.server && m.server->run_id != server.run_id) {
    ++m.server_restarts;
    m.served_before = serves_as_primary(m);
    m.volume_is_checked = m.end_was_witnessed = false;
    sync_memory anew;
    anew.full_resyncs = m.sync.full_resyncs;
    anew.partial_resyncs = m.sync.partial_resyncs;
    m.sync = anew;
    m.replication.reset();
    m.loading = {};
    m.details.reset();
    m.bind.reset();
    m.had_enough_replicas = false;
    m.kept.clear();
    m.ending.reset();
  }
  m.server = server;
}

bool carried_on(const replication_report& before, const replication_report& after) {
  const bool same_history = after.replid == before.replid || after.replid2 == before.replid;
  return same_history && before.link && after.backlog_first_offset <= before.link->offset + 1;
}

// A full resync makes the replica's backlog anew. While it is not yet full it tells its beginning.
bool backlog_began_anew(const replication_report& before, const replication_report& after) {
  return before.backlog_is_active && after.backlog_is_active &&
         after.backlog_first_offset > before.backlog_first_offset &&
         after.backlog_length < after.backlog_size;
}

void count_resync(sync_memory& sync, const replication_report& before,
                  const replication_report& after, sync_phase previous) {
  bool is_full = false;
  if (previous == sync_phase::in_sync) {  // what happened, if anything, did so between two polls
    if (!backlog_began_anew(before, after) && after.replid == before.replid) return;
    is_full = backlog_began_anew(before, after) || after.replid2 != before.replid;
  } else {
    const bool was_seen = previous == sync_phase::receiving || previous == sync_phase::loading;
    is_full = was_seen || !carried_on(sync.before_cut.value_or(before), after);
  }
  ++(is_full ? sync.full_resyncs : sync.partial_resyncs);
}

bool moved_on(const memory& before, const poll_report& report, sync_phase phase) {
  const loading_report loading = report.loading.value_or(before.loading);
  if (loading.is_under_way()) {
    return !before.loading.is_under_way() || loading.loaded_bytes != before.loading.loaded_bytes;
  }
  if (phase != sync_phase::receiving) return true;
  return report.replication.link->sync_idle_seconds.value_or(0) <= sync_idle_seconds_max;
}

// A link that went down after the server's start was up before: an agent that has just been
// restarted learns from that what its predecessor had seen. (-1 or, before 7.0, a number larger
// than the uptime: it never was up.) An empty server proves nothing: a sync that broke off while
// loading leaves one behind.
std::optional<duration> link_was_up_before(const memory& m, const replica_link& link) {
  // How long a dead connection may have looked alive before: repl-timeout's default.
  constexpr duration unnoticed_max = 60s;
  if (!m.server || !m.details || m.details->keys == 0) return std::nullopt;
  if (!link.down_for_seconds || *link.down_for_seconds > m.server->uptime_seconds) {
    return std::nullopt;
  }
  return std::chrono::seconds(*link.down_for_seconds) + unnoticed_max;
}

void note_phase(memory& m, const replication_report& after, sync_phase phase, instant now) {
  sync_memory& sync = m.sync;
  const bool is_first_report = !m.replication;
  if (!is_first_report && phase == sync_phase::in_sync) {
    count_resync(sync, *m.replication, after, sync.phase);
  }
  const bool link_went = sync.phase == sync_phase::in_sync && phase != sync_phase::in_sync;
  if (link_went && m.replication) sync.before_cut = m.replication;
  switch (phase) {
    case sync_phase::receiving:
    case sync_phase::loading:
      sync.was_in_sync = false;
      sync.data_as_of.reset();
      break;
    case sync_phase::in_sync:
      sync.before_cut.reset();
      sync.was_in_sync = true;
      break;
    default:
      if (const auto age = link_was_up_before(m, *after.link); is_first_report && age) {
        sync.was_in_sync = true;
        sync.data_as_of = now - *age;
      }
  }
  sync.phase = phase;
}

// The lag that is known now decides about admission and about how old the data can be. While the
// primary has told this agent nothing yet, a link that is up vouches for what it brought last.
void weigh_lag(memory& m, instant now) {
  if (!m.sync.was_in_sync) {
    m.sync.is_admitted = false;
    return;
  }
  const auto measured = measure_lag(m, now);
  if (!measured) {
    if (m.sync.phase == sync_phase::in_sync && !m.sync.data_as_of) {
      m.sync.data_as_of =
          now - std::chrono::seconds(m.replication->link->last_io_seconds.value_or(0));
    }
    return;
  }
  m.sync.is_admitted = admits(m.budget, *measured, m.sync.is_admitted);
  const instant as_of = now - measured->upper_bound;
  m.sync.data_as_of = std::max(m.sync.data_as_of.value_or(as_of), as_of);
}

void take_local_report(memory& m, const poll_report& report, instant now) {
  if (report.server) begin_server_run(m, *report.server, now);
  if (report.details) m.details = report.details;
  m.details_are_new = report.details.has_value();
  if (report.has_aof) m.has_aof = *report.has_aof;
  if (report.bind) m.bind = report.bind;
  if (report.min_replicas) m.min_replicas = *report.min_replicas;
  const replication_report& after = report.replication;
  sync_phase phase = sync_phase::no_link;
  if (after.link && !is_anchored(m, *after.link)) {
    phase = phase_of(*after.link, report.loading.value_or(m.loading),
                     report.stage.value_or(link_stage::none));
  }
  if (moved_on(m, report, phase)) m.progressed_at = now;
  if (after.link) {
    note_phase(m, after, phase, now);
  } else {
    m.sync.phase = sync_phase::no_link;
    m.sync.was_in_sync = false;
    m.sync.data_as_of.reset();
  }
  m.loading = report.loading.value_or(m.loading);
  m.read_refusal = report.read_refusal;
  m.replication = after;
  if (after.good_replicas && *after.good_replicas >= m.min_replicas) m.had_enough_replicas = true;
  if (m.ending) {
    m.ending->is_paused = m.ending->is_paused || report.clients_are_paused;
    m.ending->is_refused = m.ending->is_refused || !report.order_refusal.empty();
  }
  // A person's word was about one hold, and that is over.
  const bool is_settled =
      m.derived == role::primary ? serves_as_primary(m) : m.sync.phase == sync_phase::in_sync;
  if (is_settled) m.kept.clear();
  weigh_lag(m, now);
}

void take_primary_report(memory& m, const poll_report& report, instant now) {
  const bool is_new_history =
      m.primary_replication && m.primary_replication->replid != report.replication.replid;
  if (is_new_history) m.primary_offsets.forget();
  m.primary_replication = report.replication;
  m.primary_address = report.server_address;
  if (report.server && m.primary_run_id != report.server->run_id) {
    m.primary_run_id = report.server->run_id;
    m.primary_heard_at = now;
  }
  if (report.replication.server_role == role::primary) {
    m.primary_offsets.record(report.asked_at, report.replication.offset);
  }
  weigh_lag(m, now);
}

// What is not asked at each poll stays as it was last told.
void take_pod_report(pod_memory& pod, const poll_report& report) {
  poll_report merged = report;
  if (!merged.server) merged.server = pod.report.server;
  if (!merged.details) merged.details = pod.report.details;
  if (!merged.loading) merged.loading = pod.report.loading;
  if (!merged.has_aof) merged.has_aof = pod.report.has_aof;
  pod.report = std::move(merged);
}

link_memory& link_of(memory& m, peer who, const std::string& pod) {
  if (who == peer::pod) return m.pods[pod].link;
  return who == peer::redis ? m.redis : m.primary;
}

void note_proof(memory& m) {
  const bool is_primary =
      m.primary_replication && m.primary_replication->server_role == role::primary;
  if (!is_primary || m.proven_run_id != m.primary_run_id) m.proven_run_id.clear();
  // Who has copied a stranger finds its own data there.
  const bool is_ours = m.replication && !is_foreign(*m.replication, m.remembered);
  if (is_primary && is_ours && carries(lineage_of_primary(m), own_lineage(m))) {
    m.proven_run_id = m.primary_run_id;
  }
}

void apply(memory& m, const connected& e, instant) { ++link_of(m, e.who, e.pod).connections; }

void apply(memory& m, const reported& e, instant now) {
  link_memory& link = link_of(m, e.who, e.pod);
  ++link.polls;
  link.condition = link_condition::up;
  link.detail.clear();
  link.learned_at = link.answered_at = link.reported_at = now;
  switch (e.who) {
    case peer::redis: take_local_report(m, e.report, now); break;
    case peer::primary: take_primary_report(m, e.report, now); break;
    case peer::pod: return take_pod_report(m.pods[e.pod], e.report);
  }
  if (m.derived == role::replica) note_proof(m);
}

void apply(memory& m, const stated& e, instant) {
  (e.who == peer::pod ? m.pods[e.pod].said : m.primary_said) = e.said;
  if (e.who == peer::primary) note_proof(m);
}

void apply(memory& m, const volume_read& e, instant now) {
  m.remembered = e.remembered;
  m.rdb_at_start = e.rdb;
  m.volume_is_read = true;
  m.remembered_at = now;
}

void apply(memory& m, const volume_checked& e, instant) {
  m.volume_is_checked = true;
  m.end_was_witnessed = e.is_untouched && m.served_before;
  m.rdb_at_start = e.rdb;
}

void apply(memory& m, const volume_written& e, instant now) {
  m.remembered = e.remembered;
  m.remembered_at = now;
}

void apply(memory& m, const failed& e, instant now) {
  link_memory& link = link_of(m, e.who, e.pod);
  ++link.polls;
  ++link.failures.at(static_cast<std::size_t>(e.condition));
  link.condition = e.condition;
  link.detail = e.detail;
  link.learned_at = now;
  if (is_an_answer(e.condition)) link.answered_at = now;
  if (e.who == peer::primary) m.proven_run_id.clear();
}

template <class Answer>
void take_answer(name_memory<Answer>& name, const Answer& answer, instant now, bool is_another) {
  if (name.answer && is_another) ++name.changes;
  name.answer = answer;
  name.trouble.clear();
  name.answered_at = now;
}

template <class Answer>
void take_failure(name_memory<Answer>& name, const std::string& why) {
  ++name.failures;
  name.trouble = why;
}

void apply(memory& m, const person_decided& e, instant) { m.kept = e.kept; }

// A server ends once: if no end comes, what is announced again changes nothing. Whoever can reach
// the hook's port can hold up writes for that long and no longer.
void apply(memory& m, const end_announced&, instant now) {
  if (!m.ending) m.ending = ending_memory{now};
}

void apply(memory& m, const addresses_resolved& e, instant now) {
  const auto& known = m.primary_name.answer;
  take_answer(m.primary_name, e.answer, now, known && known->addresses != e.answer.addresses);
}
void apply(memory& m, const addresses_failed& e, instant) { take_failure(m.primary_name, e.why); }

// A pod that is listed no more is nobody to wait for.
void forget_unlisted(memory& m, const service_answer& answer) {
  std::erase_if(m.pods, [&](const auto& known) {
    return std::none_of(answer.targets.begin(), answer.targets.end(), [&](const service_target& t) {
      return first_label(t.host) == known.first;
    });
  });
}

void apply(memory& m, const peers_resolved& e, instant now) {
  const auto& known = m.service_name.answer;
  forget_unlisted(m, e.answer);
  take_answer(m.service_name, e.answer, now, known && known->targets != e.answer.targets);
}
void apply(memory& m, const peers_failed& e, instant) { take_failure(m.service_name, e.why); }

}  // namespace

memory begin_memory(const settings& s, instant now) {
  memory m;
  m.started_at = m.progressed_at = m.run_began_at = now;
  m.pod = s.pod_name;
  m.derived = derive_role(s.pod_name, s.primary);
  m.budget = {static_cast<std::int64_t>(s.max_lag_bytes), s.max_lag};
  m.contact_timeout = s.contact_timeout;
  m.anchor_port = s.anchor_port;
  m.gate = s.gate;
  return m;
}

memory observe(memory m, const event& e, instant now) {
  std::visit([&](const auto& happened) { apply(m, happened, now); }, e);
  return m;
}

}  // namespace redis_agent::core
