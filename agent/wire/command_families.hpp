// The families of redis_exporter that have a series for each command, error or database. Private to
// wire/. `lines` are INFO's fields, in its order.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/metric_families.hpp"

namespace redis_agent::wire {

// Of INFO commandstats, latencystats and errorstats.
void add_command_families(families& to,
                          const std::vector<std::pair<std::string_view, std::string_view>>& lines);

// Of INFO keyspace, and 0 for each of the databases that has no key.
void add_keyspace_families(families& to,
                           const std::vector<std::pair<std::string_view, std::string_view>>& lines,
                           std::int64_t databases);

}  // namespace redis_agent::wire
