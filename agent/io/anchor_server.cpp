#include "io/anchor_server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <string>
#include <string_view>
#include <utility>

#include "io/listening.hpp"
#include "io/rethrow.hpp"
#include "wire/anchor_session.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

struct client {
  client(const asio::any_io_executor& executor, tcp::socket connected)
      : stream(executor, std::move(connected)) {}

  void close() { stream.close(); }

  redis_stream stream;
  wire::anchor_session session;
  steady_clock::time_point heard_at = steady_clock::now();
  std::array<char, 4096> received{};
};

// An IPv4 address that has come in over IPv6 is written as one.
std::string address_of(const tcp::socket& connected) {
  error_code error;
  const auto remote = connected.remote_endpoint(error).address();
  if (error) return {};
  const bool is_mapped = remote.is_v6() && remote.to_v6().is_v4_mapped();
  return is_mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, remote.to_v6()).to_string()
                   : remote.to_string();
}

}  // namespace

class anchor_server::implementation {
 public:
  implementation(asio::io_context& context, anchor_limits limits)
      : context_(context), limits_(limits), look_(context) {}

  static core::result<std::vector<core::endpoint>> listen(
      const std::shared_ptr<implementation>& self, const std::vector<core::endpoint>& endpoints);
  std::size_t held() const;
  void stop();

 private:
  // What a coroutine needs lives as long as the coroutine, not only as long as the server.
  using self_pointer = std::shared_ptr<implementation>;
  using client_pointer = std::shared_ptr<client>;

  static void admit(const self_pointer& self, tcp::socket connected);
  static asio::awaitable<void> serve(self_pointer self, client_pointer served);
  static asio::awaitable<void> close_the_silent(self_pointer self);
  void make_room();

  asio::io_context& context_;
  const anchor_limits limits_;
  std::list<listener> listeners_;  // a list, because the coroutines hold references
  std::list<client_pointer> clients_;
  asio::steady_timer look_;
  bool is_looking_ = false;
};

core::result<std::vector<core::endpoint>> anchor_server::implementation::listen(
    const self_pointer& self, const std::vector<core::endpoint>& endpoints) {
  std::list<listener> opened;
  auto bound = open_listeners(opened, self->context_, endpoints);
  const admission door{[self](tcp::socket connected) { admit(self, std::move(connected)); },
                       [self] { self->make_room(); }};
  for (listener& listening : opened) {
    asio::co_spawn(self->context_, accept_clients(listening, door), rethrow);
  }
  self->listeners_.splice(self->listeners_.end(), opened);
  return bound;
}

void anchor_server::implementation::admit(const self_pointer& self, tcp::socket connected) {
  if (!self->limits_.admits(address_of(connected))) return;
  if (self->clients_.size() >= self->limits_.connections_max) self->make_room();
  if (self->clients_.size() >= self->limits_.connections_max) return;
  error_code ignored;
  connected.set_option(tcp::no_delay(true), ignored);
  connected.set_option(asio::socket_base::keep_alive(true), ignored);
  const auto served = std::make_shared<client>(self->context_.get_executor(), std::move(connected));
  self->clients_.push_back(served);
  asio::co_spawn(self->context_, serve(self, served), rethrow);
  if (self->is_looking_) return;
  self->is_looking_ = true;
  asio::co_spawn(self->context_, close_the_silent(self), rethrow);
}

asio::awaitable<void> anchor_server::implementation::serve(self_pointer self,
                                                           client_pointer served) {
  const auto room = asio::buffer(served->received);
  bool is_welcome = true;
  const tls_terms tls = self->limits_.read_tls();
  bool is_by_tls = tls != nullptr;
  if (is_by_tls && self->limits_.takes_plain) is_by_tls = co_await served->stream.begins_with_tls();
  if (is_by_tls) {
    const auto trouble = co_await served->stream.welcome(tls);
    is_welcome = !trouble;
  }
  while (is_welcome && served->session.is_usable()) {
    const auto [failed, count] = co_await served->stream.read_some(room);
    if (failed) break;
    served->heard_at = steady_clock::now();
    const std::string answer =
        served->session.receive(std::string_view(served->received.data(), count));
    if (answer.empty()) continue;
    const auto unsent = co_await served->stream.write(answer);
    if (unsent) break;
  }
  served->close();
  self->clients_.remove(served);
}

// One timer for all, and none while nobody is connected. Who does not take an answer is not read
// either, and so is silent.
asio::awaitable<void> anchor_server::implementation::close_the_silent(self_pointer self) {
  while (!self->clients_.empty()) {
    self->look_.expires_after(self->limits_.silence / 5);
    co_await self->look_.async_wait(completion);
    const auto heard_before = steady_clock::now() - self->limits_.silence;
    for (const client_pointer& one : self->clients_) {
      if (one->heard_at < heard_before) one->close();
    }
  }
  self->is_looking_ = false;
}

// The client is forgotten at once and its coroutine ends by itself.
void anchor_server::implementation::make_room() {
  const auto leaves = std::min_element(clients_.begin(), clients_.end(),
                                       [](const client_pointer& a, const client_pointer& b) {
                                         if (a->session.is_held() != b->session.is_held())
                                           return b->session.is_held();
                                         return a->heard_at < b->heard_at;
                                       });
  if (leaves == clients_.end() || (*leaves)->session.is_held()) return;
  (*leaves)->close();
  clients_.erase(leaves);
}

std::size_t anchor_server::implementation::held() const {
  const auto count = std::count_if(clients_.begin(), clients_.end(), [](const client_pointer& one) {
    return one->session.is_held();
  });
  return static_cast<std::size_t>(count);
}

void anchor_server::implementation::stop() {
  close_listeners(listeners_);
  for (const client_pointer& one : clients_) one->close();
  clients_.clear();
  look_.cancel();
}

anchor_server::anchor_server(asio::io_context& context, anchor_limits limits)
    : implementation_(std::make_shared<implementation>(context, limits)) {}

anchor_server::~anchor_server() { stop(); }

core::result<std::vector<core::endpoint>> anchor_server::listen(
    const std::vector<core::endpoint>& endpoints) {
  return implementation::listen(implementation_, endpoints);
}

std::size_t anchor_server::held() const { return implementation_->held(); }
void anchor_server::stop() { implementation_->stop(); }

}  // namespace redis_agent::io
