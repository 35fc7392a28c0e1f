// As whom the agent logs in, and with which password: what its file has now, and where passwords
// are rotated what the servers may take instead. To other pods' servers it may go as another user.
#pragma once

#include <vector>

#include "command/password.hpp"
#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"
#include "io/redis_link.hpp"
#include "wire/login.hpp"

namespace redis_agent::command {

class agent_login {
 public:
  // `seen` is what the agent knows, and changes.
  agent_login(const core::settings& s, const core::memory& seen)
      : settings_(s), seen_(seen), source_(s) {}

  core::result<wire::login> first();

  // In the order in which they are to be tried after that one.
  std::vector<wire::login> others() const;

  // The same for a connection to another pod's server.
  io::redis_link::callbacks elsewhere(io::redis_link::callbacks call) const;

 private:
  core::result<wire::login> as_peer() const;
  wire::login with(core::secret password) const;
  std::vector<core::known_password> in_order() const;

  const core::settings& settings_;
  const core::memory& seen_;
  password_source source_;
};

}  // namespace redis_agent::command
