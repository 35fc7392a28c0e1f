// What becomes of what the holder of the lock does not carry.
#include "core/memory/observing.hpp"

namespace redis_agent::core {

void note_divergence(memory& m, const divergence_found& e, instant now) {
  lost_memory& lost = m.lost;
  if (lost.found != e.what) {
    lost.found = e.what;
    lost.found_at = now;
    lost.kept.reset();
    lost.stream_trouble.clear();
    lost.rdb_trouble.clear();
  }
  lost.is_under_way = e.is_being_kept;
}

void note_kept(memory& m, const lost_kept& e) {
  lost_memory& lost = m.lost;
  lost.is_under_way = false;
  if (lost.found != e.what) return;
  lost.kept = e.kept;
  if (e.kept.is_pings) return;
  ++lost.settled.at(static_cast<std::size_t>(e.kept.form));
  lost.bytes_total += static_cast<std::uint64_t>(e.what.bytes().value_or(0));
}

void note_not_kept(memory& m, const lost_not_kept& e) {
  lost_memory& lost = m.lost;
  lost.is_under_way = false;
  if (lost.found != e.what) return;
  (e.form == kept_form::stream ? lost.stream_trouble : lost.rdb_trouble) = e.why;
}

}  // namespace redis_agent::core
