// The parts of a scrape, each a list of families. Private to wire/.
#pragma once

#include <prometheus/metric_family.h>
#include <string>
#include <utility>
#include <vector>

#include "wire/snapshot.hpp"

namespace redis_agent::wire {

using families = std::vector<prometheus::MetricFamily>;
using labels = std::vector<std::pair<std::string, std::string>>;

// One family under construction: gauge("redis_up", "...").sample(1) and so on.
class family_builder {
 public:
  family_builder(families& into, std::string name, std::string help, prometheus::MetricType type);
  family_builder& sample(double value, const labels& named = {});

 private:
  families& into_;
  std::size_t index_;
};

family_builder gauge(families& into, std::string name, std::string help);
family_builder counter(families& into, std::string name, std::string help);

void add_redis_families(families& into, const snapshot& at);  // redis_*, the peer's names
void add_agent_families(families& into, const snapshot& at);  // redis_agent_*

}  // namespace redis_agent::wire
