// What is asked of a server beside the kept connection, each on a short one of its own:
//   whether it takes commands from somebody who has not logged in,
//   and why Redis's own link to the primary does not come up. INFO has no word for that; so the
//   agent reads what Redis logs in with (CONFIG GET), and does what Redis does (PING, AUTH).
// Questions come out, replies go in; connections are io's business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/login.hpp"
#include "wire/resp.hpp"

namespace redis_agent::wire {

using replies = std::vector<resp_value>;  // as many as came before the server hung up

// A command that reads and is no PING, which a rule for probes may allow to everybody; of all that
// read it looks at no key and costs nothing.
command question_without_login();

// nullopt: that cannot be told, since it takes no connection or does not know the command.
std::optional<bool> lets_everybody_in(const replies& said);

// What Redis brings to its primary.
struct own_login {
  std::string username;
  core::secret password;
  bool uses_tls = false;

  login as_login() const { return {username, password, {}}; }
};

// As the agent, to its own server. The first reply is that to `as`, if it has a password.
std::vector<command> questions_about_own_login(const login& as);
std::optional<own_login> read_own_login(const replies& said);  // nullopt: it may not be read

// As Redis, to the primary.
std::vector<command> questions_of_a_replica(const own_login& own);
// Why Redis goes no further, "" if this far all is well.
std::string judge_own_login(const own_login& own, const replies& said);

// As the agent, to the primary, from 7.0 on: whether that user may copy.
std::vector<command> questions_about_rights(const login& as, const own_login& own);
std::string judge_rights(const own_login& own, const replies& said);

// As the agent, to its own server: at which port it speaks plain TCP; 0: at none.
std::vector<command> questions_about_plain_port(const login& as);
std::optional<std::string> read_plain_port(const replies& said);
std::vector<command> orders_of_plain_port(const login& as, std::uint16_t port);
// Why that is not so now, "" if it is.
std::string judge_plain_port(const login& as, const replies& said);

}  // namespace redis_agent::wire
