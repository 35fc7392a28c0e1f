#include "core/server/info.hpp"

#include <charconv>

#include "core/base/text.hpp"

namespace redis_agent::core {

info_fields::info_fields(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const auto colon = line.find(':');
    if (line.empty() || line.front() == '#' || colon == std::string_view::npos) continue;
    fields_.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
}

std::optional<std::string_view> info_fields::text(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (field == name) return value;
  }
  return std::nullopt;
}

std::optional<std::int64_t> info_fields::number(std::string_view name) const {
  const auto value = text(name);
  return value ? parse_number(*value) : std::nullopt;
}

bool info_fields::is_set(std::string_view name) const { return number(name) == 1; }

std::optional<std::string_view> find_attribute(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    const std::string_view item = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    const auto equals = item.find('=');
    if (equals != std::string_view::npos && item.substr(0, equals) == name) {
      return item.substr(equals + 1);
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace redis_agent::core
