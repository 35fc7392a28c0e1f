// What the rules of an ACL user come to (redis.io/docs/management/security/acl): whether it is on,
// whose password it takes, whether it may do anything at all. Which commands it may run is left to
// the server. Reads the `user` lines of a redis.conf and the text of an ACL file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/secret.hpp"
#include "core/configuration/user_config.hpp"

namespace redis_agent::core {

struct acl_user {
  user_line where;
  bool is_on = false;
  bool takes_any_password = false;  // nopass
  bool may_do_something = false;
  bool may_do_much = false;  // all commands, or those of a category
  std::vector<secret> passwords;
  std::vector<std::string> hashes;  // SHA-256, hexadecimal

  const std::string& name() const { return where.said.values.front(); }
  bool takes(const secret& password) const;
  bool takes_hash(const std::string& hash) const;
};

// Of two lines for one user the last counts: Redis 6 has it so, later ones do not start.
std::vector<acl_user> users_of_lines(const std::vector<user_line>& lines);
std::vector<acl_user> users_of_acl_file(const std::string& path, std::string_view text);

const acl_user* find_user(const std::vector<acl_user>& users, std::string_view name);

}  // namespace redis_agent::core
