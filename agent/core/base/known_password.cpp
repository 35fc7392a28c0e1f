#include "core/base/known_password.hpp"

#include <algorithm>
#include <utility>

#include "core/base/sha256.hpp"

namespace redis_agent::core {

known_password know(secret clear) {
  std::string hash = sha256_of(clear.reveal());
  return {std::move(clear), std::move(hash)};
}

std::string tag_of(const std::string& hash) {
  constexpr std::size_t digits = 4;
  // Not a part of the hash itself: nobody is to be nearer to that by it.
  return hash.empty() ? hash : sha256_of("redis-agent tag " + hash).substr(0, digits);
}

std::vector<std::string> tags_of(const std::vector<std::string>& hashes) {
  std::vector<std::string> tags;
  for (const std::string& hash : hashes) tags.push_back(tag_of(hash));
  std::sort(tags.begin(), tags.end());
  return tags;
}

bool contains(const std::vector<std::string>& some, const std::string& one) {
  return std::find(some.begin(), some.end(), one) != some.end();
}

}  // namespace redis_agent::core
