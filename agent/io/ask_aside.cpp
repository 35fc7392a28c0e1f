#include "io/ask_aside.hpp"

#include <array>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>

#include "core/base/address.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;

constexpr std::size_t reply_bytes_max = std::size_t{64} << 10;
constexpr std::size_t values_max = 100;

std::string describe(const stream_trouble& trouble) {
  return std::string(core::to_text(trouble.condition)) + ": " + trouble.detail;
}

// By TLS 1.3 the other side refuses our certificate where it is first read.
std::string describe_refusal(const boost::system::error_code& error) {
  const stream_trouble trouble = redis_stream::judge(error);
  return core::is_about_tls(trouble.condition) ? describe(trouble) : "";
}

}  // namespace

asio::awaitable<aside> ask_aside(redis_place server, std::vector<wire::command> questions,
                                 core::duration timeout) {
  aside heard;
  const bool is_a_name = !server.place.starts_with('/') && !core::is_ip_literal(server.place);
  if (is_a_name) co_return heard;
  redis_stream stream(co_await asio::this_coro::executor);
  stream.expires_after(timeout);
  const auto not_connected = co_await stream.open(server.place, server.port);
  if (not_connected) co_return heard;
  if (server.tls) {
    const auto insecure = co_await stream.shake_hands(server.tls, server.names);
    if (insecure) {
      // Redis waits for the end of a line: what a client of TLS says is never answered there, until
      // the time is over. Who closes it has another reason.
      heard.trouble = stream.is_open() ? describe(*insecure) : "no answer to TLS: no TLS there?";
      co_return heard;
    }
  }
  heard.is_connected = true;
  wire::resp_reader reader({reply_bytes_max, values_max});
  std::array<char, 4096> received{};
  for (std::size_t asked = 1; asked <= questions.size(); ++asked) {
    const std::string question = wire::format_command(questions[asked - 1]);
    // Who hangs up at once may have said why: that is read whatever has become of the question.
    (void)co_await stream.write(question);
    while (heard.replies.size() < asked) {
      const auto [error, count] = co_await stream.read_some(asio::buffer(received));
      reader.feed({received.data(), count});
      while (auto reply = reader.next()) heard.replies.push_back(std::move(*reply));
      const bool is_over = error || reader.trouble() != wire::resp_trouble::none;
      if (error && server.tls) heard.trouble = describe_refusal(error);
      if (is_over) co_return heard;
    }
  }
  co_return heard;
}

}  // namespace redis_agent::io
