// What a person can do about a reason, in a sentence or two. The evidence is explanation.hpp's.
#pragma once

#include <string_view>

#include "core/readiness/verdict.hpp"

namespace redis_agent::core {

// "" where there is nothing to be done.
std::string_view advise(reason why);

}  // namespace redis_agent::core
