// The sentence behind a reason: which server, which numbers, against which limit. One text serves
// the 503's body, the log line, the status table and the page.
#pragma once

#include <string>

#include "core/readiness/verdict.hpp"

namespace redis_agent::core {

std::string explain(reason why, const memory& m, const settings& s, instant now);

// "the primary redis-master-0.redis-headless:6379 (10.0.0.7) is timed_out (no answer within 1 s)".
std::string describe_primary(const memory& m);

}  // namespace redis_agent::core
