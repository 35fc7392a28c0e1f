#include "core/reporting/plain_tcp.hpp"

#include "core/configuration/tls_change.hpp"
#include "core/configuration/tls_places.hpp"

namespace redis_agent::core {

std::string why_it_needs_plain_tcp(const status_report& other, const settings& s) {
  if (other.tls.empty()) return "the agent of " + other.pod + " is an older one";
  const bool comes_by_tls =
      other.tls == to_text(tls_mode::both) || other.tls == to_text(tls_mode::only);
  if (!comes_by_tls) return other.pod + " still goes by plain TCP (" + other.tls + ")";
  const std::string port = ":" + std::to_string(port_of_tls(s));
  if (other.upstream && !other.upstream->ends_with(port)) {
    return "Redis of " + other.pod + " still follows " + *other.upstream;
  }
  return {};
}

}  // namespace redis_agent::core
