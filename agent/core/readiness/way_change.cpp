#include "core/readiness/way_change.hpp"

#include "core/readiness/verdict.hpp"
#include "core/safety/ending.hpp"

namespace redis_agent::core {

std::string why_the_way_stays(const memory& m, const settings& s, instant now) {
  const verdict v = decide(m, s, now);
  // The primary may have closed the port by which this pod came: the other way is what is left.
  const bool is_cut_off = m.derived == role::replica && m.primary.condition != link_condition::up;
  if (!v.is_ready && !is_cut_off) return "this pod is not ready: " + std::string(to_text(v.why));
  if (end_is_under_way(m, s, now)) return "this pod ends";
  const bool is_moving =
      (m.lock.move && !m.lock.move->is_over) || (m.lock.seen && !m.lock.seen->successor.empty());
  return is_moving ? "the primary moves" : "";
}

}  // namespace redis_agent::core
