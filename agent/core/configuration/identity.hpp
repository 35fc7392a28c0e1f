// Who this pod is and what follows from it. A StatefulSet names its pods <statefulset>-<ordinal>
// (Kubernetes: concepts/workloads/controllers/statefulset, "Ordinal Index"); the pod whose name is
// the first label of the primary's address is the primary, every other pod is a replica of it.
// Asks nobody: neither DNS nor Redis can change the answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/address.hpp"
#include "core/base/result.hpp"

namespace redis_agent::core {

enum class role { primary, replica };

std::string_view to_text(role r);

struct pod_name {
  std::string statefulset;
  std::uint32_t ordinal = 0;

  friend bool operator==(const pod_name&, const pod_name&) = default;
};

// A pod name, not a host name: a dot is refused. The failure says what was expected.
result<pod_name> parse_pod_name(std::string_view text);

// An address that is an IP literal names no pod: every pod is then a replica.
role derive_role(std::string_view pod, const endpoint& primary);

}  // namespace redis_agent::core
