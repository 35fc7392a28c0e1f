// By what way the agent comes to which Redis: to its own by the unix socket where TLS is spoken, to
// others by TLS, and by TCP where it is not. Has what it shows there, and whom it trusts.
#pragma once

#include <string>
#include <vector>

#include "core/configuration/settings.hpp"
#include "io/certificate_files.hpp"
#include "io/redis_stream.hpp"

namespace redis_agent::command {

// This pod's own server.
io::redis_place own_redis(const core::settings& s);

// That resolv.conf has a pod's name searched in; none where it cannot be read.
std::vector<std::string> read_search_domains();

class redis_doors {
 public:
  explicit redis_doors(const core::settings& s);

  // Read from the folder that init has filled; again whenever it has changed. "" or why not.
  std::string read();

  bool is_read() const { return tls_.client != nullptr; }

  // To other pods, and for those who come to this one; none where that goes by plain TCP.
  io::tls_terms client() const { return replicates_by_tls_ ? tls_.client : nullptr; }
  io::tls_terms server() const { return tls_.server; }

  // To look at what the own server shows.
  io::tls_terms eyes() const { return tls_.client; }

  // One of which has to be in the certificate of the server of that host; none without TLS.
  std::vector<std::string> names_of(const std::string& host) const;

 private:
  const core::settings& settings_;
  bool replicates_by_tls_;
  std::vector<std::string> domains_;
  io::own_tls tls_;
};

}  // namespace redis_agent::command
