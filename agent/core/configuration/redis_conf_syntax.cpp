#include "core/configuration/redis_conf_syntax.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace redis_agent::core {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

bool is_plain_in_word(char c) { return is_plain(c) || c == '/' || c == ':' || c == '*'; }

std::string in_quotes(std::string_view bytes, bool (*may_stay)(char)) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (may_stay(c)) {
      quoted += c;
    } else {
      quoted += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return quoted + '"';
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// \v and \f separate words, but do not end one.
bool ends_word(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Takes what follows a backslash in double quotes.
char take_escaped(std::string_view& line) {
  if (line.size() >= 3 && line[0] == 'x' && hex_digit(line[1]) >= 0 && hex_digit(line[2]) >= 0) {
    const int byte = hex_digit(line[1]) * 16 + hex_digit(line[2]);
    line.remove_prefix(3);
    return static_cast<char>(byte);
  }
  constexpr std::string_view letters = "nrtba";
  constexpr std::string_view meanings = "\n\r\t\b\a";
  const char c = line.front();
  line.remove_prefix(1);
  const auto letter = letters.find(c);
  return letter == std::string_view::npos ? c : meanings[letter];
}

// Takes what stands before the closing quote, and the quote. False if there is none.
bool take_quoted(std::string_view& line, char quote, std::string& into) {
  while (!line.empty()) {
    const char c = line.front();
    line.remove_prefix(1);
    if (c == quote) return true;
    if (c != '\\' || line.empty()) {
      into += c;
    } else if (quote == '"') {
      into += take_escaped(line);
    } else if (line.front() == quote) {  // in single quotes only \' is an escape
      into += quote;
      line.remove_prefix(1);
    } else {
      into += c;
    }
  }
  return false;
}

bool take_word(std::string_view& line, std::string& into) {
  while (!line.empty() && !ends_word(line.front())) {
    const char c = line.front();
    line.remove_prefix(1);
    if (c == '"' || c == '\'') {
      return take_quoted(line, c, into) && (line.empty() || is_space(line.front()));
    }
    into += c;
  }
  return true;
}

void trim(std::string_view& line) {
  while (!line.empty() && ends_word(line.front())) line.remove_prefix(1);
  while (!line.empty() && ends_word(line.back())) line.remove_suffix(1);
}

}  // namespace

std::optional<std::vector<std::string>> split_arguments(std::string_view line) {
  line = line.substr(0, line.find('\0'));
  std::vector<std::string> words;
  while (true) {
    while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
    if (line.empty()) return words;
    if (!take_word(line, words.emplace_back())) return std::nullopt;
  }
}

std::string quote_argument(std::string_view bytes) {
  const bool is_word = !bytes.empty() && std::all_of(bytes.begin(), bytes.end(), is_plain_in_word);
  return is_word ? std::string(bytes) : in_quotes(bytes, is_plain_in_word);
}

std::string quote_secret(std::string_view bytes) { return in_quotes(bytes, is_plain); }

std::vector<directive> read_directives(std::string_view text) {
  std::vector<directive> directives;
  std::size_t number = 0;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    ++number;
    trim(line);
    if (line.empty() || line.front() == '#') continue;
    auto words = split_arguments(line);
    if (!words || words->empty()) continue;
    directive& read = directives.emplace_back();
    read.line = number;
    read.name = to_lower(words->front());
    words->erase(words->begin());
    read.values = std::move(*words);
  }
  return directives;
}

}  // namespace redis_agent::core
