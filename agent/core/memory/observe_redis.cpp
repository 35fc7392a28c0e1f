// What the local server's reports change.
#include <algorithm>
#include <set>
#include <utility>

#include "core/memory/aof_bound.hpp"
#include "core/memory/observing.hpp"

namespace redis_agent::core {
namespace {

// During a sync the primary sends a newline each second while it prepares, so that its replica does
// not time out (replication.c, replicationCron): that is progress too.
constexpr std::int64_t sync_idle_seconds_max = 2;

// What the volume would remember, had the last report been the last word.
std::optional<volume_memory> sum_up_run(const memory& m) {
  const bool is_known = m.remembered && m.replication && m.details && m.server && is_settled(m) &&
                        m.remembered->run_id == m.server->run_id && !m.remembered->is_copying;
  if (!is_known) return std::nullopt;
  volume_memory sum = *m.remembered;
  sum.history = own_lineage(m);
  sum.keys = m.details->keys;
  sum.functions = m.details->functions;
  sum.aof_offset = m.aof.written();
  sum.aof_bytes = noted_size(m, m.aof.written_bytes());
  sum.aof_is_stale = !m.aof.is_begun();
  set_aof_bound(sum, m);
  sum.ended_cleanly = has_ended_whole(m);
  return sum;
}

// Its last report was of the moments before its end, not of before this agent stood still, or was
// not answered for a while.
bool saw_the_end(const memory& m, instant now) {
  constexpr duration last_moments = 1500ms;
  return m.awake_since <= m.asked_at && m.gone_since.value_or(now) - m.asked_at <= last_moments;
}

void forget_run(memory& m) {
  sync_memory anew;
  anew.resyncs = m.sync.resyncs;
  m.sync = anew;
  m.replication.reset();
  m.loading = {};
  m.details.reset();
  m.metrics.reset();
  m.aof = {};
  m.bind.reset();
  m.is_reached.reset();
  m.settled_at.reset();
  m.closed_at.reset();
  m.invented_id.clear();
  m.aof_bytes_at_start.reset();
  m.aof_bytes_are_true = false;
  m.had_enough_replicas = false;
  m.kept = keeping::undecided;
  m.ending.reset();
  m.proven_run_id.clear();
  m.ordered.reset();
  m.passwords.own.reset();
  m.password_orders.erase("redis");
}

void begin_server_run(memory& m, const server_report& server, instant now) {
  if (!m.server || m.server->run_id != server.run_id) {
    m.run_began_at = now;
    want_check(m);
  }
  if (m.server && m.server->run_id != server.run_id) {
    ++m.server_restarts;
    m.end_of_run = sum_up_run(m);
    m.end_of_run_is_all = saw_the_end(m, now);
    if (m.primary_said && m.primary_said->run_id == m.server->run_id) m.primary_said.reset();
    m.end_was_seen = false;
    forget_run(m);
  }
  m.server = server;
}

bool moved_on(const memory& before, const poll_report& report) {
  const loading_report loading = report.loading.value_or(before.loading);
  if (loading.is_under_way()) {
    return !before.loading.is_under_way() || loading.loaded_bytes != before.loading.loaded_bytes;
  }
  const auto& link = report.replication.link;
  const bool is_receiving =
      link &&
      phase_of(*link, loading, report.stage.value_or(link_stage::none)) == sync_phase::receiving;
  return !is_receiving || link->sync_idle_seconds.value_or(0) <= sync_idle_seconds_max;
}

// ACL may be renamed, and requirepass is not all that a newer server takes.
password_report believe(password_report told, const memory& m) {
  const auto version = m.server ? parse_reported_version(m.server->version) : std::nullopt;
  const bool is_odd = !told.knows_users && (!version || version->knows_users());
  if (is_odd) told = {.link = told.link, .links_user = told.links_user};
  return told;
}

void note_settings(memory& m, const poll_report& report) {
  if (report.bind) m.bind = report.bind;
  if (report.min_replicas) m.min_replicas = *report.min_replicas;
  if (report.serves_stale_data) m.serves_stale_data = *report.serves_stale_data;
  if (report.appendfsync) m.fsync.is_off = *report.appendfsync == "no";
  if (report.no_fsync_on_rewrite)
    m.fsync.is_off_beside_child = *report.no_fsync_on_rewrite == "yes";
  if (report.repl_timeout_seconds) {
    m.repl_timeout = std::chrono::seconds(*report.repl_timeout_seconds);
  }
  if (report.rdb_name && *report.rdb_name != m.rdb_name) {
    m.rdb_name = *report.rdb_name;
    want_check(m);
  }
}

// Before 7.0 PING is answered also where every read is refused, and later on a disk that fails
// hides what it says of that.
void note_refusals(memory& m, const poll_report& report) {
  m.write_refusal = report.write_refusal;
  m.read_refusal = report.read_refusal;
  const auto& link = report.replication.link;
  if (m.read_refusal.empty() && !m.serves_stale_data && link && !link->is_up) {
    m.read_refusal = "replica-serve-stale-data is no, and the link to the primary is down";
  }
}

// What was known of the AOF was of another one: a full sync may come and go between two polls.
bool began_another_stream(const memory& m, const poll_report& report) {
  if (!m.replication) return false;
  const replication_report& before = *m.replication;
  const replication_report& after = report.replication;
  const bool goes_on = after.replid == before.replid || after.replid2 == before.replid;
  return !goes_on || after.offset < before.offset;
}

// Who comes to a server that runs for long does not see what that has loaded.
bool has_just_loaded(const memory& m, instant now) {
  constexpr duration while_an_agent_starts = 2s;
  return m.server && std::chrono::seconds(m.server->uptime_seconds) <=
                         now - m.started_at + while_an_agent_starts;
}

void note_aof_at_start(memory& m, const aof_report& aof, instant now) {
  const bool is_known = !aof.is_rewriting || aof.bytes > 0;  // a rewrite changes it at its end
  if (aof.is_enabled && is_known && has_just_loaded(m, now)) m.aof_bytes_at_start = aof.bytes;
  const auto& known = m.remembered;
  const bool is_of_this_run = known && m.server && known->run_id == m.server->run_id;
  const bool was_whole =
      known && (is_of_this_run ? known->aof_bytes.has_value() : known->ended_cleanly);
  m.aof_bytes_are_true = aof.bytes == 0 || was_whole;
}

void note_data(memory& m, const poll_report& report, bool has_copied, instant now) {
  m.loading = report.loading.value_or(m.loading);
  if (m.loading.is_under_way()) {  // what is counted meanwhile is no number of anything
    m.details.reset();
    m.details_are_new = false;
    m.aof = {};
    return;
  }
  if (!m.settled_at) {
    m.settled_at = now;
    if (!tells_its_history(report.replication)) m.invented_id = report.replication.replid;
    if (report.aof) note_aof_at_start(m, *report.aof, now);
  }
  if (report.details) m.details = report.details;
  m.details_are_new = report.details.has_value();
  // A full sync puts what is there out of date; a primary's new name for its stream does not.
  if (has_copied) {
    m.aof.begin_anew();
  } else if (began_another_stream(m, report)) {
    m.aof = {};
  }
  // Before its first replica a server's offset stands still, whatever is written.
  const replication_report& r = report.replication;
  const std::int64_t counted = r.backlog_is_active ? r.offset : r.offset - 1;
  if (!report.aof) return;
  m.fsync.knows_sizes = m.aof_bytes_are_true || m.aof.were_made();
  m.aof.note(*report.aof, m.fsync, counted, report.asked_at);
}

// A person's word was about one hold, and that is over.
void forget_settled_word(memory& m) {
  const bool is_settled_now =
      m.derived == role::primary ? serves_as_primary(m) : m.sync.phase == sync_phase::in_sync;
  if (is_settled_now) m.kept = keeping::undecided;
}

// It has acknowledged something just now. What is dead is listed for a minute, and its server may
// be back already, under another address (replica-announce-ip).
bool is_alive(const attached_replica& replica) {
  constexpr std::int64_t silence_max_seconds = 2;
  return replica.state == "online" && replica.lag_seconds &&
         *replica.lag_seconds <= silence_max_seconds;
}

void note_strangers(memory& m) {
  std::set<std::string> attached;
  for (const attached_replica& replica : m.replication->replicas) {
    if (is_alive(replica)) attached.insert(replica.address.host);
  }
  std::set<std::string> known;
  const bool are_all_attached =
      !m.pods.empty() && std::all_of(m.pods.begin(), m.pods.end(), [&](const auto& pod) {
        const std::set<std::string> addresses = addresses_of(m, pod.first);
        known.insert(addresses.begin(), addresses.end());
        return std::any_of(addresses.begin(), addresses.end(),
                           [&](const std::string& address) { return attached.contains(address); });
      });
  // One of which nothing was known then may be the stranger.
  const bool has_a_new_pod = std::any_of(m.pods.begin(), m.pods.end(), [&](const auto& pod) {
    return !m.pods_beside_strangers.contains(pod.first) && !addresses_of(m, pod.first).empty();
  });
  std::vector<endpoint> before = std::exchange(m.strangers, {});
  if (has_a_new_pod) before.clear();
  if (are_all_attached) {
    for (const auto& [name, pod] : m.pods) m.pods_beside_strangers.insert(name);
  }
  for (const attached_replica& replica : m.replication->replicas) {
    const bool was_one = std::find(before.begin(), before.end(), replica.address) != before.end();
    const bool is_one = are_all_attached && !known.contains(replica.address.host);
    if (was_one || is_one) m.strangers.push_back(replica.address);
  }
}

}  // namespace

void take_local_report(memory& m, const poll_report& report, instant now) {
  if (report.server) begin_server_run(m, *report.server, now);
  m.asked_at = report.asked_at;
  m.gone_since.reset();
  if (report.metrics) {
    m.metrics = report.metrics;
    m.metrics_at = now;
  }
  const bool served = m.derived == role::primary && serves_as_primary(m);
  note_settings(m, report);
  if (report.passwords) take_own(m.passwords, believe(*report.passwords, m));
  if (moved_on(m, report)) m.progressed_at = now;
  const auto full_resyncs = m.sync.resyncs.full;
  note_link(m, report, now);
  note_data(m, report, m.sync.resyncs.full != full_resyncs, now);
  note_refusals(m, report);
  m.replication = report.replication;
  note_strangers(m);
  note_copy(m);
  if (served && !serves_as_primary(m)) m.closed_at = now;
  const auto& good = report.replication.good_replicas;
  if (good && *good >= m.min_replicas) m.had_enough_replicas = true;
  if (m.ending) {
    m.ending->is_seen = m.ending->is_seen || report.asked_at >= m.ending->announced_at;
    m.ending->is_paused = m.ending->is_paused || report.clients_are_paused;
    m.ending->stands_still = report.clients_are_paused;
    m.ending->is_refused = m.ending->is_refused || !report.order_refusal.empty();
    m.ending->gone_at.reset();  // only a connection had ended
  }
  note_service(m, now);
  forget_settled_word(m);
  weigh_lag(m, now);
}

// A connection that has ended, or that nobody takes, is a process that has ended.
void note_local_failure(memory& m, link_condition condition, instant now) {
  if (condition == link_condition::refused && !m.gone_since) m.gone_since = now;
  const bool is_gone = condition == link_condition::refused || condition == link_condition::closed;
  const bool is_in_time = m.ending && now - m.ending->announced_at <= m.end_max;
  if (is_gone && is_in_time && !m.ending->gone_at) m.ending->gone_at = now;
}

}  // namespace redis_agent::core
