#include "core/configuration/acl_user.hpp"

#include <algorithm>
#include <utility>

#include "core/base/sha256.hpp"
#include "core/base/text.hpp"

namespace redis_agent::core {
namespace {

void forget_passwords(acl_user& user) {
  user.takes_any_password = false;
  user.passwords.clear();
  user.hashes.clear();
}

// True if the rule was about passwords.
bool apply_password(acl_user& user, std::string_view rule) {
  if (rule.empty()) return false;
  const std::string_view value = rule.substr(1);
  switch (rule.front()) {
    case '>':
      user.takes_any_password = false;
      user.passwords.emplace_back(std::string(value));
      return true;
    case '#':
      user.takes_any_password = false;
      user.hashes.push_back(to_lower(value));
      return true;
    case '<':
    case '!': {
      const std::string hash = rule.front() == '<' ? sha256_of(value) : to_lower(value);
      std::erase_if(user.passwords, [&](const secret& p) { return sha256_of(p.reveal()) == hash; });
      std::erase(user.hashes, hash);
      return true;
    }
    default: return false;
  }
}

void apply_rule(acl_user& user, std::string_view rule) {
  if (apply_password(user, rule)) return;
  const std::string word = to_lower(rule);
  if (word == "on" || word == "off") {
    user.is_on = word == "on";
  } else if (word == "nopass") {
    forget_passwords(user);
    user.takes_any_password = true;
  } else if (word == "resetpass") {
    forget_passwords(user);
  } else if (word == "reset") {
    forget_passwords(user);
    user.is_on = false;
    user.may_do_something = user.may_do_much = false;
  } else if (word == "-@all" || word == "nocommands") {
    user.may_do_something = user.may_do_much = false;
  } else if (word == "allcommands" || word.starts_with("+@") || word.starts_with('(')) {
    user.may_do_something = user.may_do_much = true;
  } else if (word.starts_with('+')) {
    user.may_do_something = true;
  }
}

void add_user(std::vector<acl_user>& users, user_line line) {
  if (line.said.values.empty()) return;
  std::erase_if(users, [&](const acl_user& u) { return u.name() == line.said.values.front(); });
  acl_user& user = users.emplace_back();
  user.where = std::move(line);
  const auto& words = user.where.said.values;
  for (std::size_t i = 1; i < words.size(); ++i) apply_rule(user, words[i]);
}

}  // namespace

bool acl_user::takes(const secret& password) const {
  return takes_hash(sha256_of(password.reveal()));
}

bool acl_user::takes_hash(const std::string& hash) const {
  if (takes_any_password) return true;
  const bool is_known = std::any_of(passwords.begin(), passwords.end(),
                                    [&](const secret& p) { return sha256_of(p.reveal()) == hash; });
  return is_known || std::find(hashes.begin(), hashes.end(), hash) != hashes.end();
}

std::vector<acl_user> users_of_lines(const std::vector<user_line>& lines) {
  std::vector<acl_user> users;
  for (const user_line& line : lines) {
    if (line.said.name == "user") add_user(users, line);
  }
  return users;
}

std::vector<acl_user> users_of_acl_file(const std::string& path, std::string_view text) {
  std::vector<acl_user> users;
  std::size_t number = 0;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    ++number;
    // Words between blanks, without quotes: unlike a redis.conf.
    std::vector<std::string> words;
    while (!line.empty()) {
      const auto blank = line.find_first_of(" \t\r");
      if (blank != 0) words.emplace_back(line.substr(0, blank));
      line.remove_prefix(blank == std::string_view::npos ? line.size() : blank + 1);
    }
    if (words.empty() || words.front() != "user") continue;
    words.erase(words.begin());
    add_user(users, {path, {number, "user", std::move(words)}});
  }
  return users;
}

const acl_user* find_user(const std::vector<acl_user>& users, std::string_view name) {
  const auto found =
      std::find_if(users.begin(), users.end(), [&](const acl_user& u) { return u.name() == name; });
  return found == users.end() ? nullptr : &*found;
}

}  // namespace redis_agent::core
