// What comes of reading and writing the data volume. Any of that may take long: meanwhile the
// server may restart, and what is found is of the run before.
#include <utility>

#include "core/memory/observing.hpp"

namespace redis_agent::core {
namespace {

// What was written last is newer than what is known of that run's end by what only a write adds.
void add_to_end_of_run(memory& m, const volume_memory& written) {
  if (!m.end_of_run || m.end_of_run->run_id != written.run_id) return;
  if (written.is_copying) return m.end_of_run.reset();
  m.end_of_run->last_end = written.last_end;
  m.end_of_run->pods = written.pods;
}

// It was put back or emptied: what this agent knew of the last run is not of it. A check that comes
// too late tells this too, and only once.
void note_another_volume(memory& m, const volume_checked& e) {
  m.end_of_run.reset();
  m.end_was_seen = false;
  m.is_noted = false;
  m.unwritten.reset();
  if (e.remembered) {
    m.remembered = e.remembered;
  } else if (m.remembered) {  // there was data, and none of it is here
    m.remembered->aof_offset = -1;
    m.remembered->aof_is_stale = true;
    m.remembered->ended_cleanly = false;
  }
}

}  // namespace

void want_check(memory& m) {
  m.volume_is_checked = false;
  m.is_asked_of_the_past = m.volume_asked_at.has_value();
}

void note_asking(memory& m, const volume_asked& e, instant now) {
  m.volume_asked_at = now;
  m.is_asked_of_the_past = false;
  if (!e.to_be_written) return;
  m.is_noted = false;  // until it is, nobody knows what is there
  m.unwritten = e.to_be_written;
}

void note_trouble(memory& m, const std::string& why, instant now) {
  m.volume_asked_at.reset();
  m.volume_trouble = why;
  m.remembered_at = now;
}

void take_volume(memory& m, const volume_read& e, instant now) {
  note_trouble(m, "", now);
  m.remembered = e.remembered;
  m.unwritten.reset();
  m.rdb_at_start = e.rdb;
  m.rdb_trouble = e.rdb_trouble;
  m.is_noted = e.remembered.has_value();
  m.volume_is_read = true;
  if (m.remembered) {
    for (remembered_pod& pod : m.remembered->pods) pod.bound_is_inherited = pod.bound >= 0;
  }
  if (m.derived != role::primary || !m.remembered) return;
  for (const remembered_pod& pod : m.remembered->pods) m.pods.try_emplace(pod.name);
}

void take_check(memory& m, const volume_checked& e) {
  m.volume_asked_at.reset();
  if (!e.is_untouched) note_another_volume(m, e);
  if (std::exchange(m.is_asked_of_the_past, false)) return;
  m.volume_trouble.clear();
  m.volume_is_checked = true;
  m.rdb_at_start = e.rdb;
  m.rdb_trouble = e.rdb_trouble;
  if (!m.end_of_run) return;
  m.end_was_seen = m.end_of_run_is_all;
  m.remembered = std::exchange(m.end_of_run, std::nullopt);
  m.is_noted = false;
}

void note_write(memory& m, const volume_memory& written, instant now) {
  constexpr duration pause = 100ms;
  m.writes_in_a_row = now - m.remembered_at < pause ? m.writes_in_a_row + 1 : 0;
  note_trouble(m, "", now);
  m.is_asked_of_the_past = false;
  m.remembered = written;
  m.is_noted = true;
  m.unwritten.reset();
  add_to_end_of_run(m, written);
}

bool volume_is_known(const memory& m) { return m.volume_is_read && m.volume_is_checked; }

bool is_to_be_read(const memory& m, instant now) {
  if (volume_is_known(m) || m.volume_asked_at) return false;
  return m.volume_trouble.empty() || now - m.remembered_at >= after_a_refusal;
}

std::optional<duration> silence_of_volume(const memory& m, instant now) {
  constexpr duration patience = 2s;
  if (!m.volume_asked_at || now - *m.volume_asked_at < patience) return std::nullopt;
  return now - *m.volume_asked_at;
}

bool has_a_strangers_data(const memory& m) {
  return m.replication && is_foreign(*m.replication, m.remembered) &&
         (!m.unwritten || is_foreign(*m.replication, m.unwritten));
}

std::string describe_volume_trouble(const memory& m, instant now) {
  if (silence_of_volume(m, now)) return "it does not answer";
  return m.volume_trouble;
}

}  // namespace redis_agent::core
