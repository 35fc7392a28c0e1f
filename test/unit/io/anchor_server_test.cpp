#include "io/anchor_server.hpp"

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "io/certificate_files.hpp"
#include "unit/io/http_test_client.hpp"
#include "unit/io/made_certificates.hpp"
#include "unit/io/run_coroutine.hpp"
#include "wire/resp.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;
using wire::format_command;

const std::string psync =
    format_command({"PSYNC", "0123456789abcdef0123456789abcdef01234567", "1235"});
const std::string acknowledgement = format_command({"REPLCONF", "ACK", "1234"});

class anchor_server_test : public testing::Test {
 protected:
  core::endpoint start(anchor_limits limits = {}) {
    server_.emplace(context_, limits);
    return server_->listen({{"127.0.0.1", 0}}).value().at(0);
  }

  http_test_client& connect(const core::endpoint& server) {
    http_test_client& client = *clients_.emplace_back(std::make_unique<http_test_client>(context_));
    run(context_, client.connect(server));
    return client;
  }

  http_test_client& connect_from(const char* address, const core::endpoint& server) {
    http_test_client& client = *clients_.emplace_back(std::make_unique<http_test_client>(context_));
    client.socket().open(asio::ip::tcp::v4());
    client.socket().bind({asio::ip::make_address(address), 0});
    run(context_, client.connect(server));
    return client;
  }

  http_test_client& connect_and_be_held(const core::endpoint& server) {
    http_test_client& replica = connect(server);
    EXPECT_EQ(ask(replica, psync), "+CONTINUE\r\n");
    return replica;
  }

  std::string ask(http_test_client& client, const std::string& sent) {
    run(context_, client.send(sent));
    return run(context_, client.receive_until("\n"));
  }

  void pass(core::duration time) {
    asio::steady_timer timer(context_, time);
    run(context_, timer.async_wait(asio::use_awaitable));
  }

  asio::io_context context_;
  std::optional<anchor_server> server_;
  std::vector<std::unique_ptr<http_test_client>> clients_;
};

TEST_F(anchor_server_test, holds_a_replica) {
  const auto server = start();
  http_test_client& replica = connect(server);
  EXPECT_EQ(ask(replica, "PING\r\n"), "+PONG\r\n");
  EXPECT_EQ(ask(replica, format_command({"AUTH", "password"})), "+OK\r\n");
  EXPECT_EQ(ask(replica, format_command({"REPLCONF", "listening-port", "6379"})), "+OK\r\n");
  EXPECT_EQ(server_->held(), 0U);
  EXPECT_EQ(ask(replica, psync), "+CONTINUE\r\n");
  EXPECT_EQ(server_->held(), 1U);

  run(context_, replica.send(acknowledgement + "PING\r\n"));
  pass(50ms);
  EXPECT_EQ(replica.socket().available(), 0U) << "not a byte after +CONTINUE";
  EXPECT_EQ(server_->held(), 1U);
}

// Of a server, and of whoever comes to it.
own_tls made_terms() {
  const made_certificate authority = make_authority();
  const made_certificate own({.names = "DNS:redis-0.redis"}, &authority);
  return make_tls(files_of(own, authority)).value();
}

TEST_F(anchor_server_test, takes_tls_and_plain_bytes_where_both_are_spoken) {
  const own_tls terms = made_terms();
  anchor_limits limits;
  limits.read_tls = [&] { return terms.server; };
  limits.takes_plain = true;
  const auto server = start(limits);
  EXPECT_EQ(ask(connect(server), "PING\r\n"), "+PONG\r\n");
  redis_stream stream(context_.get_executor());
  const redis_place there{server.host, server.port, terms.client, {"redis-0.redis"}};
  EXPECT_FALSE(run(context_, stream.reach(there)).has_value());
  run(context_, stream.write("PING\r\n"));
  std::array<char, 64> room{};
  const auto [error, count] = run(context_, stream.read_some(asio::buffer(room)));
  EXPECT_EQ(std::string(room.data(), count), "+PONG\r\n");
}

