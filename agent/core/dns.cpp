#include "core/dns.hpp"

#include <algorithm>

namespace redis_agent::core {

duration refresh_after(std::chrono::seconds ttl) {
  return std::clamp<std::chrono::seconds>(ttl, 1s, 60s);
}

duration retry_after(unsigned failures_in_a_row) {
  constexpr duration longest = 10s;
  duration wait = 1s;
  for (unsigned i = 1; i < failures_in_a_row && wait < longest; ++i) wait *= 2;
  return std::min(wait, longest);
}

}  // namespace redis_agent::core
