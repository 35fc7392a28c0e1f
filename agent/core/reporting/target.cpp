#include "core/reporting/target.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <initializer_list>

namespace redis_agent::core {
namespace {

std::string decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const char* const begin = text.data() + i + 1;
      const auto [end, error] = std::from_chars(begin, begin + 2, byte, 16);
      if (error == std::errc() && end == begin + 2) {
        decoded += static_cast<char>(byte);
        i += 2;
        continue;
      }
    }
    decoded += text[i] == '+' ? ' ' : text[i];
  }
  return decoded;
}

bool is_same_letter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

// "/readyz" of "http://10.0.0.7:9121/readyz", and "" where nothing follows the host.
std::string_view without_origin(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    const std::string_view begin = text.substr(0, scheme.size());
    if (!std::equal(begin.begin(), begin.end(), scheme.begin(), scheme.end(), is_same_letter)) {
      continue;
    }
    text.remove_prefix(scheme.size());
    return text.substr(std::min(text.find_first_of("/?"), text.size()));
  }
  return text;
}

}  // namespace

target::target(std::string_view text) {
  text = text.substr(0, text.find('#'));
  const std::string_view url = text;
  text = without_origin(url);
  const auto question = text.find('?');
  path_ = text.substr(0, question);
  if (path_.empty() && text.size() < url.size()) path_ = "/";
  if (question != std::string_view::npos) query_ = text.substr(question + 1);
}

std::optional<std::string> target::parameter(std::string_view name) const {
  std::string_view rest = query_;
  while (!rest.empty()) {
    const auto ampersand = rest.find('&');
    const std::string_view item = rest.substr(0, ampersand);
    rest.remove_prefix(ampersand == std::string_view::npos ? rest.size() : ampersand + 1);
    const auto equals = item.find('=');
    if (decode(item.substr(0, equals)) != name) continue;
    return equals == std::string_view::npos ? std::string() : decode(item.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace redis_agent::core
