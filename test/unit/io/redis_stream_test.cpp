// A server and a client, each by redis_stream, over TCP, TLS and a unix socket. With real servers
// it is in test/integration/tls_*_test.py.
#include "io/redis_stream.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "io/certificate_files.hpp"
#include "unit/io/made_certificates.hpp"
#include "unit/io/run_coroutine.hpp"
#include "unit/io/temporary_folder.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using core::link_condition;
using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

const made_certificate authority = make_authority();
const made_certificate stranger = make_authority();

own_tls terms_of(made_certificate::wanted w, const made_certificate& above = authority) {
  if (w.names.empty()) w.names = "DNS:redis-0.redis,IP:127.0.0.1";
  const made_certificate own(w, &above);
  auto made = make_tls({own.text(), core::secret(own.key()), authority.text()});
  if (!made) throw std::runtime_error(made.error().text);
  return *made;
}

class redis_stream_test : public testing::Test {
 protected:
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  // One client, whose bytes come back to it.
  asio::awaitable<void> echo_by_tls(tls_terms terms) {
    auto [refused, socket] = co_await acceptor_.async_accept(completion);
    if (refused) co_return;
    redis_stream stream(context_.get_executor(), std::move(socket));
    const auto trouble = co_await stream.welcome(std::move(terms));
    if (trouble) {
      refused_as_ = trouble->condition;
      kept_.push_back(std::move(stream));  // whose end would overtake its last words
      co_return;
    }
    std::array<char, 64> bytes{};
    while (true) {
      const auto [error, count] = co_await stream.read_some(asio::buffer(bytes));
      if (error) co_return;
      heard_ += std::string(bytes.data(), count);
      (void)co_await stream.write({bytes.data(), count});
    }
  }

  // Says that whatever it hears first, in plain; "" hangs up.
  asio::awaitable<void> say_in_plain(std::string text) {
    auto [refused, socket] = co_await acceptor_.async_accept(completion);
    std::array<char, 4096> bytes{};
    (void)co_await socket.async_read_some(asio::buffer(bytes), completion);
    (void)co_await asio::async_write(socket, asio::buffer(text), completion);
  }

  asio::awaitable<void> accept_in_silence() {
    auto [refused, socket] = co_await acceptor_.async_accept(completion);
    std::array<char, 512> bytes{};
    while (true) {
      const auto [error, count] = co_await socket.async_read_some(asio::buffer(bytes), completion);
      if (error) co_return;
    }
  }

  asio::awaitable<void> pause(core::duration length) {
    asio::steady_timer timer(context_, length);
    co_await timer.async_wait(asio::use_awaitable);
  }

  void serve(asio::awaitable<void> work) {
    asio::co_spawn(context_, std::move(work), asio::detached);
  }

  std::optional<stream_trouble> reach(redis_stream& stream, const tls_terms& terms,
                                      std::vector<std::string> names) {
    return run(context_, stream.reach({"127.0.0.1", port(), terms, std::move(names)}));
  }

  link_condition condition_with(const own_tls& servers, std::vector<std::string> names) {
    serve(echo_by_tls(servers.server));
    redis_stream stream(context_.get_executor());
    const auto trouble = reach(stream, client_.client, std::move(names));
    return trouble ? trouble->condition : link_condition::up;
  }

  // "" and the error's judgement, or what has come.
  std::pair<std::string, link_condition> ask(redis_stream& stream, const std::string& text) {
    (void)run(context_, stream.write(text));
    std::array<char, 64> bytes{};
    const auto [error, count] = run(context_, stream.read_some(asio::buffer(bytes)));
    if (error) return {"", redis_stream::judge(error).condition};
    return {std::string(bytes.data(), count), link_condition::up};
  }

  asio::io_context context_;
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  const own_tls client_ = terms_of({});
  std::string heard_;
  std::optional<link_condition> refused_as_;
  std::vector<redis_stream> kept_;
};

TEST_F(redis_stream_test, brings_bytes_by_tls_to_who_has_one_of_the_names) {
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"redis-0.redis.svc", "redis-0.redis"},
        std::vector<std::string>{"127.0.0.1"}}) {
    const made_certificate own({.names = "DNS:redis-0.redis,IP:127.0.0.1"}, &authority);
    serve(echo_by_tls(make_tls(files_of(own, authority))->server));
    redis_stream stream(context_.get_executor());
    stream.expires_after(5s);
    const auto trouble = reach(stream, client_.client, names);
    EXPECT_FALSE(trouble) << trouble->detail;
    EXPECT_EQ(ask(stream, "PING\r\n").first, "PING\r\n");
    EXPECT_EQ(stream.shown_certificate(), look_into(files_of(own, authority)).fingerprint);
    EXPECT_EQ(stream.shown_until(), own.ends());
    EXPECT_EQ(stream.own_address(), "127.0.0.1");
  }
}

