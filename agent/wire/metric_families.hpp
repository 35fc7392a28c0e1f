// The parts of a scrape, each a list of families. Private to wire/.
#pragma once

#include <initializer_list>
#include <prometheus/metric_family.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/snapshot.hpp"

namespace redis_agent::wire {

struct label {
  std::string_view name;
  std::string_view value;
};

struct quantile {
  double percent = 0;
  double value = 0;
};

using families = std::vector<prometheus::MetricFamily>;

// One family, which is whole before the next one begins: gauge(to, "redis_up", "...").sample(1).
class family {
 public:
  family(families& to, std::string_view name, prometheus::MetricType type, std::string_view help);

  family& sample(double value, std::span<const label> named);
  family& sample(double value, std::initializer_list<label> named = {});
  family& summarize(double sum, double count, std::span<const quantile> quantiles, label named);

 private:
  prometheus::ClientMetric& add(std::span<const label> named);

  families* to_;
  std::size_t index_;
};

family gauge(families& to, std::string_view name, std::string_view help);
family counter(families& to, std::string_view name, std::string_view help);
family summary(families& to, std::string_view name, std::string_view help);

void add_redis_families(families& to, const snapshot& at);    // redis_*, the peer's names
void add_agent_families(families& to, const snapshot& at);    // redis_agent_*
void add_process_families(families& to, const snapshot& at);  // process_*, of the agent

}  // namespace redis_agent::wire
