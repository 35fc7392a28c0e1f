// A connection by TLS to a server whose certificate has to be that of a host, signed by one of
// given authorities. Its steps are the caller's, who also keeps the time: close() ends whichever is
// under way.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/address.hpp"
#include "core/base/result.hpp"

namespace redis_agent::io {

class tls_connection {
 public:
  using stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

  // `authorities` as PEM. What OpenSSL does not take is a failure of connect().
  tls_connection(boost::asio::io_context& context, std::string authorities, core::endpoint host);

  // The addresses of the host one after the other, until one accepts; then TLS. Nothing if that
  // succeeded.
  boost::asio::awaitable<std::optional<core::failure>> connect(std::vector<std::string> addresses);

  // Whether the server has closed it, or said what nobody asked for. Asks the kernel only.
  bool is_stale();

  void close();

  // The end of the server's certificate in Unix seconds; nullopt before connect() has succeeded.
  std::optional<std::int64_t> certificate_until();

  stream& bytes() { return *stream_; }

 private:
  boost::asio::awaitable<std::optional<core::failure>> reach(std::vector<std::string> addresses);
  std::optional<core::failure> prepare(const std::string& authorities);

  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_client};
  core::endpoint host_;
  std::optional<core::failure> unprepared_;
  std::optional<stream> stream_;
  bool is_closed_ = false;
};

}  // namespace redis_agent::io
