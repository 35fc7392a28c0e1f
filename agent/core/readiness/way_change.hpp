// When this pod's links may go another way (--tls-file): the agent begins anew for it.
#pragma once

#include <string>

#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"

namespace redis_agent::core {

// Why not now: a pod that is on its way to something goes there first. "" if they may.
std::string why_the_way_stays(const memory& m, const settings& s, instant now);

}  // namespace redis_agent::core
