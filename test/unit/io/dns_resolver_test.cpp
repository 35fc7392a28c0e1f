// dns_resolver against a real DNS server. What servers do that are not well is in
// dns_lies_test.cpp.
#include "io/dns_resolver.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "unit/io/dns_test_servers.hpp"
#include "unit/io/run_coroutine.hpp"
#include "unit/io/temporary_folder.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;

constexpr const char* like_a_pod =
    "nameserver 127.0.0.1\n"
    "search redis.svc.cluster.local svc.cluster.local cluster.local\n"
    "options ndots:5\n";

std::vector<std::string> records() {
  std::vector<std::string> all = {
      "--host-record=redis-master-0.redis-headless.redis.svc.cluster.local,10.0.0.7,fd00::7,30",
      "--host-record=many.local,10.0.0.9,20",
      "--host-record=many.local,10.0.0.10,20",
      "--host-record=many.local,10.0.0.10,20",
      "--host-record=only4.local,10.0.0.4",
      "--host-record=only6.local,fd00::6",
      "--cname=alias.local,only4.local,3",
      "--txt-record=text.local,nothing else",
      "--srv-host=redis-headless.redis.svc.cluster.local,Redis-Slave-1.Redis-Headless.local,6379",
      "--srv-host=redis-headless.redis.svc.cluster.local,redis-master-0.redis-headless.local,6379",
      "--local-ttl=7",
  };
  for (int i = 100; i < 200; ++i) {
    all.push_back("--srv-host=large.local,redis-" + std::to_string(i) +
                  ".redis-headless.local,6379");
  }
  return all;
}

class dns_resolver_test : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<dnsmasq>(records()); }
  static void TearDownTestSuite() { server.reset(); }

  dns_source source(std::string_view resolv_conf) const {
    return {folder_.write("resolv.conf", resolv_conf), server->port()};
  }

  static std::string text(const core::result<core::address_answer>& answer) {
    if (!answer) return answer.error().text;
    std::string all;
    for (const std::string& address : answer->addresses) all += address + " ";
    return all + std::to_string(answer->ttl.count()) + "s";
  }

  static std::string text(const core::result<core::service_answer>& answer) {
    if (!answer) return answer.error().text;
    std::string all;
    for (const core::service_target& target : answer->targets) {
      all += target.host + ":" + std::to_string(target.port) + " ";
    }
    return all + std::to_string(answer->ttl.count()) + "s";
  }

  std::string addresses(const std::string& name) {
    return text(run(context_, resolver_.resolve_addresses(name)));
  }

  std::string service(const std::string& name) {
    return text(run(context_, resolver_.resolve_service(name)));
  }

  inline static std::unique_ptr<dnsmasq> server;
  temporary_folder folder_;
  asio::io_context context_;
  dns_resolver resolver_{context_, 2s, source(like_a_pod)};
};

TEST_F(dns_resolver_test, finds_addresses_of_both_families_by_the_search_list) {
  EXPECT_EQ(addresses("redis-master-0.redis-headless"), "10.0.0.7 fd00::7 30s");
  EXPECT_EQ(addresses("redis-master-0.redis-headless.redis.svc.cluster.local."),
            "10.0.0.7 fd00::7 30s");
  EXPECT_EQ(addresses("REDIS-MASTER-0.redis-headless"), "10.0.0.7 fd00::7 30s");
}

TEST_F(dns_resolver_test, sorts_addresses_and_names_each_once) {
  EXPECT_EQ(addresses("many.local"), "10.0.0.10 10.0.0.9 20s");
}

TEST_F(dns_resolver_test, is_content_with_one_family) {
  EXPECT_EQ(addresses("only4.local"), "10.0.0.4 7s");
  EXPECT_EQ(addresses("only6.local"), "fd00::6 7s");
}

TEST_F(dns_resolver_test, an_alias_has_the_shorter_ttl) {
  EXPECT_EQ(addresses("alias.local"), "10.0.0.4 3s");
}

