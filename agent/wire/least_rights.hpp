// The least rights of the ACL users that the agent and its replicas need: the lists that the docs
// show, and that tests hold against what is sent and against servers. Rules name commands by their
// original names, also where those are renamed.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "wire/resp.hpp"

namespace redis_agent::wire {

enum class acl_role {
  agent,          // on its own pod's server: --username
  rotation,       // besides, with --password-rotation
  metrics,        // besides, for all metrics
  peer,           // on other pods' servers: --peer-username
  peer_failover,  // besides, with --failover=lease
  replication,    // masteruser
};

// "+ping", "+config|get".
std::span<const std::string_view> rights_of(acl_role role);

// The rules of a `user` line after its password; 6.0 knows no channels.
std::string rules_of(acl_role role, bool with_channels = true);

// One of these rules lets the command pass.
bool is_allowed(std::span<const std::string_view> rights, const command& sent);

}  // namespace redis_agent::wire
