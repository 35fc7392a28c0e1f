// A client that sends exactly the bytes that a test wants, and shows exactly those that came back.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <utility>

#include "core/base/address.hpp"

namespace redis_agent::io {

class http_test_client {
 public:
  explicit http_test_client(boost::asio::io_context& context) : socket_(context) {}

  boost::asio::awaitable<void> connect(core::endpoint address) {
    const auto host = boost::asio::ip::make_address(address.host);
    const boost::asio::ip::tcp::endpoint peer(host, address.port);
    co_await socket_.async_connect(peer, boost::asio::use_awaitable);
  }

  // False when the server has hung up.
  boost::asio::awaitable<bool> send(std::string text) {
    const auto [error, count] = co_await boost::asio::async_write(
        socket_, boost::asio::buffer(text), boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return !error;
  }

  // Up to and with `end`; all there was if the server hung up before.
  boost::asio::awaitable<std::string> receive_until(std::string end) {
    const auto [error, count] =
        co_await boost::asio::async_read_until(socket_, boost::asio::dynamic_buffer(received_), end,
                                               boost::asio::as_tuple(boost::asio::use_awaitable));
    if (error) co_return std::exchange(received_, "");
    std::string text = received_.substr(0, count);
    received_.erase(0, count);
    co_return text;
  }

  // Everything until the server hangs up.
  boost::asio::awaitable<std::string> receive_all() {
    const auto [error, count] =
        co_await boost::asio::async_read(socket_, boost::asio::dynamic_buffer(received_),
                                         boost::asio::as_tuple(boost::asio::use_awaitable));
    was_reset_ = error != boost::asio::error::eof;
    co_return std::exchange(received_, "");
  }

  bool was_reset() const { return was_reset_; }
  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  boost::asio::ip::tcp::socket socket_;
  std::string received_;
  bool was_reset_ = false;
};

}  // namespace redis_agent::io
