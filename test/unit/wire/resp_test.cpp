#include "wire/resp.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace redis_agent::wire {
namespace {

using kind = resp_value::kind;

TEST(format_command, keeps_any_byte) {
  EXPECT_EQ(format_command({"AUTH", std::string("a\0\r\n", 4)}),
            std::string("*2\r\n$4\r\nAUTH\r\n$4\r\na\0\r\n\r\n", 24));
}

TEST(resp_reader, reads_each_kind) {
  resp_reader reader;
  reader.feed("+OK\r\n-ERR no\r\n:-7\r\n$5\r\na\r\nbc\r\n$-1\r\n*2\r\n:1\r\n*1\r\n$0\r\n\r\n");
  EXPECT_EQ(reader.next()->type, kind::status);
  EXPECT_EQ(reader.next()->text, "ERR no");
  EXPECT_EQ(reader.next()->integer, -7);
  EXPECT_EQ(reader.next()->text, "a\r\nbc");
  EXPECT_EQ(reader.next()->type, kind::nil);
  const auto nested = reader.next();
  ASSERT_EQ(nested->items.size(), 2U);
  EXPECT_EQ(nested->items[1].items.at(0).type, kind::text);
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(reader.trouble(), resp_trouble::none);
  EXPECT_FALSE(reader.has_leftover());
}

RC_GTEST_PROP(resp_reader, does_not_care_how_the_bytes_are_cut, (const std::string& text)) {
  const std::string bytes = "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n:1\r\n";
  resp_reader reader;
  std::vector<resp_value> replies;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto length = *rc::gen::inRange<std::size_t>(1, 8);
    reader.feed(std::string_view(bytes).substr(i, length));
    i += length;
    while (auto reply = reader.next()) replies.push_back(std::move(*reply));
  }
  RC_ASSERT(replies.size() == 2U);
  RC_ASSERT(replies[0].text == text);
}

TEST(resp_reader, calls_garbage_garbage) {
  resp_reader reader;
  reader.feed("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(reader.trouble(), resp_trouble::not_resp);
  reader.feed("+OK\r\n");
  EXPECT_EQ(reader.next(), std::nullopt) << "a broken stream stays broken";
}

TEST(resp_reader, gives_up_on_a_reply_of_gigabytes) {
  resp_reader reader({1000, 10});
  reader.feed("$5000000000\r\n");
  std::size_t fed = 0;
  const std::string chunk(100, 'x');
  while (reader.trouble() == resp_trouble::none && fed < 1'000'000) {
    reader.feed(chunk);
    fed += chunk.size();
    EXPECT_EQ(reader.next(), std::nullopt);
  }
  EXPECT_EQ(reader.trouble(), resp_trouble::too_large);
  EXPECT_LE(fed, 1100U);
}

TEST(resp_reader, gives_up_on_a_line_without_end) {
  resp_reader reader({1000, 10});
  for (int i = 0; i < 20; ++i) {
    reader.feed(std::string(100, '+'));
    (void)reader.next();
  }
  EXPECT_EQ(reader.trouble(), resp_trouble::too_large);
}

TEST(resp_reader, reserves_nothing_for_a_promise_of_billions) {
  for (const char* header : {"*2147483647\r\n", "*11\r\n", "*5\r\n*6\r\n", "*2\r\n*1\r\n*8\r\n"}) {
    resp_reader reader({1000, 10});
    reader.feed(header);
    EXPECT_EQ(reader.next(), std::nullopt);
    EXPECT_EQ(reader.trouble(), resp_trouble::too_large) << header;
  }
}

TEST(resp_reader, counts_each_reply_by_itself) {
  resp_reader reader({1000, 10});
  for (int i = 0; i < 100; ++i) {
    reader.feed("*8\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n");
    ASSERT_TRUE(reader.next()) << i << reader.trouble_text();
  }
}

TEST(resp_reader, tells_that_there_is_more) {
  resp_reader reader;
  reader.feed("+OK\r\n+mo");
  EXPECT_TRUE(reader.next());
  EXPECT_TRUE(reader.has_leftover());
}

}  // namespace
}  // namespace redis_agent::wire
