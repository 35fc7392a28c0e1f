#include "core/reporting/web_access.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

namespace redis_agent::core {
namespace {

using testing::HasSubstr;
using testing::Not;

http_request with_authorization(std::string value) {
  return {.method = "GET", .target = "/metrics", .authorization = secret(std::move(value))};
}

web_config with_users() { return {.users = {{"anna", "hash of anna"}, {"ben", "hash of ben"}}}; }

unsigned status_for(const web_config& config, const http_request& request) {
  const auto refused = refuse_access(config, request);
  return refused ? refused->status : 0;
}

TEST(authorization, is_read_as_basic) {
  const auto login = read_authorization(secret("Basic YW5uYTpwYXNzOndvcmQ="));
  ASSERT_TRUE(login);
  EXPECT_EQ(login->user, "anna");
  EXPECT_EQ(login->password.reveal(), "pass:word");
  EXPECT_TRUE(read_authorization(secret("bASIC YW5uYTpwYXNzOndvcmQ=")));
}

TEST(authorization, of_another_kind_is_none) {
  for (const char* value : {"", "Basic", "Basic ", "Bearer YW5uYTpwYXNz", "Basic YW5uYQ==",
                            "Basic YW5uYTpwYXNz=", "Basic anna:pass", "YW5uYTpwYXNz"}) {
    EXPECT_FALSE(read_authorization(secret(value))) << value;
  }
}

// bcrypt reads up to a NUL: whatever follows it would be a password, too.
TEST(authorization, has_no_nul) {
  const secret shown = write_authorization({"anna", secret(std::string("pass\0more", 9))});
  EXPECT_FALSE(read_authorization(shown));
}

TEST(authorization, comes_back_as_it_went) {
  const auto login = read_authorization(write_authorization({"anna", secret("p\xc3\xa4ss:")}));
  ASSERT_TRUE(login);
  EXPECT_EQ(login->user, "anna");
  EXPECT_EQ(login->password.reveal(), "p\xc3\xa4ss:");
}

TEST(web_login_file, is_one_line) {
  const auto login = parse_web_login("agent:a:b\n", "/f");
  ASSERT_TRUE(login);
  EXPECT_EQ(login->user, "agent");
  EXPECT_EQ(login->password.reveal(), "a:b");
  for (const char* text : {"", "\n", "secret", ":secret", "agent:", "agent:secret\nmore\n"}) {
    const auto refused = parse_web_login(text, "/f");
    ASSERT_FALSE(refused) << text;
    EXPECT_THAT(refused.error().text, HasSubstr("/f"));
    EXPECT_THAT(refused.error().text, Not(HasSubstr("secret")));
  }
}

TEST(access, is_everybodys_where_nothing_is_asked) {
  EXPECT_EQ(status_for({}, with_authorization("")), 0U);
  EXPECT_EQ(status_for({}, with_authorization("Bearer x")), 0U);
}

TEST(access, needs_a_login_where_there_are_users) {
  EXPECT_EQ(status_for(with_users(), with_authorization("")), 401U);
  EXPECT_EQ(status_for(with_users(), with_authorization("Bearer x")), 401U);
  EXPECT_EQ(status_for(with_users(), with_authorization("Basic YW5uYTpwYXNz")), 0U);
  const http_answer refused = refuse_login();
  EXPECT_EQ(refused.headers.front().first, "WWW-Authenticate");
}

TEST(access, needs_a_certificate_where_one_is_required) {
  for (const auto clients :
       {client_certificates::none, client_certificates::if_given, client_certificates::required}) {
    const web_config config{.clients = clients};
    http_request request = with_authorization("");
    EXPECT_EQ(status_for(config, request), clients == client_certificates::required ? 403U : 0U);
    request.is_certified = true;
    EXPECT_EQ(status_for(config, request), 0U);
  }
}

TEST(access, needs_both_where_both_are_asked) {
  web_config config = with_users();
  config.clients = client_certificates::required;
  http_request request = with_authorization("Basic YW5uYTpwYXNz");
  EXPECT_EQ(status_for(config, request), 403U);
  request.is_certified = true;
  EXPECT_EQ(status_for(config, request), 0U);
  request.authorization = {};
  EXPECT_EQ(status_for(config, request), 401U);
}

TEST(password_question, is_about_the_hash_of_the_user) {
  const auto question = question_of(with_users(), {"ben", secret("x")}, "salt");
  EXPECT_TRUE(question.is_known);
  EXPECT_EQ(question.hash, "hash of ben");
}

// The hash of somebody else is compared, the same one each time, and not the same one for all.
TEST(password_question, takes_as_long_for_a_stranger) {
  std::set<std::string> hashes;
  for (int i = 0; i < 64; ++i) {
    const web_login stranger{"stranger " + std::to_string(i), secret("x")};
    const auto question = question_of(with_users(), stranger, "salt");
    EXPECT_FALSE(question.is_known);
    EXPECT_EQ(question.hash, question_of(with_users(), stranger, "salt").hash);
    hashes.insert(question.hash);
  }
  EXPECT_EQ(hashes, (std::set<std::string>{"hash of anna", "hash of ben"}));
}

TEST(password_question, has_a_mark_of_its_own) {
  const auto mark = [](const std::string& user, const std::string& password,
                       const std::string& salt = "salt") {
    return question_of(with_users(), {user, secret(password)}, salt).mark;
  };
  EXPECT_EQ(mark("anna", "x"), mark("anna", "x"));
  EXPECT_NE(mark("anna", "x"), mark("anna", "y"));
  EXPECT_NE(mark("anna", "x"), mark("ben", "x"));
  EXPECT_NE(mark("anna", "x"), mark("anna", "x", "another salt"));
  web_config changed = with_users();
  changed.users["anna"] = "another hash";
  EXPECT_NE(mark("anna", "x"), question_of(changed, {"anna", secret("x")}, "salt").mark);
}

}  // namespace
}  // namespace redis_agent::core
