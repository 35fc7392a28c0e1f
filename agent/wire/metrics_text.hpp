// /metrics: Prometheus' text format 0.0.4
// (prometheus.io/docs/instrumenting/exposition_formats), of prometheus-cpp's data types.
// Three groups: redis_* under the names, types, labels and units of redis_exporter, so that
// dashboards and alerts stay as they are; the agent's own redis_agent_*; and its process_*.
// What is not known has no sample. A Redis that does not answer gives redis_up 0, at once.
#pragma once

#include <memory>
#include <string>

#include "wire/snapshot.hpp"

namespace redis_agent::wire {

inline constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

// The page as it was written last, of which a scrape writes anew what has changed. What Redis has
// told is written once for all scrapes that are told it.
class metrics_page {
 public:
  metrics_page();
  ~metrics_page();

  std::string render(const snapshot& at);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace redis_agent::wire
