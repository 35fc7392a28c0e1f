// How redis_link gives orders, against a server that is invented. What real servers do is in
// test/integration/redis_link_test.py.
#include "io/redis_link.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "unit/io/run_coroutine.hpp"
#include "wire/resp.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

// Answers whatever it is asked, and notes what it was told to do.
class invented_redis {
 public:
  explicit invented_redis(asio::io_context& context)
      : acceptor_(context, {asio::ip::address_v4::loopback(), 0}), socket_(context) {
    asio::co_spawn(context, serve(), asio::detached);
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  const std::vector<std::string>& orders() const { return orders_; }

 private:
  asio::awaitable<void> serve() {
    const auto completion = asio::as_tuple(asio::use_awaitable);
    const auto [refused] = co_await acceptor_.async_accept(socket_, completion);
    if (refused) co_return;
    wire::resp_reader reader;
    std::array<char, 4096> bytes{};
    while (true) {
      const auto [error, count] = co_await socket_.async_read_some(asio::buffer(bytes), completion);
      if (error) co_return;
      reader.feed({bytes.data(), count});
      std::string answers;
      while (const auto asked = reader.next()) answers += answer(*asked);
      const auto [broken, sent] =
          co_await asio::async_write(socket_, asio::buffer(answers), completion);
      if (broken) co_return;
    }
  }

  std::string answer(const wire::resp_value& asked) {
    const std::string first = asked.items.at(0).text;
    const std::string second = asked.items.size() > 1 ? asked.items.at(1).text : "";
    if (first == "INFO") {
      if (second == "replication") return bulk("role:master\r\n");
      if (second == "server") return bulk("redis_version:7.0.15\r\nrun_id:abc\r\n");
      return bulk("loading:0\r\n");
    }
    if (first == "REPLICAOF") orders_.push_back(first + " " + second);
    return "+OK\r\n";
  }

  tcp::acceptor acceptor_;
  tcp::socket socket_;
  std::vector<std::string> orders_;
};

class redis_link_test : public testing::Test {
 protected:
  redis_link_test() {
    asio::co_spawn(context_, link_.run(), asio::detached);
    link_.aim_at({"127.0.0.1"}, server_.port());
    wait_for_reports(1);
  }
  ~redis_link_test() override {
    link_.stop();
    context_.restart();
    context_.run_for(50ms);
  }

  void wait_for(const unsigned& seen, unsigned more) {
    const unsigned enough = seen + more;
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (seen < enough && std::chrono::steady_clock::now() < end) {
      context_.restart();
      context_.run_one_for(100ms);
    }
    ASSERT_GE(seen, enough) << "the server was not asked";
  }
  void wait_for_reports(unsigned more) { wait_for(reports_, more); }

  void hear(const core::event& e) {
    if (std::holds_alternative<core::reported>(e)) ++reports_;
    if (std::holds_alternative<core::answered>(e)) ++answers_;
    if (const auto* const order = std::get_if<core::ordered>(&e)) {
      ordered_.push_back(order->pod + ": " + order->order);
    }
  }

  asio::io_context context_;
  invented_redis server_{context_};
  bool is_wanted_ = true;
  unsigned reports_ = 0;
  unsigned answers_ = 0;
  std::vector<std::string> ordered_;
  redis_link link_{context_,
                   {core::peer::pod, "redis-slave-0"},
                   {.poll_interval = 1h, .detail_interval = 1h, .reply_budget = 5s},
                   {.read_login = [] { return core::result<wire::login>(wire::login{}); },
                    .tell = [this](const core::event& e) { hear(e); },
                    .is_still_wanted = [this](const core::order&) { return is_wanted_; }}};
  const core::order order_{
      core::peer::pod, "redis-slave-0", {core::step::follow}, {"10.0.0.1", 9122}};
};

TEST_F(redis_link_test, sends_an_order_at_once_and_tells_that_it_has_left) {
  EXPECT_TRUE(link_.give(order_));
  EXPECT_FALSE(link_.give(order_)) << "one at a time";
  wait_for_reports(1);
  EXPECT_THAT(server_.orders(), ElementsAre("REPLICAOF 10.0.0.1"));
  EXPECT_THAT(ordered_, ElementsAre("redis-slave-0: REPLICAOF 10.0.0.1 9122"));
  EXPECT_TRUE(link_.give(order_)) << "its outcome has been seen";
}

TEST_F(redis_link_test, does_not_send_what_is_wanted_no_more_and_asks_all_the_same) {
  EXPECT_TRUE(link_.give(order_));
  is_wanted_ = false;
  wait_for_reports(1);
  EXPECT_THAT(server_.orders(), IsEmpty());
  EXPECT_THAT(ordered_, IsEmpty());
  is_wanted_ = true;
  EXPECT_TRUE(link_.give(order_)) << "the one before is dropped";
  wait_for_reports(1);
  EXPECT_THAT(server_.orders(), ElementsAre("REPLICAOF 10.0.0.1"));
}

TEST_F(redis_link_test, does_not_wait_for_the_end_of_an_interval_that_has_become_shorter) {
  link_.set_poll_interval(30min);
  wait_for_reports(1);
  link_.set_poll_interval(20min);
  wait_for_reports(1);
}

TEST_F(redis_link_test, asks_for_all_no_more_often_than_it_is_to) {
  link_.set_whole_interval(1h);
  link_.set_poll_interval(1ms);
  wait_for(answers_, 3);
  EXPECT_EQ(reports_, 1U) << "that of the connection's beginning";
  EXPECT_TRUE(link_.give(order_));
  wait_for_reports(1);
  EXPECT_THAT(server_.orders(), ElementsAre("REPLICAOF 10.0.0.1")) << "with all that was asked";
  link_.set_whole_interval(0ms);
  wait_for_reports(2);
}

}  // namespace
}  // namespace redis_agent::io
