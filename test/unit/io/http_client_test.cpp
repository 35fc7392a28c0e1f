#include "io/http_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "io/http_server.hpp"
#include "unit/io/run_coroutine.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
using testing::EndsWith;
using testing::StartsWith;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

TEST(http_get, brings_status_type_and_body) {
  asio::io_context context;
  std::string asked;
  http_server server(context, [&](const core::http_request& request) {
    asked = request.method + " " + request.target;
    return core::http_answer{503, "application/json", "{}"};
  });
  for (const char* host : {"127.0.0.1", "::1"}) {
    const auto address = server.listen({{host, 0}}).value().at(0);
    const auto answer = run(context, http_get({address}, "/status?a=b", 1s));
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(asked, "GET /status?a=b");
    EXPECT_EQ(answer->status, 503U);
    EXPECT_EQ(answer->content_type, "application/json");
    EXPECT_EQ(answer->body, "{}");
  }
}

TEST(http_get, says_who_refused) {
  asio::io_context context;
  tcp::acceptor taken(context, tcp::endpoint(tcp::v6(), 0));
  const auto port = taken.local_endpoint().port();
  taken.close();
  const auto answer = run(context, http_get({{"::1", port}}, "/status", 1s));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().text,
            "GET http://[::1]:" + std::to_string(port) + "/status: connection refused");
}

TEST(http_get, takes_no_name) {
  asio::io_context context;
  const auto answer = run(context, http_get({{"redis-0", 9121}}, "/", 1s));
  EXPECT_EQ(answer.error().text, "GET http://redis-0:9121/: not an IP address");
}

// One connection to a server that answers with these bytes, and then hangs up or goes on in
// silence.
class http_get_from : public testing::Test {
 protected:
  std::string failure_of(std::string sent, bool hangs_up, core::duration timeout = 5s) {
    tcp::acceptor acceptor(context_, tcp::endpoint(tcp::v4(), 0));
    const core::endpoint address{"127.0.0.1", acceptor.local_endpoint().port()};
    asio::co_spawn(context_, serve(acceptor, std::move(sent), hangs_up), asio::detached);
    const auto answer = run(context_, http_get({address}, "/", timeout));
    if (answer) return "succeeded: " + answer->body;
    EXPECT_THAT(answer.error().text, StartsWith("GET http://" + to_text(address) + "/: "));
    return answer.error().text;
  }

 private:
  asio::awaitable<void> serve(tcp::acceptor& acceptor, std::string sent, bool hangs_up) {
    auto [error, socket] = co_await acceptor.async_accept(completion);
    std::string asked;
    co_await asio::async_read_until(socket, asio::dynamic_buffer(asked), "\r\n\r\n", completion);
    co_await asio::async_write(socket, asio::buffer(sent), completion);
    if (hangs_up) co_return;
    asio::steady_timer forever(context_, 1h);
    co_await forever.async_wait(completion);
  }

  asio::io_context context_;
};

TEST_F(http_get_from, a_silent_server_times_out) {
  EXPECT_THAT(failure_of("", false, 50ms), EndsWith(": timed out after 50 ms"));
  EXPECT_THAT(failure_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", false, 50ms),
              EndsWith(": timed out after 50 ms"));
}

TEST_F(http_get_from, a_server_that_hangs_up_has_not_answered) {
  const char* reason = ": the connection was closed before the answer was whole";
  EXPECT_THAT(failure_of("", true), EndsWith(reason));
  EXPECT_THAT(failure_of("HTTP/1.1 200 OK\r\n", true), EndsWith(reason));
  EXPECT_THAT(failure_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", true),
              EndsWith(reason));
}

TEST_F(http_get_from, a_server_without_a_length_ends_with_the_connection) {
  EXPECT_EQ(failure_of("HTTP/1.0 200 OK\r\n\r\nabc", true), "succeeded: abc");
}

TEST_F(http_get_from, a_server_that_speaks_something_else_is_named) {
  EXPECT_THAT(failure_of("-ERR unknown command 'GET'\r\n", false),
              EndsWith(": the answer is no HTTP"));
}

TEST_F(http_get_from, an_answer_of_gigabytes_is_not_read) {
  EXPECT_THAT(failure_of("HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n", false),
              EndsWith(": the answer is larger than 1 MiB"));
  EXPECT_THAT(failure_of("HTTP/1.0 200 OK\r\n\r\n" + std::string(2 << 20, 'x'), false),
              EndsWith(": the answer is larger than 1 MiB"));
  EXPECT_THAT(failure_of("HTTP/1.1 200 OK\r\nX: " + std::string(1 << 20, 'x'), false),
              EndsWith(": the answer is no HTTP"));
}

// Answers so many questions over each connection that comes, with the connection's number, and
// then does with it what is wanted.
class http_line_to : public testing::Test {
 protected:
  enum class ending { closes, is_silent };

  http_line_to() : acceptor_(context_, tcp::endpoint(tcp::v4(), 0)) {}

  void serve(int answers, ending then) {
    asio::co_spawn(context_, accept(answers, then), asio::detached);
  }

  std::string ask() {
    const core::endpoint address{"127.0.0.1", acceptor_.local_endpoint().port()};
    const auto answer = run(context_, line_.get({address}, "/", timeout_));
    return answer ? answer->body : answer.error().text;
  }

  int connections_ = 0;
  core::duration timeout_ = 5s;

 private:
  asio::awaitable<void> accept(int answers, ending then) {
    while (true) {
      auto [error, socket] = co_await acceptor_.async_accept(completion);
      ++connections_;
      asio::co_spawn(context_, answer(std::move(socket), answers, then), asio::detached);
    }
  }

  asio::awaitable<void> answer(tcp::socket socket, int answers, ending then) {
    const std::string number = std::to_string(connections_);
    std::string asked;
    for (; answers > 0; --answers) {
      const auto [failed, size] = co_await asio::async_read_until(
          socket, asio::dynamic_buffer(asked), "\r\n\r\n", completion);
      if (failed) co_return;
      asked.erase(0, size);
      const std::string said = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + number;
      co_await asio::async_write(socket, asio::buffer(said), completion);
    }
    if (then == ending::closes) co_return;
    asio::steady_timer forever(context_, 1h);
    co_await forever.async_wait(completion);
  }

  asio::io_context context_;
  tcp::acceptor acceptor_;
  http_line line_;
};

TEST_F(http_line_to, a_server_that_keeps_it_is_asked_over_one_connection) {
  serve(3, ending::closes);
  EXPECT_EQ(ask(), "1");
  EXPECT_EQ(ask(), "1");
  EXPECT_EQ(ask(), "1");
}

TEST_F(http_line_to, a_server_that_has_closed_it_is_asked_over_another) {
  serve(2, ending::closes);
  EXPECT_EQ(ask(), "1");
  EXPECT_EQ(ask(), "1");
  EXPECT_EQ(ask(), "2");
}

TEST_F(http_line_to, a_server_that_is_silent_is_asked_once) {
  serve(1, ending::is_silent);
  EXPECT_EQ(ask(), "1");
  timeout_ = 50ms;
  EXPECT_THAT(ask(), EndsWith(": timed out after 50 ms"));
  EXPECT_EQ(connections_, 1);
  timeout_ = 5s;
  EXPECT_EQ(ask(), "2");
}

}  // namespace
}  // namespace redis_agent::io
