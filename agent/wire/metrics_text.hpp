// /metrics: Prometheus' text format 0.0.4
// (prometheus.io/docs/instrumenting/exposition_formats), by prometheus-cpp.
// Three groups: redis_* under the names, types, labels and units of redis_exporter, so that
// dashboards and alerts stay as they are; the agent's own redis_agent_*; and its process_*.
// What is not known has no sample. A Redis that does not answer gives redis_up 0, at once.
#pragma once

#include <string>

#include "wire/snapshot.hpp"

namespace redis_agent::wire {

inline constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

std::string render_metrics(const snapshot& at);

}  // namespace redis_agent::wire
