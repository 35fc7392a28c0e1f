// `redis-agent init`: derives the pod's role, writes its redis.conf in one step, says so in one
// line and ends. Starts no server and asks none.
#pragma once

#include <string>
#include <vector>

#include "core/configuration/settings.hpp"

namespace redis_agent::command {

int run_init(const core::settings& s);

// What it would say and end with, without writing the file.
struct rehearsal {
  int exit_code = 0;
  std::vector<std::string> complaints;
  std::vector<std::string> warnings;
  std::string role;  // "redis-slave-0 is a replica of ..."
};

rehearsal rehearse_init(const core::settings& s);

}  // namespace redis_agent::command
