// The parts of a scrape, and how they are written. Private to wire/.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "wire/snapshot.hpp"

namespace redis_agent::wire {

struct label {
  std::string_view name;
  std::string_view value;
};

// A scrape as far as it has been written, in Prometheus' text format 0.0.4.
using families = std::string;

// One family, which is whole before the next one begins: gauge(to, "redis_up", "...").sample(1).
class family {
 public:
  family(families& to, std::string_view name, std::string_view type, std::string_view help);

  family& sample(double value, std::span<const label> named);
  family& sample(double value, std::initializer_list<label> named = {});
  // A line of a summary: "_sum", "_count", or "" for a quantile.
  family& line(std::string_view suffix, double value, std::initializer_list<label> named);

 private:
  void write(std::string_view suffix, double value, std::span<const label> named);

  families* to_;
  std::string_view name_;
};

family gauge(families& to, std::string_view name, std::string_view help);
family counter(families& to, std::string_view name, std::string_view help);
family summary(families& to, std::string_view name, std::string_view help);

void add_redis_families(families& to, const snapshot& at);    // redis_*, the peer's names
void add_agent_families(families& to, const snapshot& at);    // redis_agent_*
void add_process_families(families& to, const snapshot& at);  // process_*, of the agent

}  // namespace redis_agent::wire
