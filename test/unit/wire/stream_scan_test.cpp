#include "wire/stream_scan.hpp"

#include <gtest/gtest.h>

#include "wire/resp.hpp"

namespace redis_agent::wire {
namespace {

const std::string set = format_command({"SET", "key", "a value\r\n*1\r\n$4\r\nDEL!\r\n"});
const std::string ping = format_command({"PING"});

std::string select_of(const std::string& database) { return format_command({"SELECT", database}); }

class stream : public testing::Test {
 protected:
  void feed(const std::string& bytes) {
    ASSERT_TRUE(scan.begin() || true);
    for (const char c : bytes) scan.feed({&c, 1});
  }
  stream_scan scan;
};

TEST_F(stream, counts_what_is_more_than_a_primarys_own) {
  feed(ping + select_of("0") + set + format_command({"replconf", "GETACK", "*"}) +
       format_command({"MULTI"}) + set + format_command({"EXEC"}));
  EXPECT_EQ(scan.commands(), 4);
  EXPECT_TRUE(scan.is_whole());
}

TEST_F(stream, of_pings_has_no_commands) {
  feed(ping + ping + format_command({"REPLCONF", "GETACK", "*"}));
  EXPECT_EQ(scan.commands(), 0);
  EXPECT_TRUE(scan.is_whole());
}

TEST_F(stream, is_the_same_in_one_piece) {
  scan.begin();
  scan.feed(select_of("7") + set + format_command({"SET", "", ""}));
  EXPECT_EQ(scan.commands(), 2);
  EXPECT_EQ(scan.database(), 7);
  EXPECT_TRUE(scan.is_whole());
}

TEST_F(stream, that_ends_within_a_command_is_not_whole) {
  for (std::size_t cut = 1; cut < set.size(); ++cut) {
    stream_scan begun;
    begun.begin();
    begun.feed(set.substr(0, cut));
    EXPECT_FALSE(begun.is_whole()) << cut;
  }
}

TEST_F(stream, of_something_else_is_not_whole) {
  for (const char* other : {"PING\r\n", "*0\r\n", "*1\r\n+OK\r\n", "*1\r\n$-1\r\n", "*x\r\n",
                            "*1\r\n$1\r\nab\r\n", "*99999999999999\r\n"}) {
    stream_scan begun;
    begun.begin();
    begun.feed(ping + other + ping);
    EXPECT_FALSE(begun.is_whole()) << other;
  }
}

TEST_F(stream, tells_its_database_from_what_came_before) {
  const std::string before = set + select_of("3") + set;
  for (std::size_t from = 0; from < set.size(); ++from) {  // within a command, mostly
    stream_scan begun;
    begun.seek(std::string_view(before).substr(from));
    EXPECT_TRUE(begun.begin()) << from;
    EXPECT_EQ(begun.database(), 3) << from;
    begun.feed(set);
    EXPECT_EQ(begun.commands(), 1) << from;
  }
}

TEST_F(stream, does_not_tell_it_where_that_does_not_end_with_a_command) {
  const std::string before = select_of("3") + set;
  scan.seek(std::string_view(before).substr(0, before.size() - 1));
  EXPECT_FALSE(scan.begin());
  EXPECT_EQ(scan.database(), std::nullopt);
  scan.feed(set);
  EXPECT_TRUE(scan.is_whole());
}

}  // namespace
}  // namespace redis_agent::wire
