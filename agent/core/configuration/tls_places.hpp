// Where TLS stands, by the settings: which port replicas come to, where the agent's own way in is,
// where the files are that Redis reads, and by which names a pod may be known in a certificate.
// Everything that the agent makes is in the folder of --output, which Redis shares.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/configuration/settings.hpp"

namespace redis_agent::core {

// Replicas and agents reach other pods by it, and present a certificate there.
bool replicates_by_tls(const settings& s);

// Where Redis speaks TLS: beside plain TCP at a port of its own, and there too where plain TCP may
// come back (--tls-file), so that no port ever speaks another language than before.
std::uint16_t port_of_tls(const settings& s);

// Where Redis speaks plain TCP; 0: nowhere.
std::uint16_t plain_port(const settings& s);

// The one that REPLICAOF names: TLS's own where replicas go by it.
std::uint16_t replication_port(const settings& s);

// The unix socket by which the agent reaches its own server, whatever has become of a certificate;
// "" without TLS.
std::string own_socket(const settings& s);

// The folder with tls.crt, tls.key and ca.crt as Redis reads them: a link, so that all three change
// in one step.
std::string own_certificates(const settings& s);

// redis-slave-0.redis-headless.redis.svc.cluster.local, or what it begins with: one of them has to
// stand in the certificate of whoever is at that address. `domains` are those of resolv.conf.
std::vector<std::string> names_in_certificate(const std::string& host,
                                              const std::vector<std::string>& domains);

// The domains that resolv.conf has a name searched in.
std::vector<std::string> search_domains(std::string_view resolv_conf);

}  // namespace redis_agent::core
