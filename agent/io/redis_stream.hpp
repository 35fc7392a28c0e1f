// The one way to a Redis server: by TCP, by TLS or by a unix socket, and the same bytes over each.
// Also the other side of it, where a replica comes to the agent (anchor_server.hpp). Its steps are
// the caller's: open, then shake_hands where TLS is spoken, then bytes. Whoever keeps the time
// closes it, which ends the step that is under way; or expires_after() does.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/base/time.hpp"
#include "core/server/link.hpp"

namespace redis_agent::io {

// Our certificate, and whom we trust. nullptr: no TLS is spoken.
using tls_terms = std::shared_ptr<boost::asio::ssl::context>;

// Where a server is. `place` is an IP address, or the path of a unix socket.
struct redis_place {
  std::string place;
  std::uint16_t port = 0;
  tls_terms tls{};
  std::vector<std::string> names{};  // one of which its certificate has to have, with TLS
};

struct stream_trouble {
  core::link_condition condition{};
  std::string detail;
};

class redis_stream {
 public:
  explicit redis_stream(const boost::asio::any_io_executor& executor);
  redis_stream(const boost::asio::any_io_executor& executor, boost::asio::ip::tcp::socket accepted);
  ~redis_stream();
  redis_stream(redis_stream&&) noexcept;
  redis_stream& operator=(redis_stream&&) noexcept;

  // To the place alone. A unix socket that is not there is refused, as a port is.
  boost::asio::awaitable<boost::system::error_code> open(const std::string& place,
                                                         std::uint16_t port);

  // As the client. nullopt: it has one of the names, of which there has to be one, and bytes may
  // go.
  boost::asio::awaitable<std::optional<stream_trouble>> shake_hands(tls_terms tls,
                                                                    std::vector<std::string> names);

  // What a client that has come begins with is a handshake: it is looked at and left there.
  boost::asio::awaitable<bool> begins_with_tls();

  // As the server, to whom a client has come that has to show a certificate.
  boost::asio::awaitable<std::optional<stream_trouble>> welcome(tls_terms tls);

  // As the client, whatever certificate is shown: to look at it.
  boost::asio::awaitable<std::optional<stream_trouble>> peek(tls_terms tls);

  // open and shake_hands.
  boost::asio::awaitable<std::optional<stream_trouble>> reach(redis_place where);

  // The certificate that the server has shown, as its SHA-256 in hexadecimal; "" without TLS.
  std::string shown_certificate() const;
  std::int64_t shown_until() const;  // in Unix seconds

  boost::asio::awaitable<std::tuple<boost::system::error_code, std::size_t>> read_some(
      boost::asio::mutable_buffer room);
  boost::asio::awaitable<boost::system::error_code> write(std::string_view bytes);

  // What an error of these means: a server by TLS 1.3 refuses a certificate only where something is
  // read.
  static stream_trouble judge(const boost::system::error_code& error);

  // Closes it when the time is over, whatever is under way; counted anew at each call.
  void expires_after(core::duration time);

  bool is_open() const;
  void close();
  std::string own_address() const;  // "" where it has none

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace redis_agent::io
