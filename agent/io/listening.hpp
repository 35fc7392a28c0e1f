// Listening on TCP: opens all of several addresses or none, and accepts on them for as long as they
// are open. Who is let in, and who has to leave for that, is decided by the server.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <vector>

#include "core/base/address.hpp"
#include "core/base/result.hpp"

namespace redis_agent::io {

struct listener {
  explicit listener(boost::asio::io_context& context) : acceptor(context), pause(context) {}

  boost::asio::ip::tcp::acceptor acceptor;
  boost::asio::steady_timer pause;  // after an error that time alone can mend
};

// An endpoint without a host means all addresses: IPv6 with IPv4 mapped into it, or IPv4 alone on a
// machine without IPv6; the host :: means IPv6 alone. Appends to `opened` and returns what was
// bound, with the port that the kernel chose for port 0. The failure names the address.
core::result<std::vector<core::endpoint>> open_listeners(
    std::list<listener>& opened, boost::asio::io_context& context,
    const std::vector<core::endpoint>& endpoints);

struct admission {
  std::function<void(boost::asio::ip::tcp::socket)> admit;
  std::function<void()> make_room;  // no descriptor is left
};

// Returns when the listener is closed. The listener must live as long as the coroutine, which is as
// long as the two functions do.
boost::asio::awaitable<void> accept_clients(listener& listening, admission door);

void close_listeners(std::list<listener>& listeners);

}  // namespace redis_agent::io
