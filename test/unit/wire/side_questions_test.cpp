#include "wire/side_questions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redis_agent::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

replies parse(const std::string& bytes) {
  resp_reader reader;
  reader.feed(bytes);
  replies said;
  while (auto reply = reader.next()) said.push_back(std::move(*reply));
  return said;
}

TEST(lets_everybody_in, tells_a_server_that_asks_for_no_password) {
  EXPECT_EQ(lets_everybody_in(parse(":7\r\n")), true);
  EXPECT_EQ(lets_everybody_in(parse("-LOADING Redis is loading\r\n")), true);
  EXPECT_EQ(lets_everybody_in(parse("-MASTERDOWN Link with MASTER is down\r\n")), true);
}

TEST(lets_everybody_in, tells_one_that_asks_and_one_that_allows_little) {
  EXPECT_EQ(lets_everybody_in(parse("-NOAUTH Authentication required.\r\n")), false);
  EXPECT_EQ(lets_everybody_in(parse("-NOPERM this user has no permissions\r\n")), false);
  EXPECT_EQ(lets_everybody_in(parse("-DENIED Redis is running in protected mode\r\n")), false);
}

TEST(lets_everybody_in, does_not_know_where_nothing_was_said_about_it) {
  EXPECT_EQ(lets_everybody_in({}), std::nullopt);
  EXPECT_EQ(lets_everybody_in(parse("-ERR max number of clients reached\r\n")), std::nullopt);
  EXPECT_EQ(lets_everybody_in(parse("-ERR unknown command `DBSIZE`\r\n")), std::nullopt);
}

const std::string no_user = "*2\r\n$10\r\nmasteruser\r\n$0\r\n\r\n";
const std::string no_password = "*2\r\n$10\r\nmasterauth\r\n$0\r\n\r\n";
const std::string repl_user = "*2\r\n$10\r\nmasteruser\r\n$4\r\nrepl\r\n";
const std::string a_password = "*2\r\n$10\r\nmasterauth\r\n$6\r\nsecret\r\n";
const std::string no_tls = "*2\r\n$15\r\ntls-replication\r\n$2\r\nno\r\n";
const std::string tls = "*2\r\n$15\r\ntls-replication\r\n$3\r\nyes\r\n";
const login agent{"", core::secret("agents"), ""};

own_login own(const std::string& configured) {
  return read_own_login(parse("+OK\r\n" + configured)).value_or(own_login{});
}

TEST(own_login, is_asked_for_as_the_agent) {
  EXPECT_THAT(questions_about_own_login(agent),
              ElementsAre(command{"AUTH", "agents"}, command{"CONFIG", "GET", "masteruser"},
                          command{"CONFIG", "GET", "masterauth"},
                          command{"CONFIG", "GET", "tls-replication"}));
  const own_login read = own(repl_user + a_password + tls);
  EXPECT_EQ(read.username, "repl");
  EXPECT_EQ(read.password.reveal(), "secret");
  EXPECT_TRUE(read.uses_tls);
}

TEST(own_login, of_an_old_server_has_neither_a_user_nor_tls) {
  const own_login read = own("*0\r\n" + a_password + "*0\r\n");
  EXPECT_EQ(read.username, "");
  EXPECT_FALSE(read.uses_tls);
  EXPECT_THAT(questions_of_a_replica(read),
              ElementsAre(command{"PING"}, command{"AUTH", "secret"}));
}

TEST(own_login, is_not_known_where_it_may_not_be_read) {
  EXPECT_FALSE(read_own_login(parse("+OK\r\n-NOPERM no\r\n-NOPERM no\r\n-NOPERM no\r\n")));
  EXPECT_FALSE(read_own_login(parse("-ERR max number of clients reached\r\n")));
}

TEST(own_link, meets_a_refusal_of_its_password) {
  const own_login with = own(repl_user + a_password + no_tls);
  EXPECT_THAT(questions_of_a_replica(with),
              ElementsAre(command{"PING"}, command{"AUTH", "repl", "secret"}));
  const std::string trouble =
      judge_own_login(with, parse("-NOAUTH\r\n-WRONGPASS invalid username-password pair\r\n"));
  EXPECT_EQ(trouble, "WRONGPASS invalid username-password pair (masterauth, for the user repl)");
  EXPECT_EQ(judge_own_login(with, parse("-NOAUTH\r\n+OK\r\n")), "");
}

