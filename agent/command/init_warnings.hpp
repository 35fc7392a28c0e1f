// What init had to say of the user's redis.conf, for the sidecar: nobody reads the log of an init
// container. It stands in the redis.conf that init wrote, so that it is about the file with which
// Redis runs.
#pragma once

#include <string>
#include <vector>

#include "core/configuration/settings.hpp"

namespace redis_agent::command {

// Logs each. None where that file is not mounted.
std::vector<std::string> tell_init_warnings(const core::settings& s);

}  // namespace redis_agent::command
