// The bytes of a client that has come to us: by TCP, or by TLS over it. An AsyncStream as Asio has
// it, which costs nothing beside the socket where no TLS is spoken. Its steps and their time are
// the caller's: cancel() or close() ends whichever is under way.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <optional>
#include <utility>

#include "io/redis_stream.hpp"

namespace redis_agent::io {

class client_stream {
 public:
  using executor_type = boost::asio::any_io_executor;

  // On these terms, or plainly where there are none.
  client_stream(boost::asio::ip::tcp::socket accepted, tls_terms terms);

  bool is_encrypted() const { return tls_.has_value(); }

  // The two ends of one that is. False if the client does not come to speak as it should.
  boost::asio::awaitable<bool> welcome();
  boost::asio::awaitable<void> say_goodbye();

  // The client has shown a certificate of an authority that the terms trust.
  bool is_certified();

  // What is sent is over; what comes may be read on.
  void shutdown_send();
  void cancel();
  void close();

  executor_type get_executor() { return socket().get_executor(); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& room, Token&& token) {
    return tls_ ? tls_->async_read_some(room, std::forward<Token>(token))
                : plain_.async_read_some(room, std::forward<Token>(token));
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& bytes, Token&& token) {
    return tls_ ? tls_->async_write_some(bytes, std::forward<Token>(token))
                : plain_.async_write_some(bytes, std::forward<Token>(token));
  }

 private:
  boost::asio::ip::tcp::socket& socket() { return tls_ ? tls_->next_layer() : plain_; }

  tls_terms terms_;                     // has to outlive the session
  boost::asio::ip::tcp::socket plain_;  // is empty with TLS
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket>> tls_;
};

}  // namespace redis_agent::io
