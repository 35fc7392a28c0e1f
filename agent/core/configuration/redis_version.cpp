#include "core/configuration/redis_version.hpp"

#include <charconv>

namespace redis_agent::core {
namespace {

void drop_product(std::string_view& text) {
  for (const std::string_view product : {"redis-", "valkey-"}) {
    if (text.substr(0, product.size()) == product) {
      text.remove_prefix(product.size());
      return;
    }
  }
}

bool take_number(std::string_view& text, int& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (error != std::errc() || into < 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_point(std::string_view& text) {
  if (text.empty() || text.front() != '.') return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<redis_version> parse_redis_version(std::string_view text) {
  drop_product(text);
  redis_version version{0, 0};
  int patch = 0;
  if (!take_number(text, version.major)) return std::nullopt;
  if (take_point(text) && !take_number(text, version.minor)) return std::nullopt;
  if (take_point(text) && !take_number(text, patch)) return std::nullopt;
  if (!text.empty() || version.major < 5) return std::nullopt;
  return version;
}

std::optional<redis_version> parse_reported_version(std::string_view text) {
  const bool is_valkey = text.starts_with("valkey ");
  if (is_valkey) text.remove_prefix(std::string_view("valkey ").size());
  return parse_redis_version(text.substr(0, text.find_first_not_of("0123456789.")));
}

}  // namespace redis_agent::core
