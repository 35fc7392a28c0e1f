// How the process ends.
#pragma once

namespace redis_agent::command {

inline constexpr int exit_ok = 0;
inline constexpr int exit_world = 1;     // the disk is full, the port is taken, nobody answers
inline constexpr int exit_settings = 2;  // a setting is wrong; trying again changes nothing

}  // namespace redis_agent::command
