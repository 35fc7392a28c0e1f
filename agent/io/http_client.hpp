// One GET to one address, for agents that ask each other. No redirects, no keep-alive, no names:
// the caller has resolved the address.
#pragma once

#include <boost/asio/awaitable.hpp>
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

// At most 1 MiB of body. The failure says what was asked of whom and what went wrong:
// "GET http://10.0.0.7:9121/status: connection refused".
boost::asio::awaitable<core::result<core::http_answer>> http_get(http_peer peer, std::string target,
                                                                 core::duration timeout);

}  // namespace redis_agent::io
