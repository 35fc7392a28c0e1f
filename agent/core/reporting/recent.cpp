#include "core/reporting/recent.hpp"

#include <algorithm>

namespace redis_agent::core {
namespace {

// Not within a character of UTF-8: what is cut stays text.
std::string shortened(const std::string& text) {
  if (text.size() <= event_text_max) return text;
  std::size_t end = event_text_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + " ...";
}

}  // namespace

void recent_past::note(const std::optional<lag>& measured, instant now) {
  if (samples_.empty()) step_began_ = now;
  // An agent that was frozen has not seen what was meanwhile.
  const bool is_new = samples_.empty() || now - step_began_ >= sample_step;
  if (!is_new) {
    auto& last = samples_.back();
    if (!last || (measured && measured->upper_bound > last->upper_bound)) last = measured;
    return;
  }
  if (!samples_.empty()) {
    auto steps = (now - step_began_) / sample_step;
    step_began_ += steps * sample_step;
    steps = std::min<decltype(steps)>(steps, samples_max);
    for (; steps > 1; --steps) samples_.emplace_back();
  }
  samples_.push_back(measured);
  while (samples_.size() > samples_max) samples_.pop_front();
}

void recent_past::note(const log_line& line, instant now) {
  log_line kept = line;
  for (auto& [name, value] : kept.fields) value = shortened(value);
  events_.push_back({now, std::move(kept)});
  while (events_.size() > events_max) events_.pop_front();
}

recent_report recent_past::tell(instant now) const {
  recent_report told;
  told.step_seconds = to_seconds(sample_step);
  if (!samples_.empty()) told.age_seconds = to_seconds(now - step_began_);
  for (const auto& sample : samples_) {
    told.lag_bytes.push_back(sample ? std::optional(sample->bytes) : std::nullopt);
    told.lag_seconds.push_back(sample ? std::optional(to_seconds(sample->upper_bound))
                                      : std::nullopt);
  }
  for (const event& e : events_) {
    told.events.push_back({to_seconds(now - e.at), std::string(to_text(e.line.level)),
                           e.line.message, e.line.fields});
  }
  return told;
}

}  // namespace redis_agent::core
