// What a replica's reports tell of its way with its primary.
#include <algorithm>

#include "core/memory/observing.hpp"

namespace redis_agent::core {
namespace {

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
  const auto cause = static_cast<std::size_t>(cause_of(sync.stream, after, is_full));
  ++(is_full ? sync.resyncs.full : sync.resyncs.partial).at(cause);
}

// A link that went down after the server's start was up before: an agent that has just been
// restarted learns from that what its predecessor had seen. (-1 or, before 7.0, a number larger
// than the uptime: it never was up.) An empty server proves nothing: a sync that broke off while
// loading leaves one behind.
std::optional<duration> link_was_up_before(const memory& m, const poll_report& report) {
  if (!m.server || !report.details || report.details->is_empty()) return std::nullopt;
  // An anchor's link was no primary's; and this run has been in sync if the volume knows of it.
  if (is_anchored(m, *report.replication.link)) return std::nullopt;
  if (m.remembered && m.remembered->run_id != m.server->run_id) return std::nullopt;
  const auto& down_for = report.replication.link->down_for_seconds;
  if (!down_for || *down_for > m.server->uptime_seconds) return std::nullopt;
  // A dead connection may have looked alive before.
  return std::chrono::seconds(*down_for) + m.repl_timeout;
}

// A full sync may have come and gone between two polls.
bool goes_on(const memory& m, const replication_report& after) {
  return m.replication &&
         (after.replid == m.replication->replid || after.replid2 == m.replication->replid);
}

// A link that is dead looks alive until it breaks: who was cut off before has not what came then.
// What a link vouches for is not measured.
bool is_close(const sync_memory& sync, instant then) {
  constexpr duration last_moments = 1500ms;
  return !sync.is_the_links_word && sync.data_as_of && then - *sync.data_as_of <= last_moments;
}

// No earlier than it broke: the server counts whole seconds. (Before 7.0 those since 1970, where it
// does not know.)
instant when_broken(const memory& m, const replica_link& link, instant now) {
  const auto& down_for = link.down_for_seconds;
  const bool is_known = m.server && down_for && *down_for <= m.server->uptime_seconds;
  return is_known ? now - std::chrono::seconds(std::max<std::int64_t>(*down_for - 1, 0)) : now;
}

// By which all of it had come, as far as the primary was heard.
std::optional<instant> had_all_at(const memory& m, const replication_report& told, instant now) {
  if (!m.primary_replication || m.primary_replication->replid != told.replid) return std::nullopt;
  const auto measured = m.primary_offsets.measure(told.link->offset, now);
  return measured ? std::optional(now - measured->upper_bound) : std::nullopt;
}

// As far as the primary was heard before its replica's word came.
bool has_served_since(const memory& m, instant broken_at) {
  return m.primary_replication && m.primary_replication->server_role == role::primary &&
         m.replication && m.primary_replication->replid == m.replication->replid &&
         m.primary.reported_at && *m.primary.reported_at > broken_at;
}

// A busy node tells late that its link has gone: what counts is when it did.
void note_break(memory& m, const replication_report& after, instant now) {
  sync_memory& sync = m.sync;
  if (m.replication) sync.before_cut = m.replication;
  if (const auto as_of = had_all_at(m, after, now); sync.data_as_of && as_of) {
    sync.data_as_of = std::max(*sync.data_as_of, *as_of);
  }
  const instant broken_at = when_broken(m, *after.link, now);
  sync.was_close = is_close(sync, broken_at) && !has_served_since(m, broken_at);
  sync.broken_at = broken_at;
}

void note_phase(memory& m, const poll_report& report, sync_phase phase, instant now) {
  sync_memory& sync = m.sync;
  const replication_report& after = report.replication;
  const bool is_first_report = !m.replication;
  if (!is_first_report && phase == sync_phase::in_sync) {
    count_resync(sync, *m.replication, after, sync.phase);
  }
  const bool link_went = sync.phase == sync_phase::in_sync && phase != sync_phase::in_sync;
  if (link_went) note_break(m, after, now);
  switch (phase) {
    case sync_phase::receiving:
    case sync_phase::loading:
      if (phase == sync_phase::loading) sync.copied_stream.clear();
      if (sync.phase != sync_phase::receiving && sync.phase != sync_phase::loading) {
        sync.is_unasked = sync.has_arrived && m.primary.condition != link_condition::up;
      }
      sync.has_arrived = true;
      sync.was_in_sync = false;
      sync.whole_stream.clear();
      sync.data_as_of.reset();
      break;
    case sync_phase::in_sync:
      sync.has_arrived = true;
      sync.was_close = is_close(sync, now);
      sync.broken_at.reset();
      sync.before_cut.reset();
      sync.link_trouble.clear();
      sync.whole_stream = after.replid;
      if ((!is_first_report && !goes_on(m, after)) || may_be_a_strangers(m, lineage_of(after))) {
        sync.was_in_sync = false;
        sync.data_as_of.reset();
      }
      sync.was_in_sync = sync.was_in_sync || leads_to_the_primary(m, after);
      break;
    default:
      if (const auto age = link_was_up_before(m, report); is_first_report && age) {
        sync.was_in_sync = true;
        sync.data_as_of = now - *age;
      }
  }
  sync.phase = phase;
}

// What is to be known when the replica comes into sync. A link that went down since the server's
// start was up before, and this agent has not seen with whom.
void note_stream(memory& m, const poll_report& report) {
  stream_memory& stream = m.sync.stream;
  const replication_report& told = report.replication;
  if (!m.replication) {
    const auto& down_for = told.link ? told.link->down_for_seconds : std::nullopt;
    const bool was_up = m.server && down_for && *down_for <= m.server->uptime_seconds;
    stream.was_seen_to_start = !was_up;
    stream.had_data = m.server_restarts > 0;
  }
  if (told.link && m.sync.phase == sync_phase::in_sync) {
    stream.note_sync(told);
  } else {
    const bool is_being_copied =
        m.sync.phase == sync_phase::receiving || m.sync.phase == sync_phase::loading;
    stream.note_gap(told, !is_being_copied && report.details && !report.details->is_empty());
  }
}

// What is read of a large command is applied when all of it is there; before 6.2 the seconds alone
// tell of it.
bool has_brought_more(const replication_report& before, const replication_report& after) {
  if (after.offset > before.offset) return true;
  return after.link->read_offset && before.link->read_offset &&
         *after.link->read_offset > *before.link->read_offset;
}

// A primary that is gone brings nothing.
void note_progress(memory& m, const replication_report& after, instant now) {
  sync_memory& sync = m.sync;
  if (!after.link->is_up) return sync.up_since.reset();
  if (!sync.up_since) sync.up_since = now;
  const bool was_up = m.replication && m.replication->link && m.replication->link->is_up;
  if (was_up && has_brought_more(*m.replication, after)) sync.brought_at = now;
  // The server counts whole seconds of a clock of whole ones.
  const auto& silent_for = after.link->last_io_seconds;
  if (!silent_for) return;
  const instant brought_after = now - std::chrono::seconds(*silent_for + 1);
  if (brought_after >= *sync.up_since) {
    sync.brought_at = std::max(sync.brought_at.value_or(brought_after), brought_after);
  }
}

void note_target(sync_memory& sync, const replica_link& link, instant now) {
  if (sync.followed == link.primary) return;
  sync.followed = link.primary;
  sync.followed_since = now;
  sync.has_arrived = sync.is_unasked = false;
  sync.up_since.reset();
  sync.link_trouble.clear();
}

// The primary's server is there and has told this agent nothing: it takes no more clients, say. Or
// it has not been asked yet, by an agent that has just started.
bool may_be_there_and_silent(const memory& m, instant now) {
  constexpr duration between_pings = 10s;  // repl-ping-replica-period
  const auto& brought = m.sync.brought_at;
  if (brought && now - *brought <= between_pings) return true;
  const auto& answered = m.primary.answered_at;
  if (m.primary.condition == link_condition::untried) {
    return now - m.started_at < m.contact_timeout;
  }
  return answered && now - *answered <= m.contact_timeout;
}

// While the primary has told this agent nothing yet, and may be gone, a link that is up vouches for
// what it brought last. That something comes says nothing of how much is on its way from a primary
// that is there.
void take_the_links_word(memory& m, instant now) {
  const bool is_in_sync = m.sync.phase == sync_phase::in_sync && m.replication->link;
  if (!is_in_sync || m.primary.reported_at) return;
  if (may_be_there_and_silent(m, now)) {
    if (m.sync.is_the_links_word) m.sync.data_as_of.reset();
    return;
  }
  if (m.sync.data_as_of || !leads_to_the_primary(m, *m.replication)) return;
  m.sync.is_the_links_word = true;
  m.sync.data_as_of = now - std::chrono::seconds(m.replication->link->last_io_seconds.value_or(0));
}

// After the primary's next run was heard its server says that the link is up, and has not its
// stream.
bool is_fed_by_who_is_gone(const memory& m) {
  return !m.sync.fed_by_run.empty() && m.sync.fed_by_run != m.primary_run_id &&
         m.asked_at > m.primary_heard_at && m.sync.up_since &&
         *m.primary.reported_at > *m.sync.up_since;
}

}  // namespace

