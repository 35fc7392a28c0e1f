#include "core/memory/certificate_memory.hpp"

#include <algorithm>

namespace redis_agent::core {

bool serves_another(const certificate_memory& known) {
  return known.installed && !known.served.empty() && known.served != known.installed->fingerprint;
}

std::vector<std::string> certificate_warnings(const certificate_memory& known) {
  std::vector<std::string> warnings;
  if (!known.is_used) return warnings;
  if (!known.trouble.empty()) {
    warnings.push_back("the certificates in --tls-folder are not taken: " + known.trouble +
                       (known.installed ? "; redis keeps those that it has" : ""));
  }
  if (!known.installed) return warnings;
  const certificate_facts& installed = *known.installed;
  const certificate_fault fault = find_fault(installed, known.looked_at);
  const std::int64_t end = std::min(installed.valid_until, installed.authority_until);
  if (fault != certificate_fault::none) {
    warnings.push_back(describe_fault(installed, fault) +
                       ": connections that exist go on, and no new one by TLS comes about");
  } else if (end - known.looked_at < certificate_ends_soon) {
    warnings.push_back((installed.authority_until < installed.valid_until ? "ca.crt ends at "
                                                                          : "tls.crt ends at ") +
                       describe_unix_time(end) + ", and the Secret has none that lasts longer");
  }
  return warnings;
}

}  // namespace redis_agent::core
