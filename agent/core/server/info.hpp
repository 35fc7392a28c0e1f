// Finds fields in the text that INFO answers: lines of name:value between "# Section" lines
// (redis.io/commands/info). A field that is missing or is no number is nullopt, never 0: servers
// from 5 to 8 have different fields. Keeps views into the text that it was given.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace redis_agent::core {

class info_fields {
 public:
  explicit info_fields(std::string_view text);

  std::optional<std::string_view> text(std::string_view name) const;
  std::optional<std::int64_t> number(std::string_view name) const;
  // True for 1, false for 0, absent or anything else.
  bool is_set(std::string_view name) const;

  const std::vector<std::pair<std::string_view, std::string_view>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string_view, std::string_view>> fields_;
};

// A field of a field: "lag" of "ip=10.0.0.7,port=6379,state=online,offset=14,lag=1".
std::optional<std::string_view> find_attribute(std::string_view list, std::string_view name);

std::optional<std::int64_t> parse_number(std::string_view text);

}  // namespace redis_agent::core
