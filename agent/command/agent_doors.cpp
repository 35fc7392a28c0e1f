#include "command/agent_doors.hpp"

#include <utility>

#include "command/redis_doors.hpp"
#include "core/configuration/tls_places.hpp"

namespace redis_agent::command {

agent_doors::agent_doors(const core::settings& s) : settings_(s) {
  if (!s.web_config_file.empty()) domains_ = read_search_domains();
}

std::string agent_doors::read() {
  if (settings_.web_config_file.empty()) return {};
  const auto files = io::read_web_files(settings_);
  if (!files) return files.error().text;
  auto made = io::make_web_terms(*files);
  if (!made) return made.error().text;
  take(std::move(*made));
  return {};
}

io::http_peer agent_doors::to(const std::string& pod, const std::string& address) const {
  io::http_peer peer{.address = {address, settings_.listen.front().port},
                     .tls = terms_.client,
                     .authorization = terms_.authorization};
  if (!peer.tls) return peer;
  const bool is_bare = pod.find_first_of(".:") == std::string::npos;
  const bool has_service = !settings_.headless_service.empty();
  const std::string host = is_bare && has_service ? pod + "." + settings_.headless_service : pod;
  peer.names = core::names_in_certificate(host, domains_);
  return peer;
}

}  // namespace redis_agent::command
