#include "core/reporting/tally.hpp"

namespace redis_agent::core {

template <std::size_t Count>
void tally::changes<Count>::note(std::size_t present) {
  if (last == present) return;
  last = present;
  ++times.at(present);
}

void tally::note_reason(reason why, instant now) {
  if (present_) spent_.at(static_cast<std::size_t>(*present_)) += now - since_;
  present_ = why;
  since_ = now;
}

void tally::note(const memory& m, const settings& s, instant now) {
  note_reason(decide(m, s, now).why, now);
  if (m.derived == role::primary) {
    gate_.note(static_cast<std::size_t>(decide_gate(m, s, now).rule));
  } else {
    rope_.note(static_cast<std::size_t>(decide_rope(m, s, now).act));
  }
  if (m.lock.is_used()) lock_.note(static_cast<std::size_t>(decide_lock(m, s, now).rule));
}

duration tally::time_in(reason why, instant now) const {
  const duration before = spent_.at(static_cast<std::size_t>(why));
  return present_ == why ? before + (now - since_) : before;
}

}  // namespace redis_agent::core
