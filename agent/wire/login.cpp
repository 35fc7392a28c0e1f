#include "wire/login.hpp"

namespace redis_agent::wire {

command auth_command(const login& as) {
  command auth = {"AUTH"};
  if (!as.username.empty()) auth.push_back(as.username);
  auth.emplace_back(as.password.reveal());
  return auth;
}

}  // namespace redis_agent::wire
