// A request and an answer as plain values, so that what is answered can be decided and tested
// without a socket. Sockets, limits and the wire form are io/http_server's.
#pragma once

#include <string>

namespace redis_agent::core {

struct http_request {
  std::string method;  // "GET", "HEAD", or what else came
  std::string target;  // "/replica?lag=16MiB"
};

struct http_answer {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

}  // namespace redis_agent::core
