#include "core/base/text.hpp"

#include <gmock/gmock.h>
#include <vector>

namespace redis_agent::core {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) lines.emplace_back(take_line(text));
  return lines;
}

TEST(take_line, takes_one_line_each_time) {
  EXPECT_EQ(lines_of("a\n\nb\r\n"), (std::vector<std::string>{"a", "", "b\r"}));
  EXPECT_EQ(lines_of("a\nno end"), (std::vector<std::string>{"a", "no end"}));
  EXPECT_EQ(lines_of("\n"), std::vector<std::string>{""});
}

TEST(to_lower, changes_ascii_letters_alone) {
  EXPECT_EQ(to_lower("AZaz09-\xc4@["), "azaz09-\xc4@[");
}

TEST(printable, shows_no_control_character) {
  EXPECT_EQ(printable("\x1b[2J a\tb\x7f\xc3\xa4"), "?[2J a?b?\xc3\xa4");
}

}  // namespace
}  // namespace redis_agent::core
