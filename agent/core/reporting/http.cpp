#include "core/reporting/http.hpp"

#include <algorithm>
#include <optional>

#include "core/base/text.hpp"

namespace redis_agent::core {
namespace {

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// "q=0", "q=0.0" and so on.
bool is_refused(std::string_view parameters) {
  const std::string weight = to_lower(trim(parameters));
  return weight.starts_with("q=0") && weight.find_first_not_of("0.", 2) == std::string::npos;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<bool> by_name;
  bool by_star = false;
  while (!accept_encoding.empty()) {
    const std::string_view item = accept_encoding.substr(0, accept_encoding.find(','));
    accept_encoding.remove_prefix(std::min(accept_encoding.size(), item.size() + 1));
    const auto semicolon = item.find(';');
    const std::string coding = to_lower(trim(item.substr(0, semicolon)));
    const bool is_wanted =
        semicolon == std::string_view::npos || !is_refused(item.substr(semicolon + 1));
    if (coding == "gzip" || coding == "x-gzip") by_name = is_wanted;
    if (coding == "*") by_star = is_wanted;
  }
  return by_name.value_or(by_star);
}

}  // namespace redis_agent::core
