// `redis-agent init`: derives the pod's role, writes its redis.conf in one step, says so in one
// line and ends. Starts no server and asks none.
#pragma once

#include "core/configuration/settings.hpp"

namespace redis_agent::command {

int run_init(const core::settings& s);

}  // namespace redis_agent::command
