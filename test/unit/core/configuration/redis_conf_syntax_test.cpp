#include "core/configuration/redis_conf_syntax.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace {

using namespace redis_agent::core;

using words = std::vector<std::string>;

TEST(redis_conf_syntax, a_line_is_split_as_redis_does_it) {
  const std::pair<std::string_view, words> examples[] = {
      {"", {}},
      {"   \t\r\n", {}},
      {"port 6379", {"port", "6379"}},
      {"  save  900\t1 \r", {"save", "900", "1"}},
      {R"(requirepass "a b")", {"requirepass", "a b"}},
      {R"(requirepass "\x61\x00")", {"requirepass", std::string("a\0", 2)}},
      {R"(x "\n\r\t\b\a\"\\\q\xzz")", {"x", "\n\r\t\b\a\"\\qxzz"}},
      {R"(x 'it\'s "\n"')", {"x", R"(it's "\n")"}},
      {R"(x "" '')", {"x", "", ""}},
      {R"(x a"b c")", {"x", "ab c"}},
      {"x a#b", {"x", "a#b"}},
      {"x a\vb", {"x", "a\vb"}},
      {"x \vb", {"x", "b"}},
      {std::string_view("x a\0 b", 7), {"x", "a"}},
  };
  for (const auto& [line, wanted] : examples) {
    const auto split = split_arguments(line);
    ASSERT_TRUE(split.has_value()) << line;
    EXPECT_EQ(*split, wanted) << line;
  }
}

TEST(redis_conf_syntax, quotes_that_redis_refuses_are_refused) {
  for (const char* const line :
       {R"(x ")", R"(x ')", R"(x "a)", R"(x "a"b)", R"(x 'a'b)", R"(x "a\")", R"(x a"b"c)"}) {
    EXPECT_EQ(split_arguments(line), std::nullopt) << line;
  }
}

TEST(redis_conf_syntax, a_path_is_quoted_only_if_it_has_to_be) {
  EXPECT_EQ(quote_argument("/etc/redis/user.conf"), "/etc/redis/user.conf");
  EXPECT_EQ(quote_argument("-::*"), "-::*");
  EXPECT_EQ(quote_argument(""), "\"\"");
  EXPECT_EQ(quote_argument("/my files/a.conf"), R"("/my\x20files/a.conf")");
}

TEST(redis_conf_syntax, a_secret_is_always_quoted) {
  EXPECT_EQ(quote_secret("frieza-redis_pass.1"), R"("frieza-redis_pass.1")");
  EXPECT_EQ(quote_secret("a b\"\\#$'/:\xff"), R"("a\x20b\x22\x5c\x23\x24\x27\x2f\x3a\xff")");
}

TEST(redis_conf_syntax, directives_have_their_line_and_comments_are_none) {
  const auto read = read_directives(
      "# a comment\n"
      "\n"
      "  PORT 6380  \r\n"
      "\t# another\n"
      "requirepass \"unbalanced\n"
      "bind 0.0.0.0 ::\n"
      "appendonly");
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].line, 3U);
  EXPECT_EQ(read[0].name, "port");
  EXPECT_EQ(read[0].values, words{"6380"});
  EXPECT_EQ(read[1].line, 6U);
  EXPECT_EQ(read[1].values, (words{"0.0.0.0", "::"}));
  EXPECT_EQ(read[2].line, 7U);
  EXPECT_EQ(read[2].values, words{});
}

RC_GTEST_PROP(redis_conf_syntax_property, any_bytes_are_read_back_and_stay_on_their_line,
              (const std::string& any, const std::string& other)) {
  const std::string line = "x " + quote_secret(any) + " " + quote_argument(other);
  RC_ASSERT(line.find('\n') == std::string::npos);
  RC_ASSERT(split_arguments(line) == (words{"x", any, other}));
}

RC_GTEST_PROP(redis_conf_syntax_property, every_byte_is_read_back, ()) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    RC_ASSERT(split_arguments(quote_secret(one)) == words{one});
    RC_ASSERT(split_arguments(quote_argument(one)) == words{one});
  }
}

RC_GTEST_PROP(redis_conf_syntax_property, no_text_breaks_it, (const std::string& text)) {
  std::size_t line = 0;
  for (const directive& d : read_directives(text)) {
    RC_ASSERT(d.line > line);
    line = d.line;
  }
}

}  // namespace
