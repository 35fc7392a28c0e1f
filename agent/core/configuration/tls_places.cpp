#include "core/configuration/tls_places.hpp"

#include <algorithm>
#include <sstream>

#include "core/base/text.hpp"
#include "core/configuration/identity.hpp"

namespace redis_agent::core {
namespace {

std::string beside_output(const settings& s, std::string_view name) {
  const auto slash = s.output.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : s.output.substr(0, slash);
  return folder + "/" + std::string(name);
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

}  // namespace

bool replicates_by_tls(const settings& s) {
  return s.tls == tls_mode::both || s.tls == tls_mode::only;
}

std::uint16_t port_of_tls(const settings& s) {
  return s.tls == tls_mode::only && s.tls_file.empty() ? s.redis_port : s.tls_port;
}

std::uint16_t plain_port(const settings& s) {
  return s.tls == tls_mode::only ? std::uint16_t{0} : s.redis_port;
}

std::uint16_t replication_port(const settings& s) {
  return replicates_by_tls(s) ? port_of_tls(s) : s.redis_port;
}

std::string own_socket(const settings& s) {
  return s.tls == tls_mode::off ? std::string() : beside_output(s, "redis.sock");
}

std::string own_certificates(const settings& s) { return beside_output(s, "tls"); }

std::vector<std::string> names_in_certificate(const std::string& host,
                                              const std::vector<std::string>& domains) {
  const std::string name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
  if (is_ip_literal(name)) return {name};
  std::vector<std::string> names = {name};
  for (const std::string& domain : domains) {
    if (!name.ends_with("." + domain)) continue;
    // The pod and its Service at least: a pod's bare name is no host's.
    for (auto end = name.rfind('.'); end != std::string::npos && end > name.find('.');
         end = name.rfind('.', end - 1)) {
      add_once(names, name.substr(0, end));
    }
    return names;
  }
  for (const std::string& domain : domains) {
    const std::string full = name + "." + domain;
    for (auto end = name.size(); end != std::string::npos; end = full.find('.', end + 1)) {
      add_once(names, full.substr(0, end));
    }
    add_once(names, full);
  }
  return names;
}

std::vector<std::string> search_domains(std::string_view resolv_conf) {
  std::vector<std::string> domains;
  while (!resolv_conf.empty()) {
    std::istringstream words{std::string(take_line(resolv_conf))};
    std::string word;
    words >> word;
    if (word != "search" && word != "domain") continue;
    domains.clear();
    while (words >> word) domains.push_back(word);
  }
  return domains;
}

}  // namespace redis_agent::core
