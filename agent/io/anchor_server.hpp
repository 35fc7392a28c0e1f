// Listens for replicas and holds each with a wire::anchor_session: a primary that never sends data.
// Admits whom it is told to admit, so that no stranger can take the places of those who are
// expected. A connection that was silent for 15 s is closed (a replica says REPLCONF ACK each
// second). At most 256 connections: for a new one, the one that was silent longest and holds no
// replica is closed; if all of them hold replicas, the new one is.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/address.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "io/redis_stream.hpp"

namespace redis_agent::io {

struct anchor_limits {
  std::size_t connections_max = 256;
  core::duration silence = std::chrono::seconds(15);
  // Of an IP literal.
  std::function<bool(const std::string&)> admits = [](const std::string&) { return true; };
  // At each connection, so that a renewed certificate is shown. A donor tells its password: it has
  // to show a certificate of the same authority, and to see one.
  std::function<tls_terms()> read_tls = [] { return tls_terms(); };
  // Beside TLS who begins with plain bytes is taken too: a donor's own setting says how it goes.
  bool takes_plain = false;
};

class anchor_server {
 public:
  // The limits are looked at five times in `silence`: a client may get that much more.
  explicit anchor_server(boost::asio::io_context& context, anchor_limits limits = {});
  ~anchor_server();
  anchor_server(const anchor_server&) = delete;
  anchor_server& operator=(const anchor_server&) = delete;

  // Binds and begins to accept; all of the endpoints or none, as open_listeners has it.
  core::result<std::vector<core::endpoint>> listen(const std::vector<core::endpoint>& endpoints);

  // Connected replicas that were told to go on.
  std::size_t held() const;

  // Closes the listeners and every connection.
  void stop();

 private:
  class implementation;
  std::shared_ptr<implementation> implementation_;
};

}  // namespace redis_agent::io
