#include "core/memory/aof_memory.hpp"

#include <algorithm>

namespace redis_agent::core {
namespace {

// Redis counts the two seconds of a postponed write by a clock of whole ones.
constexpr duration postponed_max = 3500ms;

// An fsync each second, and one that has begun may have to end first.
constexpr duration flushed_after = 2s;

constexpr std::size_t on_its_way_max = 64;

}  // namespace

void aof_memory::begin_anew() {
  *this = {};
  is_outdated_ = true;
}

// The files are others than before. They were loaded, or a child has made them, which has them on
// the disk before it puts them in place (aof.c: rewriteAppendOnlyFile).
void aof_memory::begin_sizes() {
  written_bytes_ = flushed_bytes_ = bytes_;
  for (sample& written : on_its_way_) written.bytes = bytes_;
}

void aof_memory::note(const aof_report& report, const fsync_settings& set, std::int64_t offset,
                      instant at) {
  is_enabled_ = report.is_enabled;
  is_failing_ = report.is_failing;
  const bool is_awaited = report.is_rewriting && !is_begun_ && (is_outdated_ || reach_);
  const bool stands_still = !report.is_enabled || report.is_failing || is_awaited;
  const bool was_made = is_being_made_ && !report.is_rewriting;
  // A full disk takes some now and then, and another state may come and go between two reports.
  const bool has_moved = report.is_failing && report.bytes != bytes_;
  const bool was_rewritten = report.bytes < bytes_;
  bytes_ = report.bytes;
  if (was_rewritten) {
    begin_sizes();
    were_made_ = true;
  }
  if (!stands_still) {
    reach_.reset();
  } else if (!reach_ || was_made || has_moved) {
    reach_ = offset;
  }
  is_being_made_ = report.is_rewriting && reach_;
  if (!report.is_enabled || report.is_failing) {
    is_begun_ = is_begun_ && report.is_enabled;
    postponed_.clear();
    on_its_way_.clear();
    return;
  }
  // Switched on at run time, or after a full sync, the AOF is made first; until then the file on
  // the volume is an older one. One that is there already is appended to while it is rewritten.
  if (report.is_rewriting && !is_begun_) return;
  // Switched off and on between two reports it looks like one that is rewritten. Before 7.0 its
  // size stands still from then on (aof.c: feedAppendOnlyFile).
  if (!report.is_rewriting) bytes_at_rewrite_.reset();
  const bool has_grown = bytes_at_rewrite_ && report.bytes > *bytes_at_rewrite_;
  if (report.is_rewriting) bytes_at_rewrite_ = report.bytes;
  const bool is_news = offset > written_;
  may_be_another_ = report.is_rewriting && is_news && (!set.knows_sizes || !has_grown);
  if (may_be_another_) return;
  if (!is_begun_) begin_sizes();
  were_made_ = were_made_ || is_outdated_;
  is_begun_ = true;
  is_outdated_ = false;
  postponed_.push_back({at, offset});
  while (!postponed_.empty() &&
         (report.buffered_bytes == 0 || at - postponed_.front().at > postponed_max)) {
    written_ = std::max(written_, postponed_.front().offset);
    written_bytes_ = report.bytes;
    // While a disk hangs, the newest takes the place of the one before.
    if (on_its_way_.size() >= on_its_way_max) on_its_way_.pop_back();
    on_its_way_.push_back({at, written_, written_bytes_});
    postponed_.pop_front();
  }
  if (set.is_off || (set.is_off_beside_child && report.has_child)) return on_its_way_.clear();
  while (report.pending_fsyncs == 0 && !on_its_way_.empty() &&
         at - on_its_way_.front().at >= flushed_after) {
    flushed_ = std::max(flushed_, on_its_way_.front().offset);
    flushed_bytes_ = on_its_way_.front().bytes;
    on_its_way_.pop_front();
  }
}

}  // namespace redis_agent::core
