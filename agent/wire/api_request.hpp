// Requests to Kubernetes' API server: which there are, and how they become bytes. The agent asks
// for one Lease and one Service by name and for nothing else.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "core/memory/lease.hpp"
#include "wire/service_json.hpp"

namespace redis_agent::wire {

struct api_request {
  std::string method;
  std::string path;
  std::string content_type{};  // "" where there is no body
  std::string body{};
};

// The name of an object, and the namespace that it is in.
struct api_name {
  std::string in_namespace;
  std::string name;
};

// A GET without resourceVersion: a consistent read, never one from a cache.
api_request read_lease(const api_name& which);
api_request write_lease(const api_name& which, const core::lease& wanted);
api_request read_service(const api_name& which);
api_request move_service(const api_name& which, const core::service_route& read,
                         const route_target& to);

// The token of a ServiceAccount as its file has it. A failure where it could not stand in a header.
core::result<core::secret> accept_token(std::string bytes);

// The request over HTTP/1.1 on a connection that is kept. `host` as in a URL, with the port. The
// only place where a token becomes bytes that are sent.
core::secret format_request(const api_request& request, std::string_view host,
                            const core::secret& token);

}  // namespace redis_agent::wire
