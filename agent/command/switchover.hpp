// `redis-agent switchover`: has the agent beside it hand the primary's role over, and waits until
// that is done. Asks the hook's port of this pod alone.
#pragma once

#include "core/configuration/settings.hpp"

namespace redis_agent::command {

int run_switchover(const core::settings& s);

}  // namespace redis_agent::command
