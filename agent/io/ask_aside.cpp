#include "io/ask_aside.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <string>
#include <utility>

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t reply_bytes_max = std::size_t{64} << 10;
constexpr std::size_t values_max = 100;

}  // namespace

asio::awaitable<aside> ask_aside(core::endpoint server, std::vector<wire::command> questions,
                                 core::duration timeout) {
  aside heard;
  boost::system::error_code is_name;
  const auto literal = asio::ip::make_address(server.host, is_name);
  if (is_name) co_return heard;
  boost::beast::tcp_stream stream(co_await asio::this_coro::executor);
  stream.expires_after(timeout);
  const asio::ip::tcp::endpoint peer(literal, server.port);
  const auto [not_connected] = co_await stream.async_connect(peer, completion);
  if (not_connected) co_return heard;
  heard.is_connected = true;
  wire::resp_reader reader({reply_bytes_max, values_max});
  std::array<char, 4096> received{};
  for (std::size_t asked = 1; asked <= questions.size(); ++asked) {
    const std::string question = wire::format_command(questions[asked - 1]);
    // Who hangs up at once may have said why: that is read whatever has become of the question.
    (void)co_await asio::async_write(stream, asio::buffer(question), completion);
    while (heard.replies.size() < asked) {
      const auto [error, count] =
          co_await stream.async_read_some(asio::buffer(received), completion);
      reader.feed({received.data(), count});
      while (auto reply = reader.next()) heard.replies.push_back(std::move(*reply));
      if (error || reader.trouble() != wire::resp_trouble::none) co_return heard;
    }
  }
  co_return heard;
}

}  // namespace redis_agent::io
