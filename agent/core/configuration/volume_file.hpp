// The name of the agent's own file on the data volume: no file of Redis may have it.
#pragma once

namespace redis_agent::core {

inline constexpr const char* volume_memory_file = "redis-agent.json";

}  // namespace redis_agent::core