void note_link(memory& m, const poll_report& report, instant now) {
  const auto& link = report.replication.link;
  if (!link) {
    m.sync.phase = sync_phase::no_link;
    m.sync.was_in_sync = false;
    m.sync.data_as_of.reset();
    m.sync.strange_since.reset();
    m.sync.followed = {};
    m.sync.up_since.reset();
    note_stream(m, report);
    return;
  }
  note_target(m.sync, *link, now);
  sync_phase phase = sync_phase::no_link;
  if (!is_anchored(m, *link)) {
    phase = phase_of(*link, report.loading.value_or(m.loading),
                     report.stage.value_or(link_stage::none));
  }
  note_progress(m, report.replication, now);
  note_phase(m, report, phase, now);
  note_stream(m, report);
}

// Of a primary at its gate. What its volume remembers is of the data before.
void note_copy(memory& m) {
  const std::string& stream = m.replication->replid;
  if (m.sync.copied_stream == stream) return;
  const bool is_known = m.derived == role::primary && m.sync.is_whole() &&
                        std::any_of(m.pods.begin(), m.pods.end(), [&](const auto& pod) {
                          const lineage theirs = lineage_of_pod(pod.second);
                          return theirs.id == stream && !theirs.is_estimate;
                        });
  if (is_known) m.sync.copied_stream = stream;
}

