// What a server answers to a scrape's questions: INFO as it came, and the few numbers that INFO
// lacks. The rules look at none of it; wire/info_families.hpp knows what a field is called outside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace redis_agent::core {

// Of LATENCY LATEST.
struct latency_spike {
  std::string event;
  std::int64_t unix_seconds = 0;
  std::int64_t milliseconds = 0;
};

struct metrics_report {
  std::vector<std::string> info;  // each answer to an INFO
  // Of CONFIG; nullopt where that is forbidden, or the server does not know it.
  std::optional<std::int64_t> maxclients;
  std::optional<std::int64_t> maxmemory;
  std::optional<std::int64_t> io_threads;
  std::optional<std::int64_t> databases;
  // Of SLOWLOG. The commands in it are not kept.
  std::optional<std::int64_t> slowlog_length;
  std::optional<std::int64_t> slowlog_last_id;
  std::optional<std::int64_t> slowlog_last_microseconds;
  std::vector<latency_spike> spikes;
};

}  // namespace redis_agent::core
