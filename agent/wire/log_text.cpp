#include "wire/log_text.hpp"

#include <algorithm>
#include <cstddef>

namespace redis_agent::wire {
namespace {

constexpr std::size_t longest_level_name = 7;

unsigned byte_at(std::string_view text, std::size_t index) {
  return static_cast<unsigned char>(text[index]);
}

// Bytes of the character that the text begins with; 0 if that is no UTF-8 (RFC 3629, 4).
std::size_t character_bytes(std::string_view text) {
  const unsigned lead = byte_at(text, 0);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const std::size_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte_at(text, i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = byte_at(text, 1);
  const bool is_too_long = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool is_surrogate = lead == 0xed && second > 0x9f;
  const bool is_beyond_unicode = lead == 0xf4 && second > 0x8f;
  return is_too_long || is_surrogate || is_beyond_unicode ? 0 : size;
}

// U+0000 to U+001F and U+007F to U+009F: some of the latter begin a terminal's commands as well.
bool is_control(std::string_view character) {
  const unsigned lead = byte_at(character, 0);
  return lead < 0x20 || lead == 0x7f || (lead == 0xc2 && byte_at(character, 1) < 0xa0);
}

void append_hexadecimal(std::string& to, std::string_view prefix, unsigned byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  to.append(prefix).append(1, digits[byte >> 4]).append(1, digits[byte & 0xf]);
}

bool append_short_escape(std::string& to, char c) {
  constexpr std::string_view letters = "nrt";
  const auto which = std::string_view("\n\r\t").find(c);
  if (which == std::string_view::npos) return false;
  to.append(1, '\\').append(1, letters[which]);
  return true;
}

struct spelling {
  bool is_json;
  std::string_view with_backslash;  // characters that need one before them
};

constexpr spelling plain_text{false, ""};
constexpr spelling quoted_text{false, "\"\\"};
constexpr spelling json_text{true, "\"\\"};

void append_escaped(std::string& to, std::string_view text, const spelling& how) {
  while (!text.empty()) {
    const std::size_t size = character_bytes(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(size, 1));
    text.remove_prefix(character.size());
    if (size == 0 && how.is_json) {
      to.append("\\ufffd");
    } else if (size == 0) {
      append_hexadecimal(to, "\\x", byte_at(character, 0));
    } else if (is_control(character)) {
      if (append_short_escape(to, character[0])) continue;
      // The last byte of U+0080 to U+009F is the character's number.
      append_hexadecimal(to, how.is_json ? "\\u00" : "\\x", byte_at(character, size - 1));
    } else {
      if (how.with_backslash.find(character[0]) != std::string_view::npos) to.append(1, '\\');
      to.append(character);
    }
  }
}

void append_json(std::string& to, std::string_view text) {
  to.append(1, '"');
  append_escaped(to, text, json_text);
  to.append(1, '"');
}

void append_value(std::string& to, std::string_view value) {
  std::string escaped;
  append_escaped(escaped, value, quoted_text);
  const bool is_plain =
      !value.empty() && escaped == value && value.find_first_of(" =") == std::string_view::npos;
  to.append(is_plain ? "" : "\"").append(escaped).append(is_plain ? "" : "\"");
}

}  // namespace

std::string render_log_text(const core::log_line& line) {
  std::string text(core::to_text(line.level));
  text.resize(longest_level_name + 1, ' ');
  append_escaped(text, line.message, plain_text);
  for (const auto& [name, value] : line.fields) {
    text.append(1, ' ').append(name).append(1, '=');
    append_value(text, value);
  }
  return text;
}

std::string render_log_members(const core::log_line& line, std::string_view pod) {
  std::string text = "\"level\":";
  append_json(text, core::to_text(line.level));
  text.append(",\"pod\":");
  append_json(text, pod);
  text.append(",\"message\":");
  append_json(text, line.message);
  for (const auto& [name, value] : line.fields) {
    text.append(1, ',');
    append_json(text, name);
    text.append(1, ':');
    append_json(text, value);
  }
  return text;
}

}  // namespace redis_agent::wire
