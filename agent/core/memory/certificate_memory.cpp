#include "core/memory/certificate_memory.hpp"

namespace redis_agent::core {

bool serves_another(const certificate_memory& known) {
  return known.installed && !known.served.empty() && known.served != known.installed->fingerprint;
}

bool ends_soon(const certificate_memory& known) {
  return known.installed && (certificate_ends_soon(*known.installed, known.looked_at) ||
                             authority_ends_soon(*known.installed, known.looked_at));
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
  const auto warn = [&](std::string_view what, std::int64_t end) {
    warnings.push_back(std::string(what) + " ends at " + describe_unix_time(end) +
                       ", and the Secret has none that lasts longer");
  };
  if (fault != certificate_fault::none) {
    warnings.push_back(describe_fault(installed, fault) +
                       ": connections that exist go on, and no new one by TLS comes about");
    return warnings;
  }
  if (certificate_ends_soon(installed, known.looked_at)) warn("tls.crt", installed.valid_until);
  const bool is_its_own = installed.authority_until == installed.valid_until;
  if (!is_its_own && authority_ends_soon(installed, known.looked_at)) {
    warn(name_of_authority(installed), installed.authority_until);
  }
  return warnings;
}

}  // namespace redis_agent::core
