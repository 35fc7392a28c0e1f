#include "core/memory/lag.hpp"

#include <algorithm>

namespace redis_agent::core {
namespace {

// At four samples a second of a primary that is always written to: 17 minutes at full resolution,
// in 64 KiB. Past that every second sample goes.
constexpr std::size_t samples_max = 4096;

}  // namespace

void offset_history::record(instant at, std::int64_t offset) {
  if (!samples_.empty() && offset < samples_.back().offset) samples_.clear();
  const bool stands_still = samples_.size() >= 2 && samples_.back().offset == offset &&
                            samples_[samples_.size() - 2].offset == offset;
  if (stands_still) {  // the two ends of a plateau say all of it
    samples_.back().at = at;
    return;
  }
  samples_.push_back({at, offset});
  if (samples_.size() > samples_max) thin_out();
}

void offset_history::thin_out() {
  std::deque<sample> kept;
  for (std::size_t i = 0; i < samples_.size(); i += 2) kept.push_back(samples_[i]);
  if (samples_.size() % 2 == 0) kept.push_back(samples_.back());
  samples_ = std::move(kept);
}

std::optional<lag> offset_history::measure(std::int64_t replica_offset, instant now) const {
  if (samples_.empty()) return std::nullopt;
  const sample& last = samples_.back();
  lag measured;
  measured.bytes = std::max<std::int64_t>(0, last.offset - replica_offset);
  const auto ahead =
      std::upper_bound(samples_.begin(), samples_.end(), replica_offset,
                       [](std::int64_t offset, const sample& s) { return offset < s.offset; });
  if (ahead == samples_.begin()) {
    measured.estimate = now - ahead->at;
    measured.upper_bound = measured.estimate;
  } else if (ahead != samples_.end()) {
    const sample& behind = *std::prev(ahead);
    const double part = static_cast<double>(replica_offset - behind.offset) /
                        static_cast<double>(ahead->offset - behind.offset);
    const auto there =
        behind.at + std::chrono::duration_cast<duration>((ahead->at - behind.at) * part);
    measured.estimate = now - there;
    measured.upper_bound = now - behind.at;
  } else {
    measured.upper_bound = now - last.at;
  }
  return measured;
}

bool admits(const lag_budget& budget, const lag& measured, bool was_admitted) {
  const int share = was_admitted ? 1 : 2;
  return measured.bytes <= budget.bytes / share && measured.upper_bound <= budget.time / share;
}

}  // namespace redis_agent::core
