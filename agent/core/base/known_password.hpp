// A password as the rotation knows it: by its SHA-256, as Redis's ACLs tell passwords from each
// other, and where the bytes themselves are known by those too. What may be shown of it is its tag.
#pragma once

#include <string>
#include <vector>

#include "core/base/secret.hpp"

namespace redis_agent::core {

struct known_password {
  secret clear{};      // empty where the hash alone is known
  std::string hash{};  // 64 hexadecimal digits

  bool empty() const { return hash.empty(); }
  friend bool operator==(const known_password&, const known_password&) = default;
};

known_password know(secret clear);

// 16 bits, hexadecimal, for logs, metrics and other agents: enough to tell the few passwords of a
// rotation from each other, and too few to guess one by.
std::string tag_of(const std::string& hash);
std::vector<std::string> tags_of(const std::vector<std::string>& hashes);

bool contains(const std::vector<std::string>& some, const std::string& one);

}  // namespace redis_agent::core
