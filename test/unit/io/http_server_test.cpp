#include "io/http_server.hpp"

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "unit/io/http_test_client.hpp"
#include "unit/io/run_coroutine.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* head_of_ok =
    "HTTP/1.1 200 OK\r\n"
    "Server: redis-agent\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 3\r\n"
    "Cache-Control: no-store\r\n";

// Answers with the target, and notes what was asked.
class http_server_test : public testing::Test {
 protected:
  core::endpoint start(http_limits limits = {}) {
    server_.emplace(
        context_,
        [this](const core::http_request& request) {
          asked_.push_back(request.method + " " + request.target);
          core::http_answer answer;
          answer.body = request.target == "/large" ? std::string(32 << 20, 'x') : request.target;
          if (request.target == "/not") answer.status = 503;
          return answer;
        },
        limits);
    const auto bound = server_->listen({{"127.0.0.1", 0}});
    return bound.value().at(0);
  }

  // What one connection receives in all for these bytes.
  std::string exchange(const core::endpoint& server, const std::string& sent) {
    return run(context_, exchange_on_a_connection(server, sent));
  }

  asio::awaitable<std::string> exchange_on_a_connection(core::endpoint server, std::string sent) {
    http_test_client client(context_);
    co_await client.connect(server);
    co_await client.send(sent);
    std::string received = co_await client.receive_all();
    if (client.was_reset()) received += "(reset)";
    co_return received;
  }

  asio::io_context context_;
  std::optional<http_server> server_;
  std::vector<std::string> asked_;
};

TEST_F(http_server_test, answers_get) {
  const auto server = start();
  EXPECT_EQ(exchange(server, "GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
            std::string(head_of_ok) + "Connection: close\r\n\r\n/ok");
  EXPECT_EQ(asked_, std::vector<std::string>{"GET /ok"});
}

TEST_F(http_server_test, answers_head_with_the_length_and_without_the_body) {
  const auto server = start();
  EXPECT_EQ(exchange(server, "HEAD /ok HTTP/1.1\r\nConnection: close\r\n\r\n"),
            std::string(head_of_ok) + "Connection: close\r\n\r\n");
  EXPECT_EQ(asked_, std::vector<std::string>{"HEAD /ok"});
}

TEST_F(http_server_test, answers_after_what_is_awaited_before) {
  std::vector<std::string> order;
  http_server server(
      context_,
      [&](const core::http_request&) {
        order.emplace_back("answered");
        return core::http_answer{};
      },
      {},
      [&](core::http_request asked) -> asio::awaitable<std::optional<core::http_answer>> {
        asio::steady_timer moment(context_, std::chrono::milliseconds(1));
        co_await moment.async_wait(asio::use_awaitable);
        order.push_back(asked.target);
        std::optional<core::http_answer> instead;
        if (asked.target == "/no") instead = core::http_answer{.status = 403};
        co_return instead;
      });
  const auto bound = server.listen({{"127.0.0.1", 0}});
  const auto status_of = [&](const std::string& target) {
    return exchange(bound.value().at(0), "GET " + target + " HTTP/1.1\r\nConnection: close\r\n\r\n")
        .substr(9, 3);
  };
  EXPECT_EQ(status_of("/w"), "200");
  EXPECT_EQ(status_of("/no"), "403") << "it has answered in its place";
  EXPECT_EQ(order, (std::vector<std::string>{"/w", "answered", "/no"}));
}

TEST_F(http_server_test, passes_the_status_on) {
  const auto server = start();
  EXPECT_THAT(exchange(server, "GET /not HTTP/1.0\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 503 Service Unavailable\r\n"), EndsWith("\r\n\r\n/not")));
}

TEST_F(http_server_test, closes_after_http_1_0_unless_asked_to_keep_the_connection) {
  const auto server = start();
  EXPECT_EQ(exchange(server, "GET /ok HTTP/1.0\r\n\r\nGET /never HTTP/1.0\r\n\r\n").find("never"),
            std::string::npos);
  EXPECT_EQ(exchange(server,
                     "GET /ok HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
                     "GET /ok HTTP/1.0\r\n\r\n"),
            std::string(head_of_ok) + "Connection: keep-alive\r\n\r\n/ok" + head_of_ok +
                "Connection: close\r\n\r\n/ok");
}