bool link_is_strange(const memory& m) {
  return m.sync.strange_since && m.primary.reported_at &&
         *m.primary.reported_at - *m.sync.strange_since >= m.contact_timeout;
}

// The kernel of a server that hangs takes connections, and its links are as good as ever.
bool link_is_dead(const memory& m, instant now) {
  constexpr duration silence_max = 15s;  // a primary pings more often: each 10 s, by default
  const auto& link = m.replication->link;
  const bool is_cut_off = m.primary.condition == link_condition::unreachable;
  if (!link || !link->is_up || !is_cut_off) return false;
  const instant heard =
      std::max({m.primary.answered_at.value_or(m.started_at), m.awake_since, m.lock.role_since});
  return now - heard > silence_max && link->last_io_seconds.value_or(0) > silence_max / 1s;
}

// The lag that is known now decides about admission and about how old the data can be.
void weigh_lag(memory& m, instant now) {
  const bool is_in_sync = m.sync.phase == sync_phase::in_sync && m.replication->link;
  const bool is_strange = is_in_sync && primary_is_in_contact(m, now) && !measure_lag(m, now);
  if (!is_strange) {
    m.sync.strange_since.reset();
  } else if (!m.sync.strange_since) {
    m.sync.strange_since = now;
  } else if (is_fed_by_who_is_gone(m)) {
    m.sync.strange_since = *m.primary.reported_at - m.contact_timeout;
  }
  if (!m.sync.was_in_sync) {
    m.sync.is_admitted = false;
    return;
  }
  const auto measured = measure_lag(m, now);
  if (measured && is_in_sync) m.sync.fed_by_run = m.primary_run_id;
  if (!measured) return take_the_links_word(m, now);
  m.sync.is_admitted = admits(m.budget, *measured, m.sync.is_admitted);
  const instant as_of = now - measured->upper_bound;
  m.sync.data_as_of = std::max(m.sync.data_as_of.value_or(as_of), as_of);
  m.sync.is_the_links_word = false;
}

}  // namespace redis_agent::core
