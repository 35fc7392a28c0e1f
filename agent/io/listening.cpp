#include "io/listening.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

// After an error of accept that time alone can mend (no more descriptors, no memory): without a
// pause the loop would spin, because the connection goes on waiting.
constexpr auto accept_pause = std::chrono::milliseconds(100);

error_code open(tcp::acceptor& acceptor, const tcp::endpoint& address, bool with_ipv4) {
  error_code error;
  acceptor.open(address.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && address.address().is_v6()) {
    acceptor.set_option(asio::ip::v6_only(!with_ipv4), error);
  }
  if (!error) acceptor.bind(address, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  return error;
}

error_code open(tcp::acceptor& acceptor, const core::endpoint& wanted) {
  error_code error;
  if (!wanted.host.empty()) {
    const auto address = asio::ip::make_address(wanted.host, error);
    return error ? error : open(acceptor, tcp::endpoint(address, wanted.port), false);
  }
  error = open(acceptor, tcp::endpoint(tcp::v6(), wanted.port), true);
  const bool is_without_ipv6 = error == asio::error::address_family_not_supported ||
                               error == boost::system::errc::address_not_available;
  if (!is_without_ipv6) return error;
  acceptor.close(error);
  return open(acceptor, tcp::endpoint(tcp::v4(), wanted.port), false);
}

}  // namespace

core::result<std::vector<core::endpoint>> open_listeners(
    std::list<listener>& opened, asio::io_context& context,
    const std::vector<core::endpoint>& endpoints) {
  std::list<listener> all;
  std::vector<core::endpoint> bound;
  for (const core::endpoint& wanted : endpoints) {
    tcp::acceptor& acceptor = all.emplace_back(context).acceptor;
    if (const error_code error = open(acceptor, wanted); error) {
      return core::failure{"listen on " + to_text(wanted) + ": " + error.message()};
    }
    const auto local = acceptor.local_endpoint();
    bound.push_back({local.address().to_string(), local.port()});
  }
  opened.splice(opened.end(), all);
  return bound;
}

asio::awaitable<void> accept_clients(listener& listening, admission door) {
  while (listening.acceptor.is_open()) {
    auto [error, client] = co_await listening.acceptor.async_accept(completion);
    if (!listening.acceptor.is_open()) co_return;
    if (!error) {
      door.admit(std::move(client));
      continue;
    }
    if (error == asio::error::no_descriptors) door.make_room();
    listening.pause.expires_after(accept_pause);
    co_await listening.pause.async_wait(completion);
  }
}

void close_listeners(std::list<listener>& listeners) {
  error_code ignored;
  for (listener& listening : listeners) {
    listening.acceptor.close(ignored);
    listening.pause.cancel();
  }
}

}  // namespace redis_agent::io
