// The parts of a scrape, each a list of families in prometheus-cpp's data types. Private to wire/.
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

// The families of a part of the page, kept from one scrape to the next: what is told again as it
// was is not written anew, and costs no allocation.
class families {
 public:
  // A scrape begins: from here on all of them are told again, in their order.
  void begin() { next_ = 0; }
  // It is over: what was not told again is gone. Appends the text of all.
  void finish(std::string& to);

 private:
  friend class family;

  struct kept_family {
    prometheus::MetricFamily told;
    std::string head;
    std::vector<std::string> lines;  // of each sample
    std::size_t samples = 0;         // in this scrape
  };

  std::size_t open(prometheus::MetricType type, std::string_view name, std::string_view help);
  void put(std::size_t family, prometheus::ClientMetric&& sample, std::span<const label> named);

  std::vector<kept_family> all_;
  std::size_t next_ = 0;
};

// One family, which is whole before the next one begins: gauge(to, "redis_up", "...").sample(1).
class family {
 public:
  family(families& to, std::string_view name, prometheus::MetricType type, std::string_view help)
      : to_(&to), index_(to.open(type, name, help)) {}

  family& sample(double value, std::span<const label> named);
  family& sample(double value, std::initializer_list<label> named = {});
  family& summarize(double sum, double count, std::span<const quantile> quantiles, label named);

 private:
  families* to_;
  std::size_t index_;
};

family gauge(families& to, std::string_view name, std::string_view help);
family counter(families& to, std::string_view name, std::string_view help);
family summary(families& to, std::string_view name, std::string_view help);

// Redis has answered this scrape.
bool is_redis_up(const snapshot& at);

void add_redis_families(families& to, const snapshot& at);    // redis_*, the peer's names
void add_agent_families(families& to, const snapshot& at);    // redis_agent_*
void add_process_families(families& to, const snapshot& at);  // process_*, of the agent

}  // namespace redis_agent::wire
