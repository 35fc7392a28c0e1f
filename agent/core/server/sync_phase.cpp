#include "core/server/sync_phase.hpp"

namespace redis_agent::core {

std::string_view to_text(sync_phase p) {
  switch (p) {
    case sync_phase::no_link: return "down";
    case sync_phase::handshake: return "in its handshake";
    case sync_phase::receiving: return "receiving a full sync";
    case sync_phase::loading: return "loading a full sync";
    case sync_phase::in_sync: return "up";
  }
  return "unknown";
}

sync_phase phase_of(const replica_link& link, const loading_report& loading, link_stage stage) {
  const bool is_syncing = link.sync_in_progress || stage == link_stage::sync;
  if (is_syncing && loading.is_under_way()) return sync_phase::loading;
  if (is_syncing) return sync_phase::receiving;
  if (link.is_up) return sync_phase::in_sync;
  if (stage == link_stage::handshake) return sync_phase::handshake;
  return sync_phase::no_link;
}

}  // namespace redis_agent::core