TEST_F(dns_resolver_test, an_ip_literal_answers_itself) {
  EXPECT_EQ(addresses("10.0.0.1"), "10.0.0.1 2147483647s");
  EXPECT_EQ(addresses("FD00:0::1"), "fd00::1 2147483647s");
}

TEST_F(dns_resolver_test, knows_the_hosts_file) {
  const auto answer = run(context_, resolver_.resolve_addresses("localhost"));
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_THAT(answer->addresses, Contains("127.0.0.1"));
}

TEST_F(dns_resolver_test, finds_a_service_by_the_search_list) {
  EXPECT_EQ(service("redis-headless"),
            "redis-master-0.redis-headless.local:6379 redis-slave-1.redis-headless.local:6379 7s");
  EXPECT_EQ(service("redis-headless.redis.svc.cluster.local."), service("redis-headless"));
}

TEST_F(dns_resolver_test, takes_an_answer_that_needs_tcp) {
  const auto answer = run(context_, resolver_.resolve_service("large.local"));
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->targets.size(), 100U);
  EXPECT_EQ(answer->targets.front().host, "redis-100.redis-headless.local");
}

TEST_F(dns_resolver_test, says_what_was_asked_and_what_there_is_not) {
  EXPECT_EQ(addresses("none.local"), "asked DNS for the addresses of none.local: no such name");
  EXPECT_EQ(service("none.local"), "asked DNS for SRV of none.local: no such name");
  EXPECT_EQ(addresses("text.local"),
            "asked DNS for the addresses of text.local: the name has no such record");
  EXPECT_EQ(service("only4.local"),
            "asked DNS for SRV of only4.local: the name has no such record");
}

TEST_F(dns_resolver_test, does_not_ask_for_what_is_no_name) {
  for (const std::string name : {"", ".", "a..b", "two words", "-a"}) {
    EXPECT_EQ(addresses(name), "asked DNS for the addresses of " + name + ": not a DNS name");
    EXPECT_EQ(service(name), "asked DNS for SRV of " + name + ": not a DNS name");
  }
}

TEST_F(dns_resolver_test, reads_a_resolv_conf_that_has_changed) {
  const dns_source changing = source("nameserver 127.0.0.77\n");  // nobody listens there
  dns_resolver resolver(context_, 2s, changing);
  EXPECT_EQ(text(run(context_, resolver.resolve_addresses("only4.local"))),
            "asked DNS for the addresses of only4.local: no server gave an answer");
  folder_.write("resolv.conf", like_a_pod);
  EXPECT_EQ(text(run(context_, resolver.resolve_addresses("only4.local"))), "10.0.0.4 7s");
}

TEST_F(dns_resolver_test, asks_the_next_server_at_once_when_one_is_not_there) {
  dns_resolver after_nobody(context_, 1h, source("nameserver 127.0.0.77\nnameserver 127.0.0.1\n"));
  EXPECT_EQ(text(run(context_, after_nobody.resolve_addresses("only4.local"))), "10.0.0.4 7s");
}

TEST_F(dns_resolver_test, asks_the_next_server_when_one_is_silent) {
  const asio::ip::udp::endpoint silent_address(asio::ip::make_address("127.0.0.78"),
                                               server->port());
  const asio::ip::udp::socket silent(context_, silent_address);
  dns_resolver after_silence(context_, 30ms,
                             source("nameserver 127.0.0.78\nnameserver 127.0.0.1\n"));
  EXPECT_EQ(text(run(context_, after_silence.resolve_service("large.local"))).substr(0, 9),
            "redis-100");
}

TEST_F(dns_resolver_test, without_a_resolv_conf_asks_this_machine) {
  dns_resolver resolver(context_, 2s, {folder_ / "none", server->port()});
  EXPECT_EQ(text(run(context_, resolver.resolve_addresses("only4.local"))), "10.0.0.4 7s");
}

TEST_F(dns_resolver_test, answers_many_questions_at_once) {
  unsigned answered = 0;
  const auto ask = [&](int number) -> asio::awaitable<void> {
    const auto answer = co_await resolver_.resolve_addresses("only4.local");
    const auto targets =
        co_await resolver_.resolve_service(number % 2 == 0 ? "large.local" : "none");
    if (answer && targets.has_value() == (number % 2 == 0)) ++answered;
  };
  for (int i = 0; i < 50; ++i) asio::co_spawn(context_, ask(i), asio::detached);
  context_.restart();
  context_.run();
  EXPECT_EQ(answered, 50U);
}

