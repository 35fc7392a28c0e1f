#include "io/tls_names.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "core/base/address.hpp"

namespace redis_agent::io {

bool ask_for_names(ssl_st* session, const std::vector<std::string>& names) {
  if (names.empty()) return true;
  const std::string& first = names.front();
  if (core::is_ip_literal(first)) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), first.c_str()) == 1;
  }
  SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  bool is_set = SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                         const_cast<char*>(first.c_str())) == 1;
  for (const std::string& name : names) is_set = is_set && SSL_add1_host(session, name.c_str());
  return is_set;
}

}  // namespace redis_agent::io
