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

  core::failure failed(const beast::error_code& error) const {
    return core::failure{name + (error == beast::error::timeout
                                     ? "timed out after " + core::describe_duration(timeout)
                                     : describe(error))};
  }
};

question ask(const http_peer& peer, const std::string& target, core::duration timeout) {
  const std::string scheme = peer.tls ? "https" : "http";
  question asked{http::request<http::empty_body>(http::verb::get, target, 11),
                 "GET " + scheme + "://" + to_text(peer.address) + target + ": ", timeout};
  asked.request.set(http::field::host, to_text(peer.address));
  asked.request.set(http::field::user_agent, "redis-agent");
  asked.request.keep_alive(false);
  if (!peer.authorization.empty()) {
    const std::string_view login = peer.authorization.reveal();
    asked.request.set(http::field::authorization, beast::string_view(login.data(), login.size()));
  }
  return asked;
}

template <class Stream>
asio::awaitable<core::result<core::http_answer>> exchange(Stream& stream, const question& asked) {
  const auto [not_sent, sent] = co_await http::async_write(stream, asked.request, completion);
  if (not_sent) co_return asked.failed(not_sent);

  http::response_parser<http::string_body> parser;
  parser.body_limit(body_bytes_max);
  beast::flat_buffer received;
  const auto [not_read, read] = co_await http::async_read(stream, received, parser, completion);
  if (not_read) co_return asked.failed(not_read);

  auto& message = parser.get();
  core::http_answer answer;
  answer.status = message.result_int();
  answer.content_type = message[http::field::content_type];
  answer.body = std::move(message.body());
  co_return answer;
}

using secured = asio::ssl::stream<beast::tcp_stream&>;

asio::awaitable<failure> shake_hands(secured& stream, const http_peer& peer,
                                     const question& asked) {
  SSL* const session = stream.native_handle();
  if (!ask_for_names(session, peer.names)) {
    co_return core::failure{asked.name + "no certificate can be asked for in that name"};
  }
  const auto [refused] =
      co_await stream.async_handshake(asio::ssl::stream_base::client, completion);
  if (!refused) co_return std::nullopt;
  const long verdict = SSL_get_verify_result(session);
  if (verdict == X509_V_OK) co_return asked.failed(refused);
  std::string why = X509_verify_cert_error_string(verdict);
  if (verdict == X509_V_ERR_HOSTNAME_MISMATCH) why += ": none of its names is " + peer.names[0];
  co_return core::failure{asked.name + "its certificate is not trusted: " + why};
}

}  // namespace

asio::awaitable<core::result<core::http_answer>> http_get(http_peer peer, std::string target,
                                                          core::duration timeout) {
  const question asked = ask(peer, target, timeout);
  beast::error_code is_name;
  const auto literal = asio::ip::make_address(peer.address.host, is_name);
  if (is_name) co_return core::failure{asked.name + "not an IP address"};

  beast::tcp_stream stream(co_await asio::this_coro::executor);
  stream.expires_after(timeout);  // for all steps together
  const asio::ip::tcp::endpoint there(literal, peer.address.port);
  const auto [not_connected] = co_await stream.async_connect(there, completion);
  if (not_connected) co_return asked.failed(not_connected);
  if (!peer.tls) {
    auto answer = co_await exchange(stream, asked);
    co_return answer;
  }
  secured by_tls(stream, *peer.tls);
  const failure unsure = co_await shake_hands(by_tls, peer, asked);
  if (unsure) co_return *unsure;
  auto answer = co_await exchange(by_tls, asked);
  co_return answer;
}

}  // namespace redis_agent::io
