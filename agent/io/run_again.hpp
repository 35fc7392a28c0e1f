// This process from its beginning: the same program and arguments, and nothing that it knew.
#pragma once

#include <string>

namespace redis_agent::io {

// Returns only where it could not be done, and says why. Threads end where they are.
std::string run_again();

}  // namespace redis_agent::io
