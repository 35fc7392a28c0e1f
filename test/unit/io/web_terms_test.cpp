#include "io/web_terms.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <utility>

#include "io/http_client.hpp"
#include "io/http_server.hpp"
#include "unit/io/run_coroutine.hpp"
#include "unit/io/temporary_folder.hpp"
#include "unit/io/test_authority.hpp"

namespace redis_agent::io {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr const char* name = "redis-0.redis";
constexpr const char* with_tls = "tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n";
constexpr const char* with_certificates =
    "tls_server_config: {cert_file: tls.crt, key_file: tls.key, client_ca_file: ca.crt, "
    "client_auth_type: RequireAndVerifyClientCert}\n";
constexpr const char* users =
    "basic_auth_users:\n  agent: $2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n";

// A folder with the files of a pod.
class web_terms_test : public testing::Test {
 protected:
  web_terms_test() {
    settings_.web_config_file = folder_ / "web.yml";
    put(authority_);
  }

  void put(const test_authority& authority) {
    const auto files = authority.issue(name);
    folder_.write("tls.crt", files.certificate);
    folder_.write("tls.key", files.key);
    folder_.write("ca.crt", authority.text());
  }

  core::result<web_terms> read(const std::string& yaml) {
    folder_.write("web.yml", yaml);
    const auto files = read_web_files(settings_);
    if (!files) return files.error();
    return make_web_terms(*files);
  }

  std::string trouble(const std::string& yaml) {
    const auto terms = read(yaml);
    return terms ? "" : terms.error().text;
  }

