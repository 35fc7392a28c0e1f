#include "wire/side_questions.hpp"

#include <gtest/gtest.h>

namespace redis_agent::wire {
namespace {

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

}  // namespace
}  // namespace redis_agent::wire
