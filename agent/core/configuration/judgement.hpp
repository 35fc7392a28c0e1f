// What init makes of the user's own redis.conf: judge(lines, plan) -> findings, by the table of
// directives, by what the agent's own lines override, and by which commands keep their names.
#pragma once

#include <vector>

#include "core/configuration/redis_conf.hpp"
#include "core/configuration/user_config.hpp"

namespace redis_agent::core {

std::vector<conf_finding> judge_directives(const std::vector<user_line>& lines,
                                           const redis_conf_plan& plan);

}  // namespace redis_agent::core
