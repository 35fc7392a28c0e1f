// The planned end of a server: for whom it is worth waiting. Redis 7 and later waits at SIGTERM
// until every replica has everything, up to shutdown-timeout (redis.io/docs/reference/signals),
// also for one that is stuck or in a full sync and will not have it in time.
#pragma once

#include "core/replication.hpp"

namespace redis_agent::core {

// Of a primary: at least one replica lacks something, and every one that does is beyond hope: not
// online, or without an acknowledgement for so long that it is stuck.
bool waits_for_the_hopeless(const replication_report& report);

}  // namespace redis_agent::core
