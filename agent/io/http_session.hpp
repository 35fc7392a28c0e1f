// One client's connection to http_server: reads requests, writes answers, until the client, a
// limit or the server ends it. Who is closed for whom is decided by the server.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "core/reporting/http.hpp"
#include "io/client_stream.hpp"
#include "io/http_server.hpp"

namespace redis_agent::io {

class http_session {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // The functions and the limits must live as long as the session.
  http_session(client_stream client, const http_server::handler& answer,
               const http_server::waiter& before, const http_limits& limits);

  bool is_encrypted() const { return client_.is_encrypted(); }

  // Before the first request and after the last one, where it is. False: there is nobody to serve.
  boost::asio::awaitable<bool> welcome();
  boost::asio::awaitable<void> say_goodbye();

  boost::asio::awaitable<void> serve();

  // Since when the client has been silent, or has not taken its answer.
  time_point waiting_since() const { return waiting_since_; }

  // A client whose time is over is cut off; one that was sending a request is told so.
  void cut_off_if_due(time_point now);

  void close();

 private:
  static constexpr std::size_t header_bytes_max = 8192;

  // What came: a request, a reason to refuse what was sent, or (with neither) the end.
  struct arrival {
    core::http_request request{};
    bool is_request = false;
    unsigned version = 11;
    bool keep_alive = false;
    unsigned refusal = 0;
    std::string_view reason{};
  };

  boost::asio::awaitable<arrival> receive();
  boost::asio::awaitable<bool> send(const core::http_answer& answer, const arrival& asked);
  boost::asio::awaitable<void> refuse(arrival refused);
  void wait_at_most(core::duration time);

  client_stream client_;
  const http_server::handler& answer_;
  const http_server::waiter& before_;
  const http_limits& limits_;
  boost::beast::flat_static_buffer<header_bytes_max> received_;
  std::string head_;
  time_point waiting_since_;
  time_point deadline_;
  bool time_is_over_ = false;
  bool is_closed_ = false;
};

}  // namespace redis_agent::io
