// What the file of --web-config-file says, in the form of Prometheus' exporter-toolkit: by which
// certificate the agent's pages are shown, and who may see those that are no probe. Its text is
// wire/web_config_yaml.hpp's business, its files are io/web_terms.hpp's.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace redis_agent::core {

// Of clients: not asked for, verified where one is shown, or asked of whoever sends no probe.
enum class client_certificates { none, if_given, required };

enum class tls_version { tls12, tls13 };

struct web_config {
  std::string certificate_file;  // "": no TLS
  std::string key_file;
  client_certificates clients{};
  std::string client_authorities_file;  // whose certificates are taken
  tls_version least{};
  std::map<std::string, std::string, std::less<>> users{};  // name -> bcrypt; none: no login

  bool is_encrypted() const { return !certificate_file.empty(); }
  friend bool operator==(const web_config&, const web_config&) = default;
};

// Each login costs so much at most: at 14 a second of a processor.
inline constexpr int bcrypt_cost_max = 14;

}  // namespace redis_agent::core
