// Where a replica stands between "no link" and "has its primary's data". INFO's fields alone do not
// tell: while it waits for the primary's diskless delay a replica answers PONG with old or no data
// and sync_in_progress 0, and the primary calls it online before it has loaded. ROLE's word for the
// link fills the gap.
#pragma once

#include <string_view>

#include "core/server/persistence.hpp"
#include "core/server/replication.hpp"

namespace redis_agent::core {

enum class sync_phase {
  no_link,    // not connected to its primary
  handshake,  // connected; PSYNC not yet answered: partial at once, or full after delay and fork
  receiving,  // a full sync: waiting for its first byte, or reading it
  loading,    // a full sync: its old data is gone, the new one is being loaded
  in_sync,    // follows the primary's stream
};

std::string_view to_text(sync_phase p);

sync_phase phase_of(const replica_link& link, const loading_report& loading, link_stage stage);

}  // namespace redis_agent::core