class silent_dns_test : public testing::Test {
 protected:
  dns_source source() const {
    return {folder_.write("resolv.conf", "nameserver 127.0.0.1\n"), silent_.port()};
  }

  // Asks both questions and says how they ended.
  static asio::awaitable<void> ask(dns_resolver& resolver, std::vector<std::string>& failures) {
    auto asked = resolver.resolve_addresses("a.local");
    auto asked_too = resolver.resolve_service("b.local");
    failures.push_back((co_await std::move(asked)).error().text);
    failures.push_back((co_await std::move(asked_too)).error().text);
  }

  temporary_folder folder_;
  asio::io_context context_;
  invented_dns_server silent_{context_,
                              [](const std::string&) { return std::vector<std::string>(); }};
};

TEST_F(silent_dns_test, a_question_ends_after_two_tries) {
  dns_resolver resolver(context_, 20ms, source());
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = run(context_, resolver.resolve_service("a.local"));
  EXPECT_EQ(answer.error().text, "asked DNS for SRV of a.local: no answer in time");
  EXPECT_EQ(silent_.questions(), 2U);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 55ms);
}

TEST_F(silent_dns_test, cancelled_questions_end_at_once) {
  dns_resolver resolver(context_, 1h, source());
  std::vector<std::string> failures;
  asio::co_spawn(context_, ask(resolver, failures), asio::detached);
  while (silent_.questions() < 2) context_.run_one();
  resolver.cancel();
  while (failures.empty()) context_.run_one();
  while (silent_.questions() < 3) context_.run_one();
  resolver.cancel();
  while (failures.size() < 2) context_.run_one();
  EXPECT_THAT(failures, ElementsAre("asked DNS for the addresses of a.local: cancelled",
                                    "asked DNS for SRV of b.local: cancelled"));
}

TEST_F(silent_dns_test, destruction_cancels) {
  auto resolver = std::make_unique<dns_resolver>(context_, 1h, source());
  std::string failure;
  const auto ask_once = [&]() -> asio::awaitable<void> {
    failure = (co_await resolver->resolve_addresses("a.local")).error().text;
  };
  asio::co_spawn(context_, ask_once(), asio::detached);
  while (silent_.questions() < 2) context_.run_one();
  resolver.reset();
  while (failure.empty()) context_.run_one();
  EXPECT_EQ(failure, "asked DNS for the addresses of a.local: cancelled");
}

TEST_F(silent_dns_test, a_question_can_be_abandoned_for_a_deadline) {
  using namespace asio::experimental::awaitable_operators;
  dns_resolver resolver(context_, 1h, source());
  const auto ask_for_a_while = [&]() -> asio::awaitable<std::size_t> {
    asio::steady_timer deadline(context_, 20ms);
    const auto ended = co_await (resolver.resolve_addresses("a.local") ||
                                 deadline.async_wait(asio::use_awaitable));
    co_return ended.index();
  };
  EXPECT_EQ(run(context_, ask_for_a_while()), 1U);
}

TEST(dns_resolver_ending, questions_may_outlive_the_loop_that_ran_them) {
  const temporary_folder folder;
  asio::io_context context;
  invented_dns_server silent(context,
                             [](const std::string&) { return std::vector<std::string>(); });
  dns_resolver resolver(context, 1h,
                        {folder.write("resolv.conf", "nameserver 127.0.0.1\n"), silent.port()});
  const auto ask = [&]() -> asio::awaitable<void> {
    const auto never = co_await resolver.resolve_addresses("a.local");
    ADD_FAILURE() << "ended: " << (never ? "answer" : never.error().text);
  };
  asio::co_spawn(context, ask(), asio::detached);
  while (silent.questions() < 2) context.run_one();
}

}  // namespace
}  // namespace redis_agent::io
