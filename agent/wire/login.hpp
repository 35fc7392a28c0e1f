// How the agent says who it is to a Redis server. The only place where a password becomes bytes
// that are sent.
#pragma once

#include <string>

#include "core/base/secret.hpp"
#include "wire/resp.hpp"

namespace redis_agent::wire {

struct login {
  std::string username;   // "" for the default user
  core::secret password;  // empty: no AUTH
  std::string client_name;
  std::string watched_user{};  // whose passwords are rotated; "": nobody's
};

command auth_command(const login& as);

}  // namespace redis_agent::wire
