// /metrics: Prometheus' text format 0.0.4 by prometheus-cpp's data types and serializer.
// Two groups: redis_up and the replication families of redis_exporter under its names and labels,
// so that dashboards and alerts stay as they are; and the agent's own redis_agent_*.
// What is not known has no sample. A Redis that does not answer gives redis_up 0, at once.
#pragma once

#include <string>

#include "wire/snapshot.hpp"

namespace redis_agent::wire {

inline constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

std::string render_metrics(const snapshot& at);

}  // namespace redis_agent::wire
