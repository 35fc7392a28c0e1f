// GETs to one address, for agents that ask each other. No redirects, no names: the caller has
// resolved the address.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/base/address.hpp"
#include "core/base/result.hpp"
#include "core/base/secret.hpp"
#include "core/base/time.hpp"
#include "core/reporting/http.hpp"
#include "io/redis_stream.hpp"

namespace redis_agent::io {

struct http_peer {
  core::endpoint address;
  tls_terms tls{};                   // nullptr: no TLS is spoken
  std::vector<std::string> names{};  // one of which its certificate has to have
  core::secret authorization{};      // "": none is shown
};

// Keeps its connection from one question to the next, for those who ask every second: a fifth of
// what an answer costs is its connection, and by TLS nearly all. It is made anew for another
// address, other names or other terms, and where the other end has closed it. One question at a
// time.
class http_line {
 public:
  http_line();
  ~http_line();
  http_line(const http_line&) = delete;
  http_line& operator=(const http_line&) = delete;

  // At most 1 MiB of body. The failure says what was asked of whom and what went wrong:
  // "GET http://10.0.0.7:9121/status: connection refused".
  boost::asio::awaitable<core::result<core::http_answer>> get(http_peer peer, std::string target,
                                                              core::duration timeout);

 private:
  class connection;
  std::unique_ptr<connection> kept_;
};

// The same by a connection for this question alone.
boost::asio::awaitable<core::result<core::http_answer>> http_get(http_peer peer, std::string target,
                                                                 core::duration timeout);

}  // namespace redis_agent::io
