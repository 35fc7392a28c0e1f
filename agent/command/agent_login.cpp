#include "command/agent_login.hpp"

#include <algorithm>
#include <utility>

#include "io/atomic_file.hpp"

namespace redis_agent::command {

wire::login agent_login::with(core::secret password) const {
  wire::login as{settings_.username, std::move(password), "redis-agent:" + settings_.pod_name};
  const std::string user = settings_.username.empty() ? "default" : settings_.username;
  if (settings_.password_rotation) as.watched_user = user;
  return as;
}

// What its own server takes is what the others take most likely.
std::vector<core::known_password> agent_login::in_order() const {
  std::vector<core::known_password> logins = core::logins_of(seen_.passwords);
  const auto& own = seen_.passwords.own;
  if (!own || !own->accepted) return logins;
  const std::vector<std::string>& accepted = *own->accepted;
  std::stable_partition(logins.begin(), logins.end(), [&](const core::known_password& login) {
    return core::contains(accepted, login.hash);
  });
  return logins;
}

core::result<wire::login> agent_login::first() {
  if (!settings_.password_rotation) {
    auto password = source_.read();
    if (!password) return password.error();
    return with(std::move(*password));
  }
  const core::password_memory& passwords = seen_.passwords;
  if (passwords.use.empty()) return core::failure{passwords.trouble};
  return with(in_order().front().clear);
}

std::vector<wire::login> agent_login::others() const {
  std::vector<wire::login> logins;
  if (!settings_.password_rotation) return logins;
  for (const core::known_password& login : in_order()) logins.push_back(with(login.clear));
  if (!logins.empty()) logins.erase(logins.begin());
  return logins;
}

// Nobody's password that is rotated: the agent's own is not for other pods to hear.
core::result<wire::login> agent_login::as_peer() const {
  const std::string& path = settings_.peer_password_file;
  auto bytes = io::read_file(path, password_bytes_max);
  if (!bytes) return core::failure{"--peer-password-file: " + bytes.error().text};
  auto password = core::accept_password(std::move(*bytes), "--peer-password-file=" + path);
  if (!password) return password.error();
  return wire::login{settings_.peer_username, std::move(*password),
                     "redis-agent:" + settings_.pod_name};
}

io::redis_link::callbacks agent_login::elsewhere(io::redis_link::callbacks call) const {
  if (settings_.peer_username.empty()) return call;
  call.read_login = [this] { return as_peer(); };
  call.other_logins = [] { return std::vector<wire::login>(); };
  return call;
}

}  // namespace redis_agent::command