  temporary_folder folder_;
  test_authority authority_;
  core::settings settings_;
};

TEST_F(web_terms_test, without_tls_and_users_are_none) {
  const auto terms = read("");
  ASSERT_TRUE(terms);
  EXPECT_FALSE(terms->server);
  EXPECT_FALSE(terms->client);
  EXPECT_TRUE(terms->authorization.empty());
}

TEST_F(web_terms_test, have_what_agents_show_each_other) {
  settings_.web_login_file = folder_.write("login", "agent:U*U\n");
  const auto terms = read(std::string(with_tls) + users);
  ASSERT_TRUE(terms) << terms.error().text;
  EXPECT_TRUE(terms->server && terms->client);
  EXPECT_EQ(terms->authorization.reveal(), "Basic YWdlbnQ6VSpV");
  EXPECT_GT(terms->certificate_until, 1'700'000'000);
}

TEST_F(web_terms_test, that_are_wrong_are_named) {
  EXPECT_THAT(trouble("x: 1"), HasSubstr("--web-config-file=" + settings_.web_config_file +
                                         ": line 1: x: not supported"));
  EXPECT_THAT(trouble(users), HasSubstr("expected --web-login-file"));
  settings_.web_login_file = folder_ / "login";
  EXPECT_THAT(trouble(users), HasSubstr("--web-login-file: "));
  folder_.write("login", "hunter2");
  EXPECT_THAT(trouble(users), HasSubstr("expected one line NAME:PASSWORD"));
  EXPECT_THAT(trouble(users), Not(HasSubstr("hunter2")));
  settings_.web_ca_file = folder_ / "nowhere.crt";
  EXPECT_THAT(trouble(with_tls), HasSubstr("expected it in --web-ca-file"));
  settings_.web_ca_file = folder_.write("empty.crt", "no certificate");
  EXPECT_THAT(trouble(with_tls), HasSubstr("the authority of other agents' certificates: "));
  folder_.write("tls.key", authority_.issue(name).key);
  EXPECT_THAT(trouble(with_tls), HasSubstr("key_file: "));
  folder_.write("tls.crt", "no certificate");
  EXPECT_THAT(trouble(with_tls), HasSubstr("cert_file: "));
  settings_.web_config_file = folder_ / "nowhere.yml";
  EXPECT_FALSE(read_web_files(settings_));
}

TEST_F(web_terms_test, a_key_with_a_passphrase_is_refused_and_nobody_is_asked) {
  folder_.write(
      "tls.key",
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n");
  EXPECT_THAT(trouble(with_tls), HasSubstr("key_file: "));
}

TEST_F(web_terms_test, have_a_digest_that_changes_with_each_file) {
  settings_.web_login_file = folder_.write("login", "agent:U*U");
  const std::string yaml = std::string(with_certificates) + users;
  std::string before = read(yaml).value().digest;
  EXPECT_EQ(read(yaml).value().digest, before);
  const auto changes = [&] {
    const auto terms = read(yaml);
    return terms && std::exchange(before, terms->digest) != terms->digest;
  };
  folder_.write("login", "agent:other");
  EXPECT_TRUE(changes());
  put(authority_);
  EXPECT_TRUE(changes());
  folder_.write("ca.crt", authority_.text() + "\n");
  EXPECT_TRUE(changes());
  EXPECT_NE(read(yaml + "# changed").value().digest, before);
}

// A server on such terms, and clients that come to it.
class secured_server : public web_terms_test {
 protected:
  void serve(const std::string& yaml) {
    terms_ = read(yaml).value();
    server_ = std::make_unique<http_server>(context_, [](const core::http_request& request) {
      core::http_answer answer;
      answer.body = request.is_certified ? "certified" : "plain";
      answer.body += std::string(request.authorization.reveal());
      return answer;
    });
    server_->secure([this] { return terms_.server; });
    address_ = server_->listen({{"127.0.0.1", 0}}).value().at(0);
  }

  std::string ask(http_peer peer) {
    peer.address = address_;
    const auto answer = run(context_, http_get(std::move(peer), "/", 5s));
    return answer ? answer->body : answer.error().text;
  }

  boost::asio::io_context context_;
  web_terms terms_;
  std::unique_ptr<http_server> server_;
  core::endpoint address_;
};

TEST_F(secured_server, answers_who_trusts_it) {
  serve(with_tls);
  EXPECT_EQ(ask({.tls = terms_.client, .names = {name}}), "plain");
  EXPECT_EQ(ask({.tls = terms_.client, .names = {"redis-0", name}}), "plain");
  EXPECT_EQ(ask({.tls = terms_.client, .names = {name}, .authorization = core::secret("-x")}),
            "plain-x");
}

TEST_F(secured_server, is_not_believed_as_somebody_else) {
  serve(with_tls);
  const std::string answer = ask({.tls = terms_.client, .names = {"redis-1.redis"}});
  EXPECT_THAT(answer, HasSubstr("GET https://"));
  EXPECT_THAT(answer, HasSubstr("its certificate is not trusted: hostname mismatch"));
  EXPECT_THAT(answer, HasSubstr("redis-1.redis"));
}

TEST_F(secured_server, is_not_believed_with_another_authority) {
  serve(with_tls);
  put(test_authority());
  const auto others = read(with_tls).value();
  EXPECT_THAT(ask({.tls = others.client, .names = {name}}), HasSubstr("is not trusted"));
}

TEST_F(secured_server, has_nothing_for_who_comes_without_tls) {
  serve(with_tls);
  EXPECT_THAT(ask({}), HasSubstr("GET http://"));
}

// A kubelet shows none: the page decides.
TEST_F(secured_server, sees_who_has_shown_a_certificate) {
  serve(with_certificates);
  EXPECT_EQ(ask({.tls = terms_.client, .names = {name}}), "certified");
  const auto without = read(with_tls).value();
  EXPECT_EQ(ask({.tls = without.client, .names = {name}}), "plain");
}

TEST_F(secured_server, does_not_go_on_with_a_certificate_of_a_stranger) {
  serve(with_certificates);
  const std::string authority = folder_.write("server-ca.crt", authority_.text());
  put(test_authority());
  settings_.web_ca_file = authority;
  const auto stranger = read(with_certificates).value();
  const std::string answer = ask({.tls = stranger.client, .names = {name}});
  EXPECT_THAT(answer, HasSubstr("GET https://"));
}

TEST_F(secured_server, takes_new_terms_for_new_connections) {
  serve(with_tls);
  const auto before = terms_;
  const test_authority next;
  put(next);
  terms_ = read(with_tls).value();
  EXPECT_EQ(ask({.tls = terms_.client, .names = {name}}), "plain");
  EXPECT_THAT(ask({.tls = before.client, .names = {name}}), HasSubstr("is not trusted"));
}

// Who connects and says nothing is cut off like one who sends no request.
TEST_F(secured_server, does_not_wait_for_ever_for_a_handshake) {
  terms_ = read(with_tls).value();
  http_server server(context_, [](const core::http_request&) { return core::http_answer(); },
                     {.slow = 50ms});
  server.secure([this] { return terms_.server; });
  const auto address = server.listen({{"127.0.0.1", 0}}).value().at(0);
  boost::asio::ip::tcp::socket silent(context_);
  silent.connect({boost::asio::ip::make_address(address.host), address.port});
  const auto wait_for_end = [](boost::asio::ip::tcp::socket& socket)
      -> boost::asio::awaitable<boost::system::error_code> {
    std::array<char, 16> room{};
    const auto [error, count] = co_await socket.async_read_some(
        boost::asio::buffer(room), boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return error;
  };
  EXPECT_EQ(run(context_, wait_for_end(silent)), boost::asio::error::eof);
}

}  // namespace
}  // namespace redis_agent::io
