#include "core/memory/dns.hpp"

#include <algorithm>

namespace redis_agent::core {

duration refresh_after(std::chrono::seconds ttl) {
  return std::clamp<std::chrono::seconds>(ttl, 1s, 60s);
}

}  // namespace redis_agent::core
