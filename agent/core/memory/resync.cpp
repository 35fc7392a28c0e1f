#include "core/memory/resync.hpp"

#include <numeric>

namespace redis_agent::core {

std::string_view to_text(resync_cause cause) {
  switch (cause) {
    case resync_cause::first_sync: return "first_sync";
    case resync_cause::redis_restarted: return "redis_restarted";
    case resync_cause::was_primary: return "was_primary";
    case resync_cause::primary_changed: return "primary_changed";
    case resync_cause::history_changed: return "history_changed";
    case resync_cause::backlog_too_small: return "backlog_too_small";
    case resync_cause::redirected: return "redirected";
    case resync_cause::link_lost: return "link_lost";
    case resync_cause::unknown: break;
  }
  return "unknown";
}

std::uint64_t total_of(const std::array<std::uint64_t, resync_causes>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

void stream_memory::note_gap(const replication_report& report, bool has_data) {
  if (stream.empty()) had_data = had_data || has_data;
  if (!report.link) {
    was_primary = true;
  } else if (!(report.link->primary == at)) {
    was_redirected = true;
  }
}

void stream_memory::note_sync(const replication_report& report) {
  stream = report.replid;
  at = report.link->primary;
  was_primary = was_redirected = false;
}

resync_cause cause_of(const stream_memory& before, const replication_report& after, bool is_full) {
  if (before.stream.empty() && !before.was_seen_to_start) return resync_cause::unknown;
  if (before.stream.empty() && !before.had_data) return resync_cause::first_sync;
  if (before.was_primary) return resync_cause::was_primary;
  if (before.stream.empty()) return resync_cause::redis_restarted;
  const bool is_at_another = !(after.link->primary == before.at);
  if (after.replid != before.stream) {
    return is_at_another ? resync_cause::primary_changed : resync_cause::history_changed;
  }
  if (is_full) return resync_cause::backlog_too_small;
  const bool was_led = before.was_redirected || is_at_another;
  return was_led ? resync_cause::redirected : resync_cause::link_lost;
}

}  // namespace redis_agent::core
