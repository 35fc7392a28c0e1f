// `redis-agent resolve --keep mine|theirs`: a person's decision where the agents hold, because each
// of two pods has what the other lacks, or what was there is nowhere any more. Shows what there is
// and what would be lost, asks, and leaves the decision on the volume for the sidecar. Exits 1 when
// there is nothing to decide.
#pragma once

#include "core/configuration/settings.hpp"

namespace redis_agent::command {

int run_resolve(const core::settings& s);

}  // namespace redis_agent::command
