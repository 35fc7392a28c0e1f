// How far of its stream a server's AOF surely is on its volume, from what INFO persistence says at
// each poll. An AOF tells no offset, and is not whole after a crash: with appendfsync everysec
// Redis postpones write(2) for up to two seconds while an fsync is under way (aof.c:
// flushAppendOnlyFile), and what was switched off by CONFIG SET has stopped growing. Whether it
// calls fsync at all is a matter of its configuration: without it the kernel writes when it likes.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "core/base/time.hpp"
#include "core/server/persistence.hpp"

namespace redis_agent::core {

// appendfsync and no-appendfsync-on-rewrite; Redis's own defaults until they are known.
struct fsync_settings {
  bool is_off = false;               // appendfsync no
  bool is_off_beside_child = false;  // no-appendfsync-on-rewrite yes
  bool knows_sizes = true;           // an older AOF in the place of this one is seen to be smaller
};

class aof_memory {
 public:
  // `offset` is one that the server told no later than the report.
  void note(const aof_report& report, const fsync_settings& set, std::int64_t offset, instant at);

  // A full sync has replaced what the AOF on the volume is of.
  void begin_anew();

  bool is_enabled() const { return is_enabled_; }
  // It is written to, and not still being made.
  bool is_begun() const { return is_enabled_ && is_begun_; }
  // The kernel has all that the server had told by its last report.
  bool has_all() const {
    return is_begun() && !is_failing_ && !may_be_another_ && postponed_.empty();
  }

  // Up to which offset the kernel has it: this outlives the process. -1: nothing is sure.
  std::int64_t written() const { return written_; }
  // Up to which the disk has it: this outlives the node.
  std::int64_t flushed() const { return flushed_; }
  // How large the files were by then: with less they have been cut since. 0: not known.
  std::int64_t written_bytes() const { return written_bytes_; }
  std::int64_t flushed_bytes() const { return flushed_bytes_; }
  // A child has made them while the server ran: what that says of their size is true since then.
  bool were_made() const { return were_made_; }
  // What there is on the volume cannot be beyond that: an AOF of before a full sync until it is
  // rewritten, one that was switched off, or on a full disk. nullopt: it may be written to.
  std::optional<std::int64_t> reach() const { return reach_; }
  // The one that takes its place is being made: all of it may be there as soon as nobody looks.
  bool is_being_made() const { return is_being_made_; }

 private:
  struct sample {
    instant at;
    std::int64_t offset = 0;
    std::int64_t bytes = 0;
  };

  void begin_sizes();

  bool is_enabled_ = false;
  bool is_failing_ = false;
  bool is_begun_ = false;        // there is an AOF on the volume that this server appends to
  bool may_be_another_ = false;  // it was switched off and on again, unseen
  std::optional<std::int64_t> bytes_at_rewrite_;  // at the last report of one
  std::int64_t written_ = -1;
  std::int64_t flushed_ = -1;
  std::int64_t written_bytes_ = 0;
  std::int64_t flushed_bytes_ = 0;
  std::optional<std::int64_t> reach_;
  bool is_being_made_ = false;
  std::int64_t bytes_ = 0;
  bool is_outdated_ = false;
  bool were_made_ = false;
  std::deque<sample> postponed_;   // told, and perhaps not yet written
  std::deque<sample> on_its_way_;  // written, and perhaps not yet flushed
};

}  // namespace redis_agent::core
