// process_*, of the agent, under the names that all client libraries of Prometheus give.
#include "wire/metric_families.hpp"

namespace redis_agent::wire {

void add_process_families(families& to, const snapshot& at) {
  if (at.process == nullptr) return;
  const core::process_usage& used = *at.process;
  const auto add = [&](auto begin, const char* name, const char* help,
                       const std::optional<double>& value) {
    if (value) begin(to, name, help).sample(*value);
  };
  add(counter, "process_cpu_seconds_total", "CPU time of the agent", used.cpu_seconds);
  add(gauge, "process_max_fds", "File descriptors that the agent may open", used.open_files_max);
  add(gauge, "process_open_fds", "File descriptors that the agent has open", used.open_files);
  add(gauge, "process_resident_memory_bytes", "Memory that the agent has in RAM",
      used.resident_bytes);
  add(gauge, "process_start_time_seconds", "When the agent started, in seconds since 1970",
      used.start_unix_seconds);
  add(gauge, "process_virtual_memory_bytes", "Address space of the agent", used.virtual_bytes);
  add(gauge, "process_virtual_memory_max_bytes", "Address space that the agent may have",
      used.virtual_bytes_max);
}

}  // namespace redis_agent::wire
