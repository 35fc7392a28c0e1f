// What the agent's own process uses, as a scrape tells it; io/process_usage.hpp asks the kernel.
#pragma once

#include <optional>

namespace redis_agent::core {

struct process_usage {
  double unix_seconds = 0;  // now, by the wall clock
  std::optional<double> cpu_seconds;
  std::optional<double> start_unix_seconds;
  std::optional<double> resident_bytes;
  std::optional<double> virtual_bytes;
  std::optional<double> virtual_bytes_max;
  std::optional<double> open_files;
  std::optional<double> open_files_max;
};

}  // namespace redis_agent::core
