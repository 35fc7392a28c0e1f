#include "io/http_server.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <string>
#include <unordered_set>
#include <utility>

#include "io/http_session.hpp"
#include "io/listening.hpp"
#include "io/rethrow.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

}  // namespace

class http_server::implementation {
 public:
  implementation(asio::io_context& context, handler answer, http_limits limits, waiter before)
      : context_(context),
        answer_(std::move(answer)),
        before_(std::move(before)),
        limits_(limits),
        look_(context) {}

  static core::result<std::vector<core::endpoint>> listen(
      const std::shared_ptr<implementation>& self, const std::vector<core::endpoint>& endpoints);
  void secure(std::function<tls_terms()> terms) { terms_ = std::move(terms); }
  void stop();

 private:
  // What a coroutine needs lives as long as the coroutine, not only as long as the server.
  using self_pointer = std::shared_ptr<implementation>;
  using session_pointer = std::shared_ptr<http_session>;

  static asio::awaitable<void> serve(self_pointer self, session_pointer session);
  static asio::awaitable<void> cut_off_the_slow(self_pointer self);
  static void admit(const self_pointer& self, tcp::socket client);
  void close_the_longest_waiting();

  asio::io_context& context_;
  const handler answer_;
  const waiter before_;
  const http_limits limits_;
  std::function<tls_terms()> terms_;
  std::list<listener> listeners_;  // a list, because the coroutines hold references
  std::unordered_set<session_pointer> sessions_;
  asio::steady_timer look_;
  bool is_looking_ = false;
};

core::result<std::vector<core::endpoint>> http_server::implementation::listen(
    const self_pointer& self, const std::vector<core::endpoint>& endpoints) {
  std::list<listener> opened;
  auto bound = open_listeners(opened, self->context_, endpoints);
  const admission door{[self](tcp::socket client) { admit(self, std::move(client)); },
                       [self] { self->close_the_longest_waiting(); }};
  for (listener& listening : opened) {
    asio::co_spawn(self->context_, accept_clients(listening, door), rethrow);
  }
  self->listeners_.splice(self->listeners_.end(), opened);
  return bound;
}

void http_server::implementation::admit(const self_pointer& self, tcp::socket client) {
  if (self->sessions_.size() >= self->limits_.connections_max) self->close_the_longest_waiting();
  error_code ignored;
  client.set_option(tcp::no_delay(true), ignored);
  client_stream stream(std::move(client), self->terms_ ? self->terms_() : nullptr);
  const auto session = std::make_shared<http_session>(std::move(stream), self->answer_,
                                                      self->before_, self->limits_);
  self->sessions_.insert(session);
  asio::co_spawn(self->context_, serve(self, session), rethrow);
  if (self->is_looking_) return;
  self->is_looking_ = true;
  asio::co_spawn(self->context_, cut_off_the_slow(self), rethrow);
}

asio::awaitable<void> http_server::implementation::serve(self_pointer self,
                                                         session_pointer session) {
  bool is_welcome = true;
  if (session->is_encrypted()) is_welcome = co_await session->welcome();
  if (is_welcome) co_await session->serve();
  if (is_welcome && session->is_encrypted()) co_await session->say_goodbye();
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
  close_listeners(listeners_);
  for (const session_pointer& session : sessions_) session->close();
  sessions_.clear();
  look_.cancel();
}

http_server::http_server(asio::io_context& context, handler answer, http_limits limits,
                         waiter before)
    : implementation_(std::make_shared<implementation>(context, std::move(answer), limits,
                                                       std::move(before))) {}

http_server::~http_server() { stop(); }

core::result<std::vector<core::endpoint>> http_server::listen(
    const std::vector<core::endpoint>& endpoints) {
  return implementation::listen(implementation_, endpoints);
}

void http_server::secure(std::function<tls_terms()> terms) {
  implementation_->secure(std::move(terms));
}

void http_server::stop() { implementation_->stop(); }

}  // namespace redis_agent::io
