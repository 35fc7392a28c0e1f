// Why a replica had to come into sync anew: a primary's INFO counts resyncs and does not say. Told
// from what was seen on both sides of the gap, the stream and the other end's address.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/server/replication.hpp"

namespace redis_agent::core {

enum class resync_cause {
  first_sync,         // the server was empty
  redis_restarted,    // it started with data, or this agent has seen it go
  was_primary,        // it was a primary in between
  primary_changed,    // another stream, and at another address
  history_changed,    // another stream at the same address: its server restarted there, was
                      // promoted, or was without replicas for repl-backlog-ttl
  backlog_too_small,  // the same stream, which had gone on for too far
  redirected,         // the same stream, after it was told to follow another place
  link_lost,          // the same stream, and place
  unknown,            // this agent was not there before
};
inline constexpr std::size_t resync_causes = 9;

std::string_view to_text(resync_cause cause);

struct resync_counts {
  std::array<std::uint64_t, resync_causes> full{};
  std::array<std::uint64_t, resync_causes> partial{};
};

std::uint64_t total_of(const std::array<std::uint64_t, resync_causes>& counts);

// What this agent has seen of the present run of the local server, up to the last time in sync.
struct stream_memory {
  std::string stream;  // "" if it was never in sync with anybody
  endpoint at;
  bool had_data = false;           // before its first sync
  bool was_seen_to_start = false;  // or had no link before this agent looked
  bool was_primary = false;        // since it was in sync last,
  bool was_redirected = false;     // or led elsewhere

  // A report that is not of a replica in sync.
  void note_gap(const replication_report& report, bool has_data);
  void note_sync(const replication_report& report);
};

resync_cause cause_of(const stream_memory& before, const replication_report& after, bool is_full);

}  // namespace redis_agent::core
