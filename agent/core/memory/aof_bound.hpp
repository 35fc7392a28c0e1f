// How far the AOF of the present run surely reaches, as the volume is to remember it.
#pragma once

#include "core/memory/memory.hpp"

namespace redis_agent::core {

// Sets aof_reach and aof_is_being_made. The report of replication and the server are known.
// What the volume notes of a size that INFO has told; nullopt where that may be more than there is.
std::optional<std::int64_t> noted_size(const memory& m, std::int64_t told);

void set_aof_bound(volume_memory& kept, const memory& m);

}  // namespace redis_agent::core
