// The one table from a field of INFO to the family that a scrape has of it, under redis_exporter's
// names, for Redis 5 to 8 and Valkey. A new field is a new row in info_families.cpp.
#pragma once

#include <span>
#include <string_view>

namespace redis_agent::wire {

enum class family_type { gauge, counter };

// What a value is multiplied by. Words are numbers too: "ok" is 1, "err" and "fail" are 0.
enum class family_unit { as_told, from_microseconds };

struct info_family {
  std::string_view field;
  std::string_view name;
  family_type type;
  std::string_view help;
  family_unit unit = family_unit::as_told;
};

std::span<const info_family> all_info_families();

// nullptr: INFO has a field of that name that nobody outside asks for.
const info_family* find_info_family(std::string_view field);

}  // namespace redis_agent::wire
