// Whose data is newer: a position in a replication stream, and the streams that it goes on from.
//
// Redis names each stream by a replication id and counts its bytes; a promoted replica takes a new
// id and remembers one former id with the offset where it ends (Redis: INFO replication,
// master_replid, master_replid2, second_repl_offset). One is too few: a restart from an AOF
// forgets both, and two promotions in a row forget the first. A lineage has them all, as far as an
// agent has seen or remembered them.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/server/replication.hpp"

namespace redis_agent::core {

struct ancestor {
  std::string id;
  std::int64_t end = 0;     // the first offset of that stream that is not surely part of this
  std::int64_t begin = -1;  // where it took over from the one before; -1: unknown
  std::int64_t reach = -1;  // the last offset that may be part of it; -1: the one before `end`
  // Found to be part of the newest stream (absorb), and of none that this one lists.
  bool is_absorbed = false;

  friend bool operator==(const ancestor&, const ancestor&) = default;
};

struct lineage {
  std::string id;
  std::int64_t offset = 0;
  std::vector<ancestor> ancestors{};  // the newest first, each id once
  std::int64_t begin = -1;            // as an ancestor's
  bool is_estimate = false;  // at least so far: an AOF has what came after, unknown how much
  bool is_stale =
      false;  // an estimate of an AOF that was not written to any more: no more than that
  bool may_be_remade = false;  // unless another one, that was being made, has taken its place

  friend bool operator==(const lineage&, const lineage&) = default;
};

// The end of an ancestor all of which is known to be carried.
inline constexpr std::int64_t whole_stream = std::numeric_limits<std::int64_t>::max();

// Where a stream ends that was seen up to that offset.
constexpr std::int64_t end_after(std::int64_t offset) {
  return offset == whole_stream ? whole_stream : offset + 1;
}

// What a server says of itself.
lineage lineage_of(const replication_report& report);

// False for a replica without a place in a stream, which it could go on from: after a start from an
// AOF, or empty. A primary is its own place.
bool has_a_place(const replication_report& report);

// False for a server whose id is its own invention and says nothing of where its data comes from:
// one that started from an AOF, from an RDB without replication fields, or empty.
bool tells_its_history(const replication_report& report);

// All that `theirs` has is part of `mine`: the proof that nothing is lost when they copy it.
bool carries(const lineage& mine, const lineage& theirs);

// The same where `theirs` is an estimate, whatever it may have beyond: the stream that it is of
// goes on in `mine`, or was found to be part of it by name (absorb).
bool surely_carries(const lineage& mine, const lineage& theirs);

// The same where it is known besides what `theirs` cannot be beyond: `bound.reach` of that stream.
bool carries_up_to(const lineage& mine, const lineage& theirs, const ancestor& bound);

// The same where `theirs` is of an AOF that was not written to any more.
bool carries_what_was_left(const lineage& mine, const lineage& theirs);

// It is in that stream, or goes on from it.
bool names_stream(const lineage& history, std::string_view id);

// The two have a stream in common, whoever is further.
bool are_related(const lineage& a, const lineage& b);

// Each id once; of one that is known already, its beginning is learned.
void add_ancestor(lineage& to, const ancestor& added);

// The estimate may end at that offset: it was written in that stream last, and nothing of it is
// known to go on beyond.
bool may_end_at(const lineage& estimate, std::string_view stream, std::int64_t offset);

// That offset of the stream may be part of it.
bool reaches(const lineage& history, std::string_view stream, std::int64_t offset);

// The newest stream in which anything was written, as far as that is known.
const std::string& last_written_stream(const lineage& history);

// `to` goes on from what `from` was, up to `end`.
void add_ancestors(lineage& to, const lineage& from, std::int64_t end);

// Adds the part of a known history that is not newer than `id`: what a server that has gone back to
// that stream, or is in it, goes on from.
void add_former(lineage& to, const lineage& known, const std::string& id);

// Declares that all of `theirs` is part of `mine`, as a decision has found it to be.
void absorb(lineage& mine, const lineage& theirs);

// Makes a list short that has grown with each restart: first go the oldest streams in which nothing
// was written, then the oldest, but none in which one of the pods was last seen.
void thin_out(lineage& history, const std::vector<std::string>& last_seen);

// It is no estimate any more.
void make_certain(lineage& history);

// The same history with no more in it than is sure.
lineage what_is_sure_of(lineage history);

// What two witnesses of the same stream know of what came before it.
lineage join_history(lineage a, const lineage& b);

}  // namespace redis_agent::core
