// A pod's certificate, key and authorities as files: read from a mounted Secret in one of its
// states, looked into, put in one step where Redis reads them, and made what a connection is
// secured with. Decides nothing (core/configuration/certificates.hpp does).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "core/configuration/certificates.hpp"
#include "io/redis_stream.hpp"

struct x509_st;

namespace redis_agent::io {

struct certificate_files {
  std::string certificate;  // tls.crt: the pod's, then intermediate ones
  core::secret key;         // tls.key
  std::string authorities;  // ca.crt
};

// A Secret's files change in one step of the kubelet (the link ..data): all are read from one side
// of it. The failure names the file.
core::result<certificate_files> read_certificates(const std::string& folder);

core::certificate_facts look_into(const certificate_files& files);

// Each certificate of a ca.crt, written in one way, so that they can be compared.
std::vector<std::string> split_authorities(const std::string& authorities);

// The folder becomes a link to a new one that has the files, whole, in the place of the old one.
// Those for the key's owner alone, or for his group too. Returns the empty string.
core::result<std::string> install_certificates(const std::string& folder,
                                               const certificate_files& files, bool is_for_group);

// What we show and whom we trust, as a client, and as a server that wants a certificate.
struct own_tls {
  tls_terms client;
  tls_terms server;
};
core::result<own_tls> make_tls(const certificate_files& files);

std::string fingerprint_of(const x509_st* certificate);  // "" of none
std::int64_t end_of(const x509_st* certificate);         // in Unix seconds, 0 of none

}  // namespace redis_agent::io
