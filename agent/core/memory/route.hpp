// The way of clients to the primary where it moves: a Service of Kubernetes whose selector names
// one pod, as one agent has read it. The lock (lease.hpp) is the truth, the route follows it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace redis_agent::core {

struct service_route {
  std::string version;  // resourceVersion: opaque, sent back as it came
  std::map<std::string, std::string> selector{};
  std::int64_t term = 0;  // annotations: the lock's term and holder when it was moved last
  std::string holder{};

  // To that pod, and to no other: a label more would select nobody.
  bool leads_to(std::string_view pod) const;

  friend bool operator==(const service_route&, const service_route&) = default;
};

// The label that a StatefulSet gives each pod.
inline constexpr std::string_view pod_name_label = "statefulset.kubernetes.io/pod-name";

}  // namespace redis_agent::core
