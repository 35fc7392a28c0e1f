#include "command/listening.hpp"

#include <string>

#include "command/command_line.hpp"
#include "core/configuration/identity.hpp"

namespace redis_agent::command {

opened name_setting(const char* flag, opened endpoints) {
  if (endpoints) return endpoints;
  return core::failure{std::string(flag) + ": " + endpoints.error().text +
                       "; expected an address of this pod, and a port that no other container of "
                       "it has (redis_exporter's is 9121, too)"};
}

core::log_line started(const core::settings& s, const std::vector<core::endpoint>& listening) {
  std::string addresses;
  for (const core::endpoint& e : listening) {
    addresses += (addresses.empty() ? "" : ",") + core::to_text(e);
  }
  return {core::log_level::info,
          "redis-agent sidecar started",
          {{"version", agent_version},
           {"role", std::string(core::to_text(core::derive_role(s.pod_name, s.primary)))},
           {"primary", core::to_text(s.primary)},
           {"listen", addresses}}};
}

}  // namespace redis_agent::command
