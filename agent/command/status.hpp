// `redis-agent status`: asks DNS for the pods and every pod's agent for its report, and prints them
// as one table. Needs no password: it speaks to agents, not to Redis.
#pragma once

#include "core/configuration/settings.hpp"

namespace redis_agent::command {

int run_status(const core::settings& s);

}  // namespace redis_agent::command
