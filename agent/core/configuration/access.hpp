// Whose password is whose: what the user's own lines about users and passwords (user, aclfile,
// requirepass, masteruser, masterauth) mean for the agent's login, for the replicas' and for
// everybody else's, and which of its own lines the agent leaves out because of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/configuration/redis_conf.hpp"
#include "core/configuration/user_config.hpp"

namespace redis_agent::core {

// The ACL file that the lines name, as Redis finds it: from --data-dir, since the agent's `dir` is
// the last one. "": none.
std::string acl_file_of(const std::vector<user_line>& lines, const redis_conf_plan& plan);

struct access_judgement {
  access_choice choice;
  std::vector<conf_finding> findings;
};

// `acl_file` is what reading acl_file_of came to; nullopt if there is none. Redis takes users from
// that file alone if there is one.
access_judgement judge_access(const std::vector<user_line>& lines,
                              const std::optional<result<std::string>>& acl_file,
                              const redis_conf_plan& plan);

}  // namespace redis_agent::core
