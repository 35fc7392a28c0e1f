#include "wire/api_request.hpp"

#include <algorithm>

#include "wire/lease_json.hpp"

namespace redis_agent::wire {
namespace {

std::string lease_path(const api_name& which) {
  return "/apis/coordination.k8s.io/v1/namespaces/" + which.in_namespace + "/leases/" + which.name;
}

std::string service_path(const api_name& which) {
  return "/api/v1/namespaces/" + which.in_namespace + "/services/" + which.name;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

api_request read_lease(const api_name& which) { return {"GET", lease_path(which)}; }

api_request write_lease(const api_name& which, const core::lease& wanted) {
  return {"PUT", lease_path(which), "application/json", render_lease(wanted)};
}

api_request read_service(const api_name& which) { return {"GET", service_path(which)}; }

api_request move_service(const api_name& which, const core::service_route& read,
                         const route_target& to) {
  return {"PATCH", service_path(which), "application/merge-patch+json",
          render_service_patch(read, to)};
}

core::result<core::secret> accept_token(std::string bytes) {
  const core::secret whole(std::move(bytes));
  std::string_view token = whole.reveal();
  while (!token.empty() && is_blank(token.front())) token.remove_prefix(1);
  while (!token.empty() && is_blank(token.back())) token.remove_suffix(1);
  if (token.empty()) return core::failure{"is empty: expected the token of a ServiceAccount"};
  const auto is_visible = [](char c) { return c > ' ' && c < 0x7f; };
  if (!std::all_of(token.begin(), token.end(), is_visible)) {
    return core::failure{"is no token of a ServiceAccount: expected one word of ASCII"};
  }
  return core::secret(std::string(token));
}

core::secret format_request(const api_request& request, std::string_view host,
                            const core::secret& token) {
  std::string bytes;
  // At once, so that no piece of it is left behind in memory that is given back.
  bytes.reserve(512 + request.path.size() + host.size() + token.reveal().size() +
                request.body.size());
  const auto add = [&bytes](std::string_view piece) { bytes += piece; };
  add(request.method);
  add(" ");
  add(request.path);
  add(" HTTP/1.1\r\nHost: ");
  add(host);
  add("\r\nUser-Agent: redis-agent\r\nAccept: application/json\r\nAuthorization: Bearer ");
  add(token.reveal());
  if (!request.content_type.empty()) {
    add("\r\nContent-Type: ");
    add(request.content_type);
    add("\r\nContent-Length: ");
    add(std::to_string(request.body.size()));
  }
  add("\r\n\r\n");
  add(request.body);
  return core::secret(std::move(bytes));
}

}  // namespace redis_agent::wire