// Whatever error it is, Redis goes no further.
TEST(own_link, meets_a_primary_that_has_no_password) {
  const own_login with = own(no_user + a_password + no_tls);
  EXPECT_THAT(
      judge_own_login(with, parse("+PONG\r\n-ERR Client sent AUTH, but no password is set\r\n")),
      HasSubstr("no password is set"));
}

TEST(own_link, has_nothing_to_log_in_with) {
  const own_login without = own(no_user + no_password + no_tls);
  EXPECT_THAT(questions_of_a_replica(without), ElementsAre(command{"PING"}));
  EXPECT_THAT(judge_own_login(without, parse("-NOAUTH Authentication required.\r\n")),
              HasSubstr("no masterauth"));
  EXPECT_THAT(judge_own_login(without, parse("+PONG\r\n")), IsEmpty());
}

TEST(own_link, meets_a_primary_that_is_full_or_whose_disk_fails) {
  const own_login without = own(no_user + no_password + no_tls);
  EXPECT_THAT(judge_own_login(without, parse("-ERR max number of clients reached\r\n")),
              HasSubstr("max number of clients"));
  EXPECT_THAT(judge_own_login(without, parse("-MISCONF Errors writing to the AOF file\r\n")),
              HasSubstr("MISCONF"));
  EXPECT_THAT(judge_own_login(without, {}), IsEmpty());
}

TEST(own_link, has_a_user_that_may_not_copy) {
  const own_login with = own(repl_user + a_password + no_tls);
  EXPECT_EQ(questions_about_rights(agent, with).back(),
            (command{"ACL", "DRYRUN", "repl", "PSYNC", "?", "-1"}));
  EXPECT_THAT(judge_rights(with, parse("+OK\r\n$16\r\nno 'psync' right\r\n")),
              HasSubstr("NOPERM no 'psync' right (masteruser, the user repl)"));
  EXPECT_EQ(judge_rights(with, parse("+OK\r\n+OK\r\n")), "");
  EXPECT_EQ(judge_rights(with, parse("+OK\r\n-ERR unknown subcommand\r\n")), "")
      << "before 7.0 nobody tells";
}

const login nobody;

TEST(plain_port, is_read_and_set_as_the_agent) {
  EXPECT_THAT(questions_about_plain_port(agent),
              ElementsAre(command{"AUTH", "agents"}, command{"CONFIG", "GET", "port"}));
  EXPECT_THAT(orders_of_plain_port(nobody, 0), ElementsAre(command{"CONFIG", "SET", "port", "0"}));
  EXPECT_EQ(read_plain_port(parse("+OK\r\n*2\r\n$4\r\nport\r\n$4\r\n6379\r\n")), "6379");
  EXPECT_EQ(read_plain_port(parse("+OK\r\n-NOPERM no\r\n")), std::nullopt);
  EXPECT_EQ(read_plain_port(parse("*0\r\n")), std::nullopt);
  EXPECT_EQ(read_plain_port({}), std::nullopt);
}

TEST(plain_port, is_set_where_the_server_says_so) {
  EXPECT_EQ(judge_plain_port(agent, parse("+OK\r\n+OK\r\n")), "");
  EXPECT_EQ(judge_plain_port(nobody, parse("+OK\r\n")), "");
  EXPECT_EQ(judge_plain_port(agent, parse("+OK\r\n")), "no answer") << "to its login alone";
  EXPECT_EQ(judge_plain_port(nobody, {}), "no answer");
  EXPECT_THAT(judge_plain_port(agent, parse("-WRONGPASS no\r\n")), HasSubstr("WRONGPASS"));
  EXPECT_EQ(judge_plain_port(nobody, parse("-ERR Unsupported CONFIG parameter: port\r\n")),
            "ERR Unsupported CONFIG parameter: port");
}

}  // namespace
}  // namespace redis_agent::wire