TEST_F(anchor_server_test, answers_no_plain_bytes_where_tls_alone_is_spoken) {
  const own_tls terms = made_terms();
  anchor_limits limits;
  limits.read_tls = [&] { return terms.server; };
  EXPECT_NE(ask(connect(start(limits)), "PING\r\n"), "+PONG\r\n");
}

TEST_F(anchor_server_test, takes_a_handshake_byte_by_byte) {
  const auto server = start();
  http_test_client& replica = connect(server);
  replica.socket().set_option(asio::ip::tcp::no_delay(true));
  for (const char byte : "PING\r\n" + psync) run(context_, replica.send(std::string(1, byte)));
  EXPECT_EQ(run(context_, replica.receive_until("+CONTINUE\r\n")), "+PONG\r\n+CONTINUE\r\n");
}

TEST_F(anchor_server_test, counts_the_replicas_that_it_holds) {
  const auto server = start();
  connect(server);
  http_test_client& first = connect_and_be_held(server);
  connect_and_be_held(server);
  EXPECT_EQ(server_->held(), 2U);
  first.socket().close();
  pass(20ms);
  EXPECT_EQ(server_->held(), 1U);
}

TEST_F(anchor_server_test, closes_after_garbage) {
  const auto server = start();
  http_test_client& client = connect(server);
  run(context_, client.send("PING\r\n"));
  run(context_, client.send("\x16\x03\x01"));
  EXPECT_EQ(run(context_, client.receive_all()), "+PONG\r\n");
}

TEST_F(anchor_server_test, closes_after_a_command_that_is_too_large) {
  const auto server = start();
  http_test_client& client = connect(server);
  run(context_, client.send("AUTH " + std::string(65 << 10, 'x')));
  EXPECT_EQ(run(context_, client.receive_all()), "");
}

TEST_F(anchor_server_test, closes_a_silent_connection_held_or_not) {
  const auto server = start({.silence = 50ms});
  http_test_client& silent = connect(server);
  http_test_client& replica = connect_and_be_held(server);
  const auto begin = steady_clock::now();
  EXPECT_EQ(run(context_, replica.receive_all()), "");
  EXPECT_GE(steady_clock::now() - begin, 45ms);
  EXPECT_LE(steady_clock::now() - begin, 1s);
  EXPECT_EQ(run(context_, silent.receive_all()), "");
  EXPECT_EQ(server_->held(), 0U);
}

TEST_F(anchor_server_test, keeps_a_replica_that_acknowledges) {
  const auto server = start({.silence = 200ms});
  http_test_client& replica = connect_and_be_held(server);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(run(context_, replica.send(acknowledgement)));
    pass(20ms);
  }
  EXPECT_EQ(server_->held(), 1U);
}

