#include "wire/log_text.hpp"

#include <gtest/gtest.h>
#include <string>
#include <tuple>

namespace redis_agent::wire {
namespace {

core::log_line message(std::string text) { return {core::log_level::info, std::move(text), {}}; }

core::log_line value(std::string text) {
  return {core::log_level::info, "m", {{"key", std::move(text)}}};
}

TEST(render_log_text, aligns_the_messages) {
  using core::log_level;
  EXPECT_EQ(render_log_text({log_level::debug, "m", {}}), "debug   m");
  EXPECT_EQ(render_log_text({log_level::info, "m", {}}), "info    m");
  EXPECT_EQ(render_log_text({log_level::warning, "m", {}}), "warning m");
  EXPECT_EQ(render_log_text({log_level::error, "m", {}}), "error   m");
}

TEST(render_log_text, quotes_a_value_that_could_be_misread) {
  const std::tuple<const char*, const char*> cases[] = {
      {"10.0.0.7:6379", "10.0.0.7:6379"},
      {"", "\"\""},
      {"two words", "\"two words\""},
      {"a=b", "\"a=b\""},
      {"say \"no\"", "\"say \\\"no\\\"\""},
      {"back\\slash", "\"back\\\\slash\""},
      {"two\nlines", "\"two\\nlines\""},
      {"gr\xc3\xbc\xc3\x9f"
       "e",
       "gr\xc3\xbc\xc3\x9f"
       "e"},
  };
  for (const auto& [given, expected] : cases) {
    EXPECT_EQ(render_log_text(value(given)), std::string("info    m key=") + expected);
  }
}

TEST(render_log_text, escapes_what_would_break_the_line_or_steer_the_terminal) {
  EXPECT_EQ(render_log_text(message("a\nb\r\tc")), "info    a\\nb\\r\\tc");
  EXPECT_EQ(render_log_text(message("\x1b[31m\x7f")), "info    \\x1b[31m\\x7f");
  EXPECT_EQ(render_log_text(message("\xc2\x9b"
                                    "31m")),
            "info    \\x9b31m");
  EXPECT_EQ(render_log_text(message(std::string(1, '\0'))), "info    \\x00");
  EXPECT_EQ(render_log_text(message("say \"no\" to \\")), "info    say \"no\" to \\");
}

TEST(render_log_text, escapes_what_is_no_utf8) {
  for (const std::string bytes :
       {"\xff", "\xc3", "\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
        "\xf4\x90\x80\x80", "\xe2\x82"}) {
    const auto text = render_log_text(message(bytes));
    EXPECT_EQ(text.size(), 8 + bytes.size() * 4) << text;
  }
  EXPECT_EQ(render_log_text(message("\xe2\x82\xac\xf0\x9f\x99\x82")),
            "info    \xe2\x82\xac\xf0\x9f\x99\x82");
}

TEST(render_log_members, is_valid_json_whatever_the_bytes) {
  const core::log_line line{
      core::log_level::warning,
      "a \"b\" \\ \n \x01 \xff \xc2\x85 \xe2\x82\xac",
      {{"na\"me", "va\tlue"}},
  };
  EXPECT_EQ(render_log_members(line, "redis-0"),
            "\"level\":\"warning\",\"pod\":\"redis-0\","
            "\"message\":\"a \\\"b\\\" \\\\ \\n \\u0001 \\ufffd \\u0085 \xe2\x82\xac\","
            "\"na\\\"me\":\"va\\tlue\"");
}

}  // namespace
}  // namespace redis_agent::wire
