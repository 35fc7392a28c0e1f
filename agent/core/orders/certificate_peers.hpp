// Whose servers have to get on with this pod's certificate and authorities before those change,
// or with another way of replication: a link comes from each of them, or leads there.
#pragma once

#include <string>
#include <vector>

#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"

namespace redis_agent::core {

struct certificate_peer {
  std::string host;
  std::string address;  // "": not known
};

// By whatever way.
std::vector<certificate_peer> link_peers(const memory& m, const settings& s);

// None where pods reach each other without TLS.
std::vector<certificate_peer> certificate_peers(const memory& m, const settings& s);

}  // namespace redis_agent::core
