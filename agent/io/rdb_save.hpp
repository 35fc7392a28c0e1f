// Has a server save its data as an RDB, and waits until it has. Blocks: for a thread beside the
// loop.
#pragma once

#include <string>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "io/redis_stream.hpp"
#include "wire/login.hpp"

namespace redis_agent::io {

// The empty string, or why there is none.
core::result<std::string> have_rdb_saved(const redis_place& server, const wire::login& as,
                                         core::duration within);

}  // namespace redis_agent::io
