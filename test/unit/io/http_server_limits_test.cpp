// What http_server does to clients that are slow, idle or too many, and on what it listens.
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <optional>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include "io/http_server.hpp"
#include "unit/io/http_test_client.hpp"
#include "unit/io/in_child.hpp"
#include "unit/io/run_coroutine.hpp"

namespace {

bool descriptors_are_left = true;

}  // namespace

// What the server calls to accept, which here can be told that no descriptor is left. Using them up
// in earnest leaves none for the sanitizers, which open pipes to look at memory.
extern "C" int accept(int listening, sockaddr* address, socklen_t* size) {
  if (descriptors_are_left) return ::accept4(listening, address, size, 0);
  errno = EMFILE;
  return -1;
}

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

const std::string request = "GET /ok HTTP/1.1\r\n\r\n";

core::http_answer answer(const core::http_request& asked) {
  core::http_answer answer;
  answer.body = asked.target == "/large" ? std::string(32 << 20, 'x') : "ok";
  return answer;
}

core::endpoint listen(http_server& server) {
  return server.listen({{"127.0.0.1", 0}}).value().at(0);
}

asio::awaitable<std::string> ask(http_test_client& client) {
  std::string text = request;
  std::string end = "ok";
  co_await client.send(std::move(text));
  co_return co_await client.receive_until(std::move(end));
}

asio::awaitable<bool> connect_and_ask(asio::io_context& context, core::endpoint address) {
  http_test_client client(context);
  co_await client.connect(std::move(address));
  const std::string received = co_await ask(client);
  co_return received.ends_with("ok");
}

TEST(http_server_limits, a_client_that_says_nothing_is_cut_off) {
  asio::io_context context;
  http_server server(context, answer, {.slow = 50ms, .idle = 10s});
  http_test_client client(context);
  run(context, client.connect(listen(server)));
  const auto begin = steady_clock::now();
  EXPECT_EQ(run(context, client.receive_all()), "");
  EXPECT_GE(steady_clock::now() - begin, 45ms);
  EXPECT_LE(steady_clock::now() - begin, 1s);
}

TEST(http_server_limits, a_client_may_be_idle_for_longer_between_two_requests) {
  asio::io_context context;
  http_server server(context, answer, {.slow = 20ms, .idle = 150ms});
  http_test_client client(context);
  run(context, client.connect(listen(server)));
  EXPECT_THAT(run(context, ask(client)), EndsWith("ok"));
  const auto begin = steady_clock::now();
  EXPECT_EQ(run(context, client.receive_all()), "");
  EXPECT_GE(steady_clock::now() - begin, 145ms);
}

TEST(http_server_limits, a_request_that_has_begun_is_not_idle) {
  asio::io_context context;
  http_server server(context, answer, {.slow = 50ms, .idle = 1h});
  http_test_client client(context);
  run(context, client.connect(listen(server)));
  EXPECT_THAT(run(context, ask(client)), EndsWith("ok"));
  EXPECT_TRUE(run(context, client.send("GET /o")));
  EXPECT_THAT(run(context, client.receive_all()), StartsWith("HTTP/1.1 408 "));
}

// A byte now and then does not buy time.
TEST(http_server_limits, a_client_that_trickles_is_cut_off) {
  asio::io_context context;
  http_server server(context, answer, {.slow = 60ms});
  http_test_client client(context);
  const auto trickle = [&](core::endpoint address) -> asio::awaitable<std::string> {
    co_await client.connect(address);
    asio::steady_timer pause(context);
    while (true) {
      std::string byte = "G";
      if (!co_await client.send(std::move(byte))) co_return co_await client.receive_all();
      pause.expires_after(5ms);
      co_await pause.async_wait(asio::use_awaitable);
    }
  };
  const auto begin = steady_clock::now();
  run(context, trickle(listen(server)));
  EXPECT_LE(steady_clock::now() - begin, 2s);
}

TEST(http_server_limits, a_client_that_does_not_read_is_cut_off_and_holds_up_nobody) {
  asio::io_context context;
  http_server server(context, answer, {.slow = 100ms});
  const auto address = listen(server);
  http_test_client client(context);
  run(context, client.connect(address));
  EXPECT_TRUE(run(context, client.send("GET /large HTTP/1.1\r\n\r\n")));
  EXPECT_TRUE(run(context, connect_and_ask(context, address)));

  asio::steady_timer timer(context, 250ms);
  run(context, timer.async_wait(asio::use_awaitable));
  EXPECT_LT(run(context, client.receive_all()).size(), std::size_t{32} << 20);
}

