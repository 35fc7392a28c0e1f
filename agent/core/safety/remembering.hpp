// What the data volume is to remember from now on (memory/volume_memory.hpp). Pure; written by
// whoever has the volume, and before a gate opens with it.
#pragma once

#include <optional>

#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"

namespace redis_agent::core {

// nullopt while that is not known.
std::optional<volume_memory> choose_memory(const memory& m, const settings& s, instant now);

// The same when the agent ends. Where the end of its primary's process was announced, and has come
// (a native sidecar ends last), the AOF is whole.
std::optional<volume_memory> choose_last_memory(const memory& m);

// It is news, or not yet on the volume; and a volume that has refused to take it is tried again
// each second.
bool is_to_be_written(const memory& m, const volume_memory& kept, instant now);

}  // namespace redis_agent::core
