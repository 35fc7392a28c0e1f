#include "io/http_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
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
#include <utility>

#include "core/base/units.hpp"
#include "io/describe_error.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t body_bytes_max = std::uint64_t{1024} * 1024;

}  // namespace

asio::awaitable<core::result<core::http_answer>> http_get(core::endpoint address,
                                                          std::string target,
                                                          core::duration timeout) {
  const std::string asked = "GET http://" + to_text(address) + target + ": ";
  const auto failed = [&](const beast::error_code& error) {
    return core::failure{asked + (error == beast::error::timeout
                                      ? "timed out after " + core::describe_duration(timeout)
                                      : describe(error))};
  };
  beast::error_code is_name;
  const auto literal = asio::ip::make_address(address.host, is_name);
  if (is_name) co_return core::failure{asked + "not an IP address"};

  beast::tcp_stream stream(co_await asio::this_coro::executor);
  stream.expires_after(timeout);  // for all steps together
  const asio::ip::tcp::endpoint peer(literal, address.port);
  const auto [not_connected] = co_await stream.async_connect(peer, completion);
  if (not_connected) co_return failed(not_connected);

  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, to_text(address));
  request.set(http::field::user_agent, "redis-agent");
  request.keep_alive(false);
  const auto [not_sent, sent] = co_await http::async_write(stream, request, completion);
  if (not_sent) co_return failed(not_sent);

  http::response_parser<http::string_body> parser;
  parser.body_limit(body_bytes_max);
  beast::flat_buffer received;
  const auto [not_read, read] = co_await http::async_read(stream, received, parser, completion);
  if (not_read) co_return failed(not_read);

  auto& message = parser.get();
  core::http_answer answer;
  answer.status = message.result_int();
  answer.content_type = message[http::field::content_type];
  answer.body = std::move(message.body());
  co_return answer;
}

}  // namespace redis_agent::io
