#include "core/memory/dns.hpp"

#include <algorithm>

#include "core/base/address.hpp"

namespace redis_agent::core {

bool lists(const service_answer& answer, std::string_view pod) {
  return std::any_of(answer.targets.begin(), answer.targets.end(),
                     [&](const service_target& t) { return first_label(t.host) == pod; });
}

duration refresh_after(std::chrono::seconds ttl) {
  return std::clamp<std::chrono::seconds>(ttl, 1s, 60s);
}

}  // namespace redis_agent::core
