#include "core/orders/certificate_peers.hpp"

#include "core/configuration/tls_places.hpp"

namespace redis_agent::core {
namespace {

// One that comes back starts with what its Secret has then.
bool is_gone(const memory& m, std::string_view pod) {
  const auto& answer = m.service_name.answer;
  return answer && !answer->is_cut && m.service_name.trouble.empty() && !lists(*answer, pod);
}

// One that refuses this pod's certificate has never answered.
std::string address_of_primary(const memory& m) {
  const auto& answer = m.primary_name.answer;
  if (!m.primary_address.empty() || !answer || answer->addresses.empty()) return m.primary_address;
  return answer->addresses.front();
}

}  // namespace

std::vector<certificate_peer> link_peers(const memory& m, const settings& s) {
  std::vector<certificate_peer> peers;
  const bool follows = m.derived == role::replica;
  if (follows) peers.push_back({host_of_primary(m, s), address_of_primary(m)});
  if (follows && !m.lock.is_used()) return peers;
  for (const service_target& target : pods_to_ask(m, s.headless_service)) {
    const std::string name(first_label(target.host));
    const bool is_known = follows && name == first_label(peers.front().host);
    if (is_known || is_gone(m, name)) continue;
    const auto pod = m.pods.find(name);
    peers.push_back(
        {target.host, pod == m.pods.end() ? std::string() : pod->second.report.server_address});
  }
  return peers;
}

std::vector<certificate_peer> certificate_peers(const memory& m, const settings& s) {
  return replicates_by_tls(s) ? link_peers(m, s) : std::vector<certificate_peer>();
}

}  // namespace redis_agent::core