TEST(http_server_limits, the_longest_waiting_client_makes_room_for_a_new_one) {
  asio::io_context context;
  http_server server(context, answer, {.connections_max = 3});
  const auto address = listen(server);
  std::vector<http_test_client> clients;
  for (int i = 0; i < 3; ++i) run(context, clients.emplace_back(context).connect(address));
  EXPECT_THAT(run(context, ask(clients[0])), EndsWith("ok"));  // now the second waits longest

  EXPECT_TRUE(run(context, connect_and_ask(context, address)));
  EXPECT_EQ(run(context, clients[1].receive_all()), "");
  EXPECT_THAT(run(context, ask(clients[0])), EndsWith("ok"));
  EXPECT_THAT(run(context, ask(clients[2])), EndsWith("ok"));
}

TEST(http_server_limits, a_crowd_of_silent_clients_does_not_shut_others_out) {
  asio::io_context context;
  http_server server(context, answer);
  const auto address = listen(server);
  std::vector<http_test_client> crowd;
  for (int i = 0; i < 300; ++i) run(context, crowd.emplace_back(context).connect(address));
  EXPECT_TRUE(run(context, connect_and_ask(context, address)));
}

// The silent client is accepted, then no descriptor is left; the second client waits in the queue.
TEST(http_server_limits, without_descriptors_a_silent_client_makes_room) {
  asio::io_context context;
  http_server server(context, answer, {.slow = 1h});
  const auto address = listen(server);
  http_test_client silent(context);
  run(context, silent.connect(address));
  context.poll();
  descriptors_are_left = false;
  http_test_client second(context);
  run(context, second.connect(address));
  EXPECT_EQ(run(context, silent.receive_all()), "");
  descriptors_are_left = true;
  EXPECT_THAT(run(context, ask(second)), EndsWith("ok"));
}

TEST(http_server_limits, without_descriptors_it_waits_and_does_not_spin) {
  asio::io_context context;
  http_server server(context, answer);
  const auto address = listen(server);
  descriptors_are_left = false;
  http_test_client client(context);
  run(context, client.connect(address));
  std::size_t steps = 0;
  const auto end = steady_clock::now() + 250ms;
  while (steady_clock::now() < end) steps += context.run_one_until(end);
  EXPECT_LE(steps, 20U);
  descriptors_are_left = true;
  EXPECT_THAT(run(context, ask(client)), EndsWith("ok"));
}

TEST(http_server_listen, all_addresses_are_those_of_both_families) {
  asio::io_context context;
  http_server server(context, answer);
  const auto port = server.listen({{"", 0}}).value().at(0).port;
  EXPECT_TRUE(run(context, connect_and_ask(context, {"127.0.0.1", port})));
  EXPECT_TRUE(run(context, connect_and_ask(context, {"::1", port})));
}

TEST(http_server_listen, each_family_may_have_an_address_of_its_own) {
  asio::io_context context;
  http_server server(context, answer);
  const auto port = server.listen({{"::", 0}}).value().at(0).port;
  EXPECT_TRUE(server.listen({{"0.0.0.0", port}}));
  EXPECT_TRUE(run(context, connect_and_ask(context, {"127.0.0.1", port})));
  EXPECT_TRUE(run(context, connect_and_ask(context, {"::1", port})));
}

// What a kernel without IPv6 says to socket(AF_INET6, ...), said by a filter.
bool forbid_ipv6() {
  const auto number_of_call = static_cast<unsigned>(offsetof(seccomp_data, nr));
  const auto first_argument = static_cast<unsigned>(offsetof(seccomp_data, args));
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number_of_call),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, first_argument),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog program{sizeof(steps) / sizeof(steps[0]), steps};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST(http_server_listen, all_addresses_are_those_of_ipv4_where_there_is_no_ipv6) {
  const auto result = in_child([]() -> std::string {
    if (!forbid_ipv6()) return "cannot filter";
    asio::io_context context;
    http_server server(context, answer);
    const auto bound = server.listen({{"", 0}}).value().at(0);
    const bool is_served = run(context, connect_and_ask(context, {"127.0.0.1", bound.port}));
    return bound.host + (is_served ? " is served" : "");
  });
  EXPECT_EQ(result, "0.0.0.0 is served");
}

TEST(http_server_listen, a_failure_names_the_address_and_leaves_none_bound) {
  asio::io_context context;
  http_server first(context, answer);
  const auto taken = listen(first);
  http_server second(context, answer);
  const auto free_port = second.listen({{"::1", 0}}).value().at(0).port;
  second.stop();
  context.poll();

  const auto failed = second.listen({{"::1", free_port}, taken});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().text, "listen on " + to_text(taken) + ": Address already in use");
  EXPECT_TRUE(second.listen({{"::1", free_port}}));
  EXPECT_THAT(second.listen({{"192.0.2.99", 9121}}).error().text,
              StartsWith("listen on 192.0.2.99:9121: "));
  EXPECT_THAT(second.listen({{"name", 9121}}).error().text, HasSubstr("listen on name:9121: "));
}

}  // namespace
}  // namespace redis_agent::io