TEST_F(http_server_test, answers_pipelined_requests_in_their_order) {
  const auto server = start();
  std::string sent;
  std::string expected;
  for (int i = 10; i < 40; ++i) {
    const std::string target = "/" + std::to_string(i);
    sent += "GET " + target + " HTTP/1.1\r\n" + (i == 39 ? "Connection: close\r\n" : "") + "\r\n";
    expected += head_of_ok;
    expected += (i == 39 ? "Connection: close\r\n" : "") + ("\r\n" + target);
  }
  EXPECT_EQ(exchange(server, sent), expected);
}

TEST_F(http_server_test, keeps_a_connection_and_takes_a_request_byte_by_byte) {
  const auto server = start();
  const auto talk = [](http_test_client& client,
                       core::endpoint to) -> asio::awaitable<std::string> {
    co_await client.connect(to);
    client.socket().set_option(asio::ip::tcp::no_delay(true));
    std::string received;
    for (int i = 0; i < 2; ++i) {
      const std::string request = "GET /ok HTTP/1.1\r\nHost: x\r\n\r\n";
      for (const char c : request) {
        std::string byte(1, c);
        co_await client.send(std::move(byte));
      }
      std::string end = "/ok";
      received += co_await client.receive_until(std::move(end));
    }
    co_return received;
  };
  http_test_client client(context_);
  EXPECT_EQ(run(context_, talk(client, server)),
            std::string(head_of_ok) + "\r\n/ok" + head_of_ok + "\r\n/ok");
}

struct refusal {
  const char* name;
  std::string sent;
  std::string status;
};

class http_server_refusal : public http_server_test, public testing::WithParamInterface<refusal> {};

// The reason arrives although the client may not have been read to its end, and then the end.
TEST_P(http_server_refusal, says_why_and_closes) {
  const auto server = start({.slow = 100ms});
  EXPECT_THAT(exchange(server, GetParam().sent),
              AllOf(StartsWith("HTTP/1.1 " + GetParam().status + "\r\n"),
                    HasSubstr("\r\nConnection: close\r\n"), EndsWith("\n"),
                    testing::Not(HasSubstr("(reset)"))));
  EXPECT_EQ(asked_.size(), 0U);
}

const std::string nine_kib(9 * 1024, 'x');

