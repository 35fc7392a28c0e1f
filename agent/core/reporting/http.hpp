// A request and an answer as plain values, so that what is answered can be decided and tested
// without a socket. Sockets, limits and the wire form are io/http_server's.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/secret.hpp"

namespace redis_agent::core {

struct http_request {
  std::string method;  // "GET", "HEAD" or "OPTIONS", which HAProxy checks with
  std::string target;  // "/replica?lag=16MiB", "http://10.0.0.7:9121/replica" or "*"
  bool accepts_gzip = false;
  bool is_certified = false;  // by a client's certificate that is trusted
  secret authorization{};     // the header's value
};

struct http_answer {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers{};  // beside those that all have
};

// By the value of Accept-Encoding (RFC 9110, 12.5.3): named, or meant by "*", and not with q=0.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace redis_agent::core
