#include "io/http_server.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <list>
#include <string>
#include <unordered_set>
#include <utility>

#include "io/http_session.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

// After an error of accept that time alone can mend (no more descriptors, no memory): without a
// pause the loop would spin, because the connection goes on waiting.
constexpr auto accept_pause = std::chrono::milliseconds(100);

void rethrow(const std::exception_ptr& thrown) {
  if (thrown) std::rethrow_exception(thrown);
}

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

struct listener {
  explicit listener(asio::io_context& context) : acceptor(context), pause(context) {}

  tcp::acceptor acceptor;
  asio::steady_timer pause;  // see accept_pause
};

}  // namespace

class http_server::implementation {
 public:
  implementation(asio::io_context& context, handler answer, http_limits limits)
      : context_(context), answer_(std::move(answer)), limits_(limits), look_(context) {}

  static core::result<std::vector<core::endpoint>> listen(
      const std::shared_ptr<implementation>& self, const std::vector<core::endpoint>& endpoints);
  void stop();

 private:
  // What a coroutine needs lives as long as the coroutine, not only as long as the server.
  using self_pointer = std::shared_ptr<implementation>;
  using session_pointer = std::shared_ptr<http_session>;

  static asio::awaitable<void> accept(self_pointer self, listener& listening);
  static asio::awaitable<void> serve(self_pointer self, session_pointer session);
  static asio::awaitable<void> cut_off_the_slow(self_pointer self);
  static void admit(const self_pointer& self, tcp::socket client);
  void close_the_longest_waiting();

  asio::io_context& context_;
  const handler answer_;
  const http_limits limits_;
  std::list<listener> listeners_;  // a list, because the coroutines hold references
  std::unordered_set<session_pointer> sessions_;
  asio::steady_timer look_;
  bool is_looking_ = false;
};

core::result<std::vector<core::endpoint>> http_server::implementation::listen(
    const self_pointer& self, const std::vector<core::endpoint>& endpoints) {
  std::list<listener> opened;
  std::vector<core::endpoint> bound;
  for (const core::endpoint& wanted : endpoints) {
    tcp::acceptor& acceptor = opened.emplace_back(self->context_).acceptor;
    if (const error_code error = open(acceptor, wanted); error) {
      return core::failure{"listen on " + to_text(wanted) + ": " + error.message()};
    }
    const auto local = acceptor.local_endpoint();
    bound.push_back({local.address().to_string(), local.port()});
  }
  for (listener& listening : opened) {
    asio::co_spawn(self->context_, accept(self, listening), rethrow);
  }
  self->listeners_.splice(self->listeners_.end(), opened);
  return bound;
}

asio::awaitable<void> http_server::implementation::accept(self_pointer self, listener& listening) {
  while (listening.acceptor.is_open()) {
    auto [error, client] = co_await listening.acceptor.async_accept(completion);
    if (!listening.acceptor.is_open()) co_return;
    if (!error) {
      admit(self, std::move(client));
      continue;
    }
    if (error == asio::error::no_descriptors) self->close_the_longest_waiting();
    listening.pause.expires_after(accept_pause);
    co_await listening.pause.async_wait(completion);
  }
}

void http_server::implementation::admit(const self_pointer& self, tcp::socket client) {
  if (self->sessions_.size() >= self->limits_.connections_max) self->close_the_longest_waiting();
  error_code ignored;
  client.set_option(tcp::no_delay(true), ignored);
  const auto session =
      std::make_shared<http_session>(std::move(client), self->answer_, self->limits_);
  self->sessions_.insert(session);
  asio::co_spawn(self->context_, serve(self, session), rethrow);
  if (self->is_looking_) return;
  self->is_looking_ = true;
  asio::co_spawn(self->context_, cut_off_the_slow(self), rethrow);
}

asio::awaitable<void> http_server::implementation::serve(self_pointer self,
                                                         session_pointer session) {
  co_await session->serve();
  session->close();
  self->sessions_.erase(session);
}

// One timer for all, and none while nobody is connected: a probe, which is over in a moment, costs
// no timer of its own.
asio::awaitable<void> http_server::implementation::cut_off_the_slow(self_pointer self) {
  while (!self->sessions_.empty()) {
    self->look_.expires_after(self->limits_.slow / 5);
    co_await self->look_.async_wait(completion);
    const auto now = std::chrono::steady_clock::now();
    for (const session_pointer& session : self->sessions_) session->cut_off_if_due(now);
  }
  self->is_looking_ = false;
}

// The session is forgotten at once and its coroutine ends by itself.
void http_server::implementation::close_the_longest_waiting() {
  const auto longest = std::min_element(sessions_.begin(), sessions_.end(),
                                        [](const session_pointer& a, const session_pointer& b) {
                                          return a->waiting_since() < b->waiting_since();
                                        });
  if (longest == sessions_.end()) return;
  (*longest)->close();
  sessions_.erase(longest);
}

void http_server::implementation::stop() {
  error_code ignored;
  for (listener& listening : listeners_) {
    listening.acceptor.close(ignored);
    listening.pause.cancel();
  }
  for (const session_pointer& session : sessions_) session->close();
  sessions_.clear();
  look_.cancel();
}

http_server::http_server(asio::io_context& context, handler answer, http_limits limits)
    : implementation_(std::make_shared<implementation>(context, std::move(answer), limits)) {}

http_server::~http_server() { stop(); }

core::result<std::vector<core::endpoint>> http_server::listen(
    const std::vector<core::endpoint>& endpoints) {
  return implementation::listen(implementation_, endpoints);
}

void http_server::stop() { implementation_->stop(); }

}  // namespace redis_agent::io
