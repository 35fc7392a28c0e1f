// What is asked of a server beside the kept connection, on a short one of its own: whether it takes
// commands from somebody who has not logged in.
// Questions come out, replies go in; connections are io's business.
#pragma once

#include <optional>
#include <vector>

#include "wire/resp.hpp"

namespace redis_agent::wire {

using replies = std::vector<resp_value>;  // as many as came before the server hung up

// A command that reads and is no PING, which a rule for probes may allow to everybody; of all that
// read it looks at no key and costs nothing.
command question_without_login();

// nullopt: that cannot be told, since it takes no connection or does not know the command.
std::optional<bool> lets_everybody_in(const replies& said);

}  // namespace redis_agent::wire
