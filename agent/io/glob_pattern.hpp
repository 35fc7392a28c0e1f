// The files that a pattern means at this moment, in the order of glob(3): as Redis expands one.
#pragma once

#include <string>
#include <vector>

namespace redis_agent::io {

std::vector<std::string> expand_pattern(const std::string& pattern);

}  // namespace redis_agent::io
