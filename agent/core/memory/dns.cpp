#include "core/memory/dns.hpp"

#include <algorithm>

#include "core/base/address.hpp"

namespace redis_agent::core {

bool lists(const service_answer& answer, std::string_view pod) {
  return std::any_of(answer.targets.begin(), answer.targets.end(),
                     [&](const service_target& t) { return first_label(t.host) == pod; });
}

service_answer join(const service_answer& before, service_answer after) {
  if (!after.is_cut) return after;
  after.targets.insert(after.targets.end(), before.targets.begin(), before.targets.end());
  std::sort(after.targets.begin(), after.targets.end());
  after.targets.erase(std::unique(after.targets.begin(), after.targets.end()), after.targets.end());
  return after;
}

duration refresh_after(std::chrono::seconds ttl) {
  return std::clamp<std::chrono::seconds>(ttl, 1s, 60s);
}

}  // namespace redis_agent::core
