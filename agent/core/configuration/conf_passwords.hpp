// The passwords in the redis.conf that init wrote, where the sidecar rotates them: it keeps them
// true, so that a server that restarts in its place takes what it took. A mark says which lines are
// the agent's to change; what CONFIG REWRITE has added to a user stays.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/secret.hpp"

namespace redis_agent::core {

struct rotated_lines {
  bool requirepass = false;  // or the default user's
  bool masterauth = false;

  friend bool operator==(const rotated_lines&, const rotated_lines&) = default;
};

std::string mark_of(const rotated_lines& lines);
rotated_lines marked_in(std::string_view redis_conf);

// What follows `user`: on, all commands, all keys, all channels.
std::vector<std::string> words_of_default_user(const std::vector<std::string>& hashes);

// Those that stand there in clear, and are the agent's: masterauth, and the earlier ones.
std::vector<secret> passwords_in(std::string_view redis_conf);

// What is to stand in the redis.conf, for a server that starts with it.
struct passwords_in_file {
  std::vector<std::string> accepted{};  // SHA-256
  std::vector<std::string> dropped{};
  secret required{};  // where one alone can stand there; empty: it is left alone
  secret link{};      // masterauth; empty: it is left alone
  // Dropped later, and until then needed to log in: an agent that restarts finds them here alone.
  std::vector<secret> earlier{};

  friend bool operator==(const passwords_in_file&, const passwords_in_file&) = default;
};

// The file with these passwords; nullopt where nothing is to be changed.
std::optional<std::string> renew_passwords(std::string_view redis_conf,
                                           const passwords_in_file& to_be);

}  // namespace redis_agent::core
