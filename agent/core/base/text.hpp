// Text as bytes: its lines, its ASCII letters, and what of it may be shown. Knows no locale.
#pragma once

#include <string>
#include <string_view>

namespace redis_agent::core {

// Takes the first line, without its newline; the last one need not have any. For a text that is not
// empty.
std::string_view take_line(std::string_view& text);

char to_lower(char c);
std::string to_lower(std::string_view text);

// With a question mark for each control character: what others wrote is not trusted with a
// terminal, and stays one line.
std::string printable(std::string text);

}  // namespace redis_agent::core
