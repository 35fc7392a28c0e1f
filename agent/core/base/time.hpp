// Time as the core knows it: a value that it is handed, never one that it fetches.
// The clock below has no now(); io/clock.hpp maps the machine's steady clock onto it, the tests
// and the scenarios invent it.
#pragma once

#include <chrono>

namespace redis_agent::core {

struct told_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<told_clock>;
  static constexpr bool is_steady = true;
};

using instant = told_clock::time_point;
using duration = std::chrono::nanoseconds;

using namespace std::chrono_literals;

// Seconds as a real number, for texts and metrics.
constexpr double to_seconds(duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace redis_agent::core
