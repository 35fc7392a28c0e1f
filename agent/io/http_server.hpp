// Serves what a function answers, over HTTP/1.0 and 1.1, on as many addresses as asked for; by TLS
// where that is wanted.
// Knows nothing of Redis or of probes. Only GET and HEAD reach the function (405 otherwise); a
// request with a body or with a header over 8 KiB is refused; a client that is slow to send or to
// read is cut off after 5 s, an idle one after 60 s. At most 128 connections: the one that has
// waited longest for its client is closed for a new one, so that slow clients cannot shut out the
// kubelet.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/address.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/reporting/http.hpp"
#include "io/redis_stream.hpp"

namespace redis_agent::io {

struct http_limits {
  std::size_t connections_max = 128;
  core::duration slow = std::chrono::seconds(5);   // to send a header, to take an answer
  core::duration idle = std::chrono::seconds(60);  // between two requests
};

class http_server {
 public:
  using handler = std::function<core::http_answer(const core::http_request&)>;
  using waiter =
      std::function<boost::asio::awaitable<std::optional<core::http_answer>>(core::http_request)>;

  // The limits are looked at five times in `slow`: a client may get that much more. `before`, if
  // there is one, is awaited before the function is asked, and may answer in its place.
  http_server(boost::asio::io_context& context, handler answer, http_limits limits = {},
              waiter before = {});
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  // Each connection from now on is by TLS on the terms of its moment; plain while there are none.
  void secure(std::function<tls_terms()> terms);

  // Binds and begins to accept; all of the endpoints or none. An endpoint without a host means all
  // addresses: IPv6 with IPv4 mapped into it, or IPv4 alone on a machine without IPv6; the host ::
  // means IPv6 alone. Returns what was bound, with the port that the kernel chose for port 0. The
  // failure names the address.
  core::result<std::vector<core::endpoint>> listen(const std::vector<core::endpoint>& endpoints);

  // Closes the listeners and every connection. Answers that are under way are cut off. The function
  // is not called again.
  void stop();

 private:
  class implementation;
  std::shared_ptr<implementation> implementation_;
};

}  // namespace redis_agent::io
