#include "io/ask_aside.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <gtest/gtest.h>
#include <string>

#include "unit/io/run_coroutine.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

class ask_aside_test : public testing::Test {
 protected:
  // Says that to one client; hangs up at once, or when the client does.
  asio::awaitable<void> serve(std::string text, bool hangs_up) {
    const auto completion = asio::as_tuple(asio::use_awaitable);
    auto [refused, socket] = co_await acceptor_.async_accept(completion);
    if (refused) co_return;
    (void)co_await asio::async_write(socket, asio::buffer(text), completion);
    std::array<char, 512> bytes{};
    while (!hangs_up) {
      const auto [error, count] = co_await socket.async_read_some(asio::buffer(bytes), completion);
      if (error) co_return;
    }
  }

  aside ask(const std::string& answer, bool hangs_up) {
    asio::co_spawn(context_, serve(answer, hangs_up), asio::detached);
    return run(context_, ask_aside({"127.0.0.1", acceptor_.local_endpoint().port()},
                                   {{"PING"}, {"PING"}}, 500ms));
  }

  asio::io_context context_;
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
};

TEST_F(ask_aside_test, returns_all_answers) {
  const aside heard = ask("+PONG\r\n-ERR no\r\n", false);
  ASSERT_EQ(heard.replies.size(), 2U);
  EXPECT_EQ(heard.replies[0].text, "PONG");
  EXPECT_TRUE(heard.replies[1].is_error());
}

TEST_F(ask_aside_test, returns_what_was_said_before_a_server_hung_up) {
  const aside heard = ask("-ERR max number of clients reached\r\n", true);
  ASSERT_EQ(heard.replies.size(), 1U);
  EXPECT_EQ(heard.replies[0].text, "ERR max number of clients reached");
}

TEST_F(ask_aside_test, gives_up_one_that_is_silent_or_no_redis) {
  EXPECT_TRUE(ask("", false).replies.empty());
  const aside no_redis = ask("220 smtp\r\n", false);
  EXPECT_TRUE(no_redis.is_connected);
  EXPECT_TRUE(no_redis.replies.empty());
}

TEST_F(ask_aside_test, tells_that_nobody_listens) {
  const std::uint16_t port = acceptor_.local_endpoint().port();
  acceptor_.close();
  EXPECT_FALSE(run(context_, ask_aside({"127.0.0.1", port}, {}, 500ms)).is_connected);
  EXPECT_FALSE(run(context_, ask_aside({"a-name", port}, {}, 500ms)).is_connected);
}

}  // namespace
}  // namespace redis_agent::io
