#include "io/http_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <cstdint>
#include <openssl/ssl.h>
#include <optional>
#include <utility>

#include "core/base/units.hpp"
#include "io/describe_error.hpp"
#include "io/tls_names.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

using failure = std::optional<core::failure>;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t body_bytes_max = std::uint64_t{1024} * 1024;

// What was asked of whom, and in which time: the beginning and the end of each failure.
struct question {
  http::request<http::empty_body> request;
  std::string name;
  core::duration timeout;
  std::chrono::steady_clock::time_point until;  // for all steps together

  core::failure failed(const beast::error_code& error) const {
    return core::failure{name + (error == beast::error::timeout
                                     ? "timed out after " + core::describe_duration(timeout)
                                     : describe(error))};
  }
};

question ask(const http_peer& peer, const std::string& target, core::duration timeout) {
  const std::string scheme = peer.tls ? "https" : "http";
  question asked{http::request<http::empty_body>(http::verb::get, target, 11),
                 "GET " + scheme + "://" + to_text(peer.address) + target + ": ", timeout,
                 std::chrono::steady_clock::now() + timeout};
  asked.request.set(http::field::host, to_text(peer.address));
  asked.request.set(http::field::user_agent, "redis-agent");
  if (!peer.authorization.empty()) {
    const std::string_view login = peer.authorization.reveal();
    asked.request.set(http::field::authorization, beast::string_view(login.data(), login.size()));
  }
  return asked;
}

}  // namespace

class http_line::connection {
 public:
  connection(const asio::any_io_executor& executor, const http_peer& peer)
      : peer_(peer), stream_(executor) {}

  bool leads_to(const http_peer& peer) const {
    return peer.address == peer_.address && peer.tls == peer_.tls && peer.names == peer_.names;
  }

  asio::awaitable<failure> open(const question& asked);
  asio::awaitable<core::result<core::http_answer>> exchange(const question& asked);

  // Of the last exchange: the other end had closed before it was asked.
  bool was_closed() const { return was_closed_; }
  bool can_be_kept() const { return can_be_kept_; }

 private:
  using secured = asio::ssl::stream<beast::tcp_stream&>;
  asio::awaitable<failure> shake_hands(const question& asked);
  template <class Stream>
  asio::awaitable<core::result<core::http_answer>> exchange_over(Stream& stream,
                                                                 const question& asked);

  const http_peer peer_;
  beast::tcp_stream stream_;
  std::optional<secured> by_tls_;
  beast::flat_buffer received_;
  bool was_closed_ = false;
  bool can_be_kept_ = false;
};

asio::awaitable<failure> http_line::connection::open(const question& asked) {
  beast::error_code is_name;
  const auto literal = asio::ip::make_address(peer_.address.host, is_name);
  if (is_name) co_return core::failure{asked.name + "not an IP address"};
  stream_.expires_at(asked.until);
  const asio::ip::tcp::endpoint there(literal, peer_.address.port);
  const auto [not_connected] = co_await stream_.async_connect(there, completion);
  if (not_connected) co_return asked.failed(not_connected);
  failure unsure;
  if (peer_.tls) unsure = co_await shake_hands(asked);
  co_return unsure;
}

asio::awaitable<failure> http_line::connection::shake_hands(const question& asked) {
  by_tls_.emplace(stream_, *peer_.tls);
  SSL* const session = by_tls_->native_handle();
  if (!ask_for_names(session, peer_.names)) {
    co_return core::failure{asked.name + "no certificate can be asked for in that name"};
  }
  const auto [refused] =
      co_await by_tls_->async_handshake(asio::ssl::stream_base::client, completion);
  if (!refused) co_return std::nullopt;
  const long verdict = SSL_get_verify_result(session);
  if (verdict == X509_V_OK) co_return asked.failed(refused);
  std::string why = X509_verify_cert_error_string(verdict);
  if (verdict == X509_V_ERR_HOSTNAME_MISMATCH) why += ": none of its names is " + peer_.names[0];
  co_return core::failure{asked.name + "its certificate is not trusted: " + why};
}

asio::awaitable<core::result<core::http_answer>> http_line::connection::exchange(
    const question& asked) {
  stream_.expires_at(asked.until);
  if (by_tls_) {
    auto answer = co_await exchange_over(*by_tls_, asked);
    co_return answer;
  }
  auto answer = co_await exchange_over(stream_, asked);
  co_return answer;
}

template <class Stream>
asio::awaitable<core::result<core::http_answer>> http_line::connection::exchange_over(
    Stream& stream, const question& asked) {
  can_be_kept_ = false;
  const auto [not_sent, sent] = co_await http::async_write(stream, asked.request, completion);
  was_closed_ = not_sent && not_sent != beast::error::timeout;
  if (not_sent) co_return asked.failed(not_sent);

  http::response_parser<http::string_body> parser;
  parser.body_limit(body_bytes_max);
  const auto [not_read, read] = co_await http::async_read(stream, received_, parser, completion);
  was_closed_ = not_read && !parser.got_some() && not_read != beast::error::timeout;
  if (not_read) co_return asked.failed(not_read);

  auto& message = parser.get();
  core::http_answer answer;
  answer.status = message.result_int();
  answer.content_type = message[http::field::content_type];
  answer.body = std::move(message.body());
  can_be_kept_ = message.keep_alive() && received_.size() == 0;
  co_return answer;
}

http_line::http_line() = default;
http_line::~http_line() = default;

asio::awaitable<core::result<core::http_answer>> http_line::get(http_peer peer, std::string target,
                                                                core::duration timeout) {
  const question asked = ask(peer, target, timeout);
  const bool was_kept = kept_ && kept_->leads_to(peer);
  if (was_kept) {
    auto answer = co_await kept_->exchange(asked);
    const bool is_to_be_made_anew = kept_->was_closed();
    if (!kept_->can_be_kept()) kept_.reset();
    if (!is_to_be_made_anew) co_return answer;
  }
  kept_ = std::make_unique<connection>(co_await asio::this_coro::executor, peer);
  const failure unconnected = co_await kept_->open(asked);
  if (unconnected) {
    kept_.reset();
    co_return *unconnected;
  }
  auto answer = co_await kept_->exchange(asked);
  if (!kept_->can_be_kept()) kept_.reset();
  co_return answer;
}

asio::awaitable<core::result<core::http_answer>> http_get(http_peer peer, std::string target,
                                                          core::duration timeout) {
  http_line line;
  auto answer = co_await line.get(std::move(peer), std::move(target), timeout);
  co_return answer;
}

}  // namespace redis_agent::io
