// The addresses of this machine's, or this pod's, network interfaces. Asked once: a pod keeps its
// own for its life (Kubernetes: concepts/services-networking).
#pragma once

#include <string>
#include <vector>

namespace redis_agent::io {

// IP literals, loopback left out. Empty where the system does not say.
std::vector<std::string> own_addresses();

}  // namespace redis_agent::io
