#include "io/http_session.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/none.hpp>
#include <optional>
#include <utility>

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

// How long a refused client may go on sending before the connection is closed under it. Closing at
// once would reset the connection, and the client would not see why it was refused.
constexpr core::duration farewell_max = std::chrono::seconds(1);
constexpr std::size_t farewell_bytes_max = std::size_t{256} * 1024;

void append_head(std::string& head, const core::http_answer& answer, bool keep_alive,
                 unsigned version) {
  const auto reason = http::obsolete_reason(http::int_to_status(answer.status));
  head.assign("HTTP/1.1 ").append(std::to_string(answer.status)).append(" ");
  head.append(reason.data(), reason.size());
  head.append("\r\nServer: redis-agent\r\nContent-Type: ").append(answer.content_type);
  head.append("\r\nContent-Length: ").append(std::to_string(answer.body.size()));
  head.append("\r\nCache-Control: no-store\r\n");
  for (const auto& [name, value] : answer.headers) {
    head.append(name).append(": ").append(value).append("\r\n");
  }
  if (answer.status == 405) head.append("Allow: GET, HEAD, OPTIONS\r\n");
  if (!keep_alive) head.append("Connection: close\r\n");
  if (keep_alive && version == 10) head.append("Connection: keep-alive\r\n");
  head.append("\r\n");
}

}  // namespace

http_session::http_session(client_stream client, const http_server::handler& answer,
                           const http_server::waiter& before, const http_limits& limits)
    : client_(std::move(client)),
      answer_(answer),
      before_(before),
      limits_(limits),
      waiting_since_(std::chrono::steady_clock::now()) {
  wait_at_most(limits_.slow);
}

asio::awaitable<bool> http_session::welcome() {
  const bool is_welcome = co_await client_.welcome();
  co_return is_welcome && !is_closed_;
}

asio::awaitable<void> http_session::say_goodbye() {
  if (is_closed_) co_return;
  wait_at_most(std::min(limits_.slow, farewell_max));
  co_await client_.say_goodbye();
}

asio::awaitable<void> http_session::serve() {
  while (true) {
    arrival asked = co_await receive();
    if (is_closed_) co_return;
    if (asked.refusal != 0) {
      co_await refuse(std::move(asked));
      co_return;
    }
    if (!asked.is_request) co_return;

    std::optional<core::http_answer> instead;
    if (before_) instead = co_await before_(asked.request);
    if (is_closed_) co_return;
    const core::http_answer answer = instead ? std::move(*instead) : answer_(asked.request);
    const bool was_sent = co_await send(answer, asked);
    if (!was_sent || !asked.keep_alive) co_return;
    waiting_since_ = std::chrono::steady_clock::now();
    wait_at_most(received_.size() == 0 ? limits_.idle : limits_.slow);
  }
}

// The header is parsed as it comes, so that what is no HTTP at all is refused at its first bytes.
asio::awaitable<http_session::arrival> http_session::receive() {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(header_bytes_max);
  parser.body_limit(boost::none);
  std::size_t parsed = 0;
  while (true) {
    error_code error = http::error::need_more;
    if (received_.size() != 0) {
      const std::size_t count = parser.put(received_.data(), error);
      received_.consume(count);
      parsed += count;
    }
    if (parser.is_header_done()) break;
    const std::size_t begun = parsed + received_.size();
    if (begun == header_bytes_max || error == http::error::header_limit) {
      co_return arrival{.refusal = 431, .reason = "the header is larger than 8 KiB"};
    }
    if (error != http::error::need_more) {
      co_return arrival{.refusal = 400, .reason = "this is not a request of HTTP/1.0 or 1.1"};
    }

    const auto room = received_.prepare(header_bytes_max - begun);
    const auto [failed, count] = co_await client_.async_read_some(room, completion);
    if (failed && time_is_over_ && begun != 0) {
      co_return arrival{.refusal = 408, .reason = "the request took too long to arrive"};
    }
    if (failed) co_return arrival{};
    received_.commit(count);
    if (begun == 0) wait_at_most(limits_.slow);
  }

  const auto& message = parser.get();
  arrival asked;
  asked.request.method = message.method_string();
  asked.request.target = message.target();
  const auto encodings = message[http::field::accept_encoding];
  asked.request.accepts_gzip = core::accepts_gzip({encodings.data(), encodings.size()});
  asked.request.is_certified = client_.is_certified();
  const auto authorization = message[http::field::authorization];
  asked.request.authorization = core::secret(std::string(authorization));
  const auto served = {http::verb::get, http::verb::head, http::verb::options};
  if (std::find(served.begin(), served.end(), message.method()) == served.end()) {
    asked.refusal = 405;
    asked.reason = "only GET, HEAD and OPTIONS are served";
  } else if (parser.chunked() || parser.content_length().value_or(0) != 0) {
    asked.refusal = 413;
    asked.reason = "a request with a body is not served";
  } else {
    asked.is_request = true;
    asked.version = message.version();
    asked.keep_alive = parser.keep_alive();
  }
  co_return asked;
}

// Head and body in one system call.
asio::awaitable<bool> http_session::send(const core::http_answer& answer, const arrival& asked) {
  append_head(head_, answer, asked.keep_alive, asked.version);
  const bool has_body = asked.request.method != "HEAD";
  const std::array<asio::const_buffer, 2> parts{
      asio::buffer(head_), has_body ? asio::buffer(answer.body) : asio::const_buffer()};
  wait_at_most(limits_.slow);
  const auto [failed, count] = co_await asio::async_write(client_, parts, completion);
  co_return !failed;
}

asio::awaitable<void> http_session::refuse(arrival refused) {
  core::http_answer answer;
  answer.status = refused.refusal;
  answer.body.append(refused.reason).append("\n");
  if (!co_await send(answer, refused)) co_return;

  client_.shutdown_send();
  received_.clear();
  const auto room = received_.prepare(header_bytes_max);
  wait_at_most(std::min(limits_.slow, farewell_max));
  for (std::size_t dropped = 0; dropped < farewell_bytes_max;) {
    const auto [failed, count] = co_await client_.async_read_some(room, completion);
    if (failed) co_return;
    dropped += count;
  }
}

void http_session::wait_at_most(core::duration time) {
  time_is_over_ = false;
  deadline_ = std::chrono::steady_clock::now() + time;
}

void http_session::cut_off_if_due(time_point now) {
  if (now < deadline_) return;
  time_is_over_ = true;
  client_.cancel();
}

void http_session::close() {
  is_closed_ = true;
  client_.close();
}

}  // namespace redis_agent::io
