#include "wire/quoted_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

#include "wire/conversation.hpp"
#include "wire/side_questions.hpp"

namespace redis_agent::wire {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string hush = "it's a \"secret\"";
const std::string hash(64, 'a');

std::vector<command> commands_with_secrets() {
  return {{"AUTH", hush},
          {"AUTH", "agent", hush},
          {"ACL", "SETUSER", "default", "#" + hash},
          {"ACL", "SETUSER", "default", "!" + hash},
          {"CONFIG", "SET", "masterauth", hush},
          {"CONFIG", "SET", "requirepass", hush}};
}

// As each server since 5.0 quotes what it does not know, and as they cut that short.
std::vector<std::string> errors_about(const command& sent) {
  std::vector<std::string> errors;
  for (const char quote : {'\'', '`', '"'}) {
    const auto quoted = [&](const std::string& text) { return quote + text + quote; };
    std::string all = "ERR unknown command " + quoted(sent[0]) + ", with args beginning with: ";
    for (std::size_t i = 1; i < sent.size(); ++i) all += quoted(sent[i]) + " ";
    errors.push_back(all);
    errors.push_back("ERR Error in ACL SETUSER modifier " + quoted(sent.back()) + ": Syntax error");
    errors.push_back(std::string("ERR Invalid argument ") + quote + sent.back().substr(0, 10));
  }
  return errors;
}

TEST(quoted_error, shows_no_secret_of_any_command_that_has_one) {
  for (const command& sent : commands_with_secrets()) {
    const std::vector<command> all(1, sent);
    for (const std::string& error : errors_about(sent)) {
      const std::string shown = show_error(error, quotable_of(all));
      for (const std::string piece : {"secret", "aaaa", "it's"}) {
        EXPECT_THAT(shown, Not(HasSubstr(piece))) << error;
      }
      EXPECT_THAT(shown, HasSubstr("ERR ")) << error;
    }
  }
}

TEST(quoted_error, shows_what_a_person_needs) {
  const std::vector<command> one = {{"ACL", "SETUSER", "default", "#" + hash}};
  for (const std::string text :
       {"NOPERM User agent has no permissions to run the 'acl|setuser' command",
        "NOPERM this user can't run this command", "WRONGPASS invalid username-password pair"}) {
    EXPECT_EQ(show_error(text, quotable_of(one)), text);
  }
  const std::vector<command> other = {{"REPLICAOF", "10.0.0.7", "6379"}};
  EXPECT_EQ(show_error("ERR unknown command 'x'", quotable_of(other)), "ERR unknown command 'x'");
  const std::vector<command> renamed = {{"CONFIG", "SET", "masterauth", hush}};
  EXPECT_EQ(show_error("ERR unknown command 'CONFIG', with args beginning with: 'SET' "
                       "'masterauth' 'it's a' ",
                       quotable_of(renamed)),
            "ERR unknown command 'CONFIG', with args beginning with: 'SET' 'masterauth' ...");
}

const std::string replication = "$35\r\nrole:slave\r\nmaster_link_status:up\r\n\r\n";

std::string error_reply(const command& sent) { return "-" + errors_about(sent).front() + "\r\n"; }

// Each way by which an error becomes something that is logged and told.
TEST(quoted_error, is_hidden_wherever_a_server_answers_a_secret) {
  const login as{"", core::secret(hush), "redis-agent:redis-slave-0"};
  conversation refused(core::peer::redis);
  (void)refused.open(as, core::instant());
  refused.receive(error_reply({"AUTH", hush}));
  auto outcome = refused.outcome();
  ASSERT_FALSE(outcome);
  const auto words = refused.last_words();
  ASSERT_TRUE(words);
  EXPECT_THAT(std::get<core::failed>(*words).detail, Not(HasSubstr("secret")));
  for (int i = 0; i < 40 && !outcome; ++i) {
    refused.receive("-NOAUTH\r\n");
    outcome = refused.outcome();
  }
  ASSERT_TRUE(outcome);
  EXPECT_THAT(std::get<core::failed>(*outcome).detail, HasSubstr("unknown command 'AUTH'"));
  EXPECT_THAT(std::get<core::failed>(*outcome).detail, Not(HasSubstr("secret")));

  for (const command& sent : commands_with_secrets()) {
    conversation ordered(core::peer::primary);
    (void)ordered.ask(false, core::instant(), {sent});
    ordered.receive(error_reply(sent) + replication);
    const auto told = ordered.outcome();
    ASSERT_TRUE(told);
    const std::string& refusal = std::get<core::reported>(*told).report.order_refusal;
    EXPECT_THAT(refusal, HasSubstr("unknown command"));
    EXPECT_THAT(refusal, Not(testing::AnyOf(HasSubstr("secret"), HasSubstr("aaaa"))));
  }

  const own_login own{"", core::secret(hush)};
  resp_value ping;
  ping.type = resp_value::kind::status;
  resp_value error;
  error.type = resp_value::kind::error;
  error.text = errors_about({"AUTH", hush}).front();
  EXPECT_THAT(judge_own_login(own, {ping, error}), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace redis_agent::wire
