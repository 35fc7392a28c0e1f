// How far a replica is behind, in bytes and in seconds, from the primary's offsets over time.
// The primary is asked for its offset, never written to. When it was where the replica is now is
// found by interpolation. The estimate is 0 for a replica that has passed the last sample, and the
// truth is then anything up to that sample's age; between two samples the primary may have moved
// early or late. Hence the upper bound, which holds in both cases: the age of the last sample at
// which the primary was not yet past the replica. No sample means no lag: unknown is not 0.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "core/base/time.hpp"

namespace redis_agent::core {

struct lag {
  std::int64_t bytes = 0;
  duration estimate{};
  duration upper_bound{};

  friend bool operator==(const lag&, const lag&) = default;
};

class offset_history {
 public:
  // `at` is when the primary was asked, not when it answered: it may only have been further since,
  // so the lag is never told too small. An offset that goes back begins a new history.
  void record(instant at, std::int64_t offset);
  void forget() { samples_.clear(); }

  // A replica that is behind the oldest sample is at least that far behind in time.
  std::optional<lag> measure(std::int64_t replica_offset, instant now) const;

  std::size_t size() const { return samples_.size(); }

 private:
  struct sample {
    instant at;
    std::int64_t offset = 0;
  };
  void thin_out();

  std::deque<sample> samples_;
};

// What a replica may lag and still be ready.
struct lag_budget {
  std::int64_t bytes = 0;
  duration time{};
};

// With hysteresis: who has been too far behind, or has never been close, gets in at half the
// budget; who is in stays in up to the whole of it.
bool admits(const lag_budget& budget, const lag& measured, bool was_admitted);

}  // namespace redis_agent::core
