#include "core/memory/aof_bound.hpp"

namespace redis_agent::core {

std::optional<std::int64_t> noted_size(const memory& m, std::int64_t told) {
  const bool is_true = m.aof_bytes_are_true || m.aof.were_made();
  return is_true && told > 0 ? std::optional(told) : std::nullopt;
}

void set_aof_bound(volume_memory& kept, const memory& m) {
  kept.aof_reach.reset();
  // Without a backlog the offset stands still, whatever is written.
  if (m.replication->backlog_is_active) kept.aof_reach = m.aof.reach();
  kept.aof_is_being_made = kept.aof_reach && m.aof.is_being_made();
  // A fresh agent does not know of what a server appends to while it rewrites.
  const bool is_still_made = m.aof.is_enabled() && !m.aof.is_begun() && m.remembered &&
                             m.remembered->run_id == m.server->run_id;
  if (!kept.aof_reach && is_still_made && m.remembered->aof_reach) {
    kept.aof_reach = m.remembered->aof_reach;
    kept.aof_is_being_made = true;
  }
}

}  // namespace redis_agent::core