TEST_F(anchor_server_test, closes_a_client_that_does_not_read) {
  const auto server = start({.silence = 100ms});
  http_test_client& client = connect(server);
  std::string questions;
  for (int i = 0; i < 100'000; ++i) questions += "X\r\n";
  bool was_taken = true;
  const auto begin = steady_clock::now();
  while (was_taken && steady_clock::now() - begin < 5s) {
    was_taken = run(context_, client.send(questions));
  }
  EXPECT_FALSE(was_taken);
}

TEST_F(anchor_server_test, a_stranger_makes_room_and_a_replica_does_not) {
  const auto server = start({.connections_max = 3});
  http_test_client& replica = connect_and_be_held(server);
  http_test_client& stranger = connect(server);
  http_test_client& speaker = connect(server);
  EXPECT_EQ(ask(stranger, "PING\r\n"), "+PONG\r\n");
  EXPECT_EQ(ask(speaker, "PING\r\n"), "+PONG\r\n");

  connect_and_be_held(server);
  EXPECT_EQ(run(context_, stranger.receive_all()), "");
  connect_and_be_held(server);
  EXPECT_EQ(run(context_, speaker.receive_all()), "");
  EXPECT_EQ(server_->held(), 3U);

  http_test_client& late = connect(server);
  EXPECT_EQ(run(context_, late.receive_all()), "");
  EXPECT_TRUE(run(context_, replica.send(acknowledgement)));
  EXPECT_EQ(server_->held(), 3U);
}

TEST_F(anchor_server_test, admits_whom_it_is_told_to_admit) {
  std::set<std::string> pods = {"127.0.0.1"};
  std::vector<std::string> asked;
  const auto server = start({.admits = [&](const std::string& address) {
    asked.push_back(address);
    return pods.contains(address);
  }});
  connect_and_be_held(server);
  EXPECT_EQ(run(context_, connect_from("127.0.0.2", server).receive_all()), "");
  EXPECT_EQ(server_->held(), 1U);
  pods.insert("127.0.0.2");
  EXPECT_EQ(ask(connect_from("127.0.0.2", server), psync), "+CONTINUE\r\n");
  EXPECT_THAT(asked, ElementsAre("127.0.0.1", "127.0.0.2", "127.0.0.2"));
}

TEST_F(anchor_server_test, gives_no_place_to_strangers_however_many_they_are) {
  const auto server = start({.connections_max = 2, .admits = [](const std::string& address) {
                               return address == "127.0.0.1";
                             }});
  http_test_client& replica = connect_and_be_held(server);
  for (int i = 0; i < 20; ++i) {
    http_test_client& stranger = connect_from("127.0.0.2", server);
    EXPECT_EQ(run(context_, stranger.receive_all()), "");
  }
  connect_and_be_held(server);
  EXPECT_EQ(server_->held(), 2U);
  EXPECT_TRUE(run(context_, replica.send(acknowledgement)));
}

TEST_F(anchor_server_test, knows_an_ipv4_address_that_comes_over_ipv6) {
  std::string asked;
  server_.emplace(context_, anchor_limits{.admits = [&](const std::string& address) {
                    asked = address;
                    return true;
                  }});
  const auto bound = server_->listen({{"", 0}});
  ASSERT_TRUE(bound);
  connect_and_be_held({"127.0.0.1", bound->at(0).port});
  EXPECT_EQ(asked, "127.0.0.1") << "listens on " << bound->at(0).host;
}

TEST_F(anchor_server_test, holds_as_many_as_a_statefulset_may_have) {
  const auto server = start();
  for (int i = 0; i < 256; ++i) connect_and_be_held(server);
  EXPECT_EQ(server_->held(), 256U);
}

TEST_F(anchor_server_test, listens_on_all_addresses_without_a_host) {
  server_.emplace(context_);
  const auto bound = server_->listen({{"", 0}});
  ASSERT_TRUE(bound);
  connect_and_be_held({"127.0.0.1", bound->at(0).port});
  if (bound->at(0).host == "::") connect_and_be_held({"::1", bound->at(0).port});
}

TEST_F(anchor_server_test, listens_on_all_of_its_addresses_or_on_none) {
  const auto taken = start();
  anchor_server second(context_);
  const auto bound = second.listen({{"127.0.0.1", 0}, taken});
  ASSERT_FALSE(bound);
  EXPECT_THAT(bound.error().text, HasSubstr("listen on " + to_text(taken) + ": "));
}

TEST_F(anchor_server_test, leaves_nothing_behind_when_it_is_stopped) {
  const auto server = start();
  http_test_client& replica = connect_and_be_held(server);
  http_test_client& beginner = connect(server);
  run(context_, beginner.send("PI"));
  server_->stop();
  EXPECT_EQ(server_->held(), 0U);
  EXPECT_EQ(run(context_, replica.receive_all()), "");
  run(context_, beginner.receive_all());
  context_.restart();
  context_.run();  // returns, because nothing of the server's is left
}

TEST_F(anchor_server_test, may_be_destroyed_before_its_replicas_and_with_its_context) {
  connect_and_be_held(start());
  server_.reset();
}

}  // namespace
}  // namespace redis_agent::io
