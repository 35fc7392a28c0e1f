// What DNS answers, as values, and when to ask again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"

namespace redis_agent::core {

struct address_answer {
  std::vector<std::string> addresses;  // IP literals, sorted, each once
  std::chrono::seconds ttl{0};         // the shortest of the records'

  friend bool operator==(const address_answer&, const address_answer&) = default;
};

struct service_target {
  std::string host;  // without the trailing dot: redis-slave-0.redis-headless.redis.svc...
  std::uint16_t port = 0;

  friend auto operator<=>(const service_target&, const service_target&) = default;
};

struct service_answer {
  std::vector<service_target> targets;  // sorted, each once
  std::chrono::seconds ttl{0};
  bool is_cut = false;  // there are more, which did not fit and could not be had by TCP

  friend bool operator==(const service_answer&, const service_answer&) = default;
};

// Why the pods cannot be listed, where DNS has answered.
enum class absence {
  unknown,   // it has not
  no_pods,   // there is no such name: a Service has nobody to list, ready or not
  no_ports,  // the name has addresses and no SRV records: a Service without ports
  cut,       // only a part of them was told
};

bool lists(const service_answer& answer, std::string_view pod);

// A cut answer tells some of the pods, each time perhaps others: it adds to what is known.
service_answer join(const service_answer& before, service_answer after);

// After an answer: at its TTL, but not more often than each second (a TTL of 0 is legal) and at
// least each minute (a pod that moves must be found although a record promised an hour).
duration refresh_after(std::chrono::seconds ttl);

// After a failure. CoreDNS may keep a negative answer for up to 30 s; who keeps none is to be heard
// at once, since replicas wait for their primary's new address.
inline constexpr duration dns_retry_interval = 1s;

}  // namespace redis_agent::core