INSTANTIATE_TEST_SUITE_P(
    of, http_server_refusal,
    testing::Values(
        refusal{"garbage", "\x16\x03\x01\x02 nonsense", "400 Bad Request"},
        refusal{"no_version", "GET /\r\n\r\n", "400 Bad Request"},
        refusal{"http_2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400 Bad Request"},
        refusal{"no_colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", "400 Bad Request"},
        refusal{"null_byte", std::string("GET /\0 HTTP/1.1\r\n\r\n", 19), "400 Bad Request"},
        refusal{"two_lengths", "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                "400 Bad Request"},
        refusal{"post", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
                "405 Method Not Allowed"},
        refusal{"unknown_method", "BREW / HTTP/1.1\r\n\r\n", "405 Method Not Allowed"},
        refusal{"connect", "CONNECT a:1 HTTP/1.1\r\n\r\n", "405 Method Not Allowed"},
        refusal{"body", "GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
                "413 Payload Too Large"},
        refusal{"huge_body", "GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\nhello",
                "413 Payload Too Large"},
        refusal{"chunked", "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "413 Payload Too Large"},
        refusal{"long_field", "GET / HTTP/1.1\r\nX: " + nine_kib + "\r\n\r\n",
                "431 Request Header Fields Too Large"},
        refusal{"long_target", "GET /" + nine_kib + " HTTP/1.1\r\n\r\n",
                "431 Request Header Fields Too Large"},
        refusal{"slow_target", "GET /read", "408 Request Timeout"},
        refusal{"slow_header", "GET / HTTP/1.1\r\nHost: x\r\n", "408 Request Timeout"}),
    [](const auto& tested) { return std::string(tested.param.name); });

// A connection that is closed under a client that sends is reset, and the reason can be lost.
TEST_F(http_server_test, lets_a_refused_client_finish) {
  const auto server = start();
  http_test_client client(context_);
  run(context_, client.connect(server));
  EXPECT_TRUE(run(context_, client.send("POST / HTTP/1.1\r\nContent-Length: 40960\r\n\r\n")));
  EXPECT_THAT(run(context_, client.receive_all()), StartsWith("HTTP/1.1 405 "));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(run(context_, client.send(std::string(4096, 'x'))));
}

TEST_F(http_server_test, names_what_it_allows) {
  const auto server = start();
  EXPECT_THAT(exchange(server, "DELETE / HTTP/1.1\r\n\r\n"),
              HasSubstr("\r\nAllow: GET, HEAD, OPTIONS\r\n"));
}

TEST_F(http_server_test, takes_a_header_up_to_8_kib_in_all) {
  const auto server = start();
  const std::string fixed = "GET / HTTP/1.0\r\nX: \r\n\r\n";
  const std::string fits(8192 - fixed.size(), 'x');
  EXPECT_THAT(exchange(server, "GET / HTTP/1.0\r\nX: " + fits + "\r\n\r\n"),
              StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(exchange(server, "GET / HTTP/1.0\r\nX: " + fits + "y\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(http_server_test, survives_arbitrary_bytes) {
  const auto server = start({.slow = 20ms});
  std::mt19937 chance(20261124);
  const std::string start_of_request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  for (int i = 0; i < 200; ++i) {
    std::string sent = start_of_request;
    for (int changes = 0; changes < 3; ++changes) {
      sent.at(chance() % sent.size()) = static_cast<char>(chance());
    }
    sent += "\r\n\r\nGET / HTTP/1.0\r\n\r\n";
    EXPECT_THAT(exchange(server, sent), StartsWith("HTTP/1.1 ")) << testing::PrintToString(sent);
  }
}

TEST_F(http_server_test, does_not_answer_a_client_that_hangs_up_in_the_middle) {
  const auto server = start();
  const auto hang_up = [&]() -> asio::awaitable<std::string> {
    http_test_client client(context_);
    co_await client.connect(server);
    std::string half = "GET /ok HTT";
    co_await client.send(half);
    client.socket().shutdown(asio::ip::tcp::socket::shutdown_send);
    co_return co_await client.receive_all();
  };
  EXPECT_EQ(run(context_, hang_up()), "");
}

// Stopped after each of the steps that a request takes, one server each.
TEST_F(http_server_test, is_not_asked_after_it_was_stopped) {
  for (unsigned steps = 0; steps < 30; ++steps) {
    const auto server = start();
    http_test_client client(context_);
    run(context_, client.connect(server));
    run(context_, client.send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"));
    for (unsigned step = 0; step < steps; ++step) context_.poll_one();
    server_->stop();
    const std::size_t asked_before = asked_.size();
    run(context_, client.receive_all());
    EXPECT_EQ(asked_.size(), asked_before) << "stopped after " << steps << " steps";
    context_.restart();
    context_.run();  // returns, because nothing of the server's is left
  }
  EXPECT_GT(asked_.size(), 0U);
}

TEST_F(http_server_test, may_be_destroyed_before_its_clients_and_with_its_context) {
  const auto server = start();
  http_test_client client(context_);
  const auto connect_and_say_nothing = [&]() -> asio::awaitable<void> {
    co_await client.connect(server);
    std::string half = "GET /ok HTT";
    co_await client.send(half);
  };
  run(context_, connect_and_say_nothing());
  context_.poll();
  server_.reset();
}

}  // namespace
}  // namespace redis_agent::io