TEST_F(redis_stream_test, says_nothing_to_who_is_not_asked_for) {
  EXPECT_EQ(condition_with(terms_of({}), {"redis-1.redis"}), link_condition::certificate_name);
  EXPECT_EQ(condition_with(terms_of({}), {"127.0.0.2"}), link_condition::certificate_name);
  EXPECT_EQ(condition_with(terms_of({.names = "DNS:*.redis"}), {"redis-0.redis"}),
            link_condition::certificate_name)
      << "a star for a whole domain";
  EXPECT_EQ(condition_with(terms_of({.names = "DNS:*.redis.svc"}), {"redis-0.redis.svc"}),
            link_condition::up);
  EXPECT_EQ(condition_with(terms_of({}, stranger), {"redis-0.redis"}),
            link_condition::certificate_untrusted);
  EXPECT_EQ(condition_with(terms_of({.until = -10}), {"redis-0.redis"}),
            link_condition::certificate_expired);
  EXPECT_EQ(condition_with(terms_of({.from = 1000}), {"redis-0.redis"}),
            link_condition::certificate_expired);
  EXPECT_EQ(condition_with(terms_of({.usages = "clientAuth"}), {"redis-0.redis"}),
            link_condition::certificate_usage);
  EXPECT_EQ(heard_, "");
}

TEST_F(redis_stream_test, asks_nobody_without_a_name) {
  EXPECT_EQ(condition_with(terms_of({}), {}), link_condition::tls_failed);
  EXPECT_EQ(heard_, "");
}

// By TLS 1.3 a client hears that where it first reads.
TEST_F(redis_stream_test, hears_that_its_own_certificate_is_refused) {
  serve(echo_by_tls(terms_of({}).server));
  redis_stream stream(context_.get_executor());
  stream.expires_after(5s);
  ASSERT_FALSE(reach(stream, terms_of({}, stranger).client, {"redis-0.redis"}));
  EXPECT_EQ(ask(stream, "PING\r\n").second, link_condition::certificate_refused);
  EXPECT_EQ(refused_as_, link_condition::certificate_untrusted);
}

TEST_F(redis_stream_test, tells_plain_tcp_from_a_close_and_from_silence) {
  redis_stream answered(context_.get_executor());
  serve(say_in_plain("-ERR unknown command\r\n"));
  EXPECT_EQ(reach(answered, client_.client, {"a"})->condition, link_condition::no_tls);

  redis_stream closed(context_.get_executor());
  serve(say_in_plain(""));
  EXPECT_EQ(reach(closed, client_.client, {"a"})->condition, link_condition::closed);
  EXPECT_TRUE(closed.is_open()) << "the other side has ended it";

  redis_stream silent(context_.get_executor());
  serve(accept_in_silence());
  silent.expires_after(50ms);
  EXPECT_EQ(reach(silent, client_.client, {"a"})->condition, link_condition::closed);
  EXPECT_FALSE(silent.is_open()) << "its time is over";
}

TEST_F(redis_stream_test, shows_whatever_certificate_there_is_to_who_looks) {
  const made_certificate own({.names = "DNS:elsewhere", .until = -10}, &authority);
  serve(echo_by_tls(make_tls(files_of(own, authority))->server));
  redis_stream stream(context_.get_executor());
  stream.expires_after(5s);
  ASSERT_FALSE(run(context_, stream.open("127.0.0.1", port())));
  EXPECT_FALSE(run(context_, stream.peek(client_.client)));
  EXPECT_EQ(stream.shown_until(), own.ends());
}

TEST_F(redis_stream_test, takes_a_socket_that_is_not_there_for_a_closed_port) {
  const temporary_folder folder;
  const std::string path = folder / "redis.sock";
  redis_stream stream(context_.get_executor());
  EXPECT_EQ(run(context_, stream.open(path, 0)), asio::error::connection_refused);
  asio::local::stream_protocol::acceptor acceptor(context_, path);
  EXPECT_FALSE(run(context_, stream.open(path, 0)));
  EXPECT_EQ(stream.own_address(), "");
  EXPECT_EQ(stream.shown_certificate(), "");
  const std::uint16_t closed = port();
  acceptor_.close();
  redis_stream other(context_.get_executor());
  EXPECT_EQ(run(context_, other.open("127.0.0.1", closed)), asio::error::connection_refused);
}

TEST_F(redis_stream_test, counts_its_time_anew) {
  serve(accept_in_silence());
  redis_stream stream(context_.get_executor());
  stream.expires_after(20ms);
  ASSERT_FALSE(run(context_, stream.open("127.0.0.1", port())));
  stream.expires_after(1h);
  run(context_, pause(60ms));
  EXPECT_TRUE(stream.is_open());
  stream.close();
  EXPECT_FALSE(stream.is_open());
}

}  // namespace
}  // namespace redis_agent::io
