// What Kubernetes puts into a pod for its ServiceAccount: the folder with token, ca.crt and
// namespace. A tmpfs of the kubelet's, which is why it is read on the loop and not beside it: there
// is no disk and no network to wait for. Each failure names the path.
#pragma once

#include <string>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace redis_agent::io {

// The kubelet replaces it while the pod lives: it is read for each request.
core::result<core::secret> read_token(const std::string& folder);

// One or more certificates as PEM.
core::result<std::string> read_authorities(const std::string& folder);

core::result<std::string> read_namespace(const std::string& folder);

}  // namespace redis_agent::io
