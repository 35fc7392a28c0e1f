// How the text of one setting becomes its value: a parser for each kind. Each stores the value, or
// says what would have been right ("" if it could). Used by the table of settings alone.
#pragma once

#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/units.hpp"
#include "core/configuration/settings.hpp"

namespace redis_agent::core {

inline std::string expected(std::string_view what) { return "expected " + std::string(what); }

template <class T>
bool read_number(std::string_view text, T& into, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into, base);
  return error == std::errc() && end == text.data() + text.size();
}

template <std::string settings::*member>
std::string store_text(settings& s, std::string_view value) {
  s.*member = value;
  return {};
}

template <std::string settings::*member>
std::string store_path(settings& s, std::string_view value) {
  if (!value.empty() && value.front() != '/') return expected("an absolute path");
  if (value.find_first_of(std::string_view("\0\n\"", 3)) != std::string_view::npos) {
    return expected("a path without quotes and line ends");
  }
  s.*member = value;
  return {};
}

template <duration settings::*member, std::int64_t least_ms>
std::string store_duration(settings& s, std::string_view value) {
  const auto parsed = parse_duration(value);
  if (!parsed) return expected(duration_form);
  const std::chrono::milliseconds least(least_ms);
  if (*parsed < least) return expected("at least " + describe_duration(least));
  s.*member = *parsed;
  return {};
}

template <std::uint64_t settings::*member>
std::string store_size(settings& s, std::string_view value) {
  const auto parsed = parse_size(value);
  if (!parsed) return expected(size_form);
  s.*member = *parsed;
  return {};
}

template <std::uint16_t settings::*member, std::uint16_t least>
std::string store_port(settings& s, std::string_view value) {
  std::uint16_t port = 0;
  if (!read_number(value, port) || port < least) {
    return expected("a port from " + std::to_string(least) + " to 65535");
  }
  s.*member = port;
  return {};
}

template <bool settings::*member>
std::string store_switch(settings& s, std::string_view value) {
  if (value != "true" && value != "false") return expected("true or false");
  s.*member = value == "true";
  return {};
}

// What may be said, and what that means.
template <class Choice, std::size_t count>
using words = std::array<std::pair<std::string_view, Choice>, count>;

template <auto member, const auto& choices>
std::string store_choice(settings& s, std::string_view value) {
  std::string list;
  for (const auto& [word, choice] : choices) {
    if (word == value) {
      s.*member = choice;
      return {};
    }
    list += (list.empty() ? "" : ", ") + std::string(word);
  }
  return expected("one of " + list);
}

}  // namespace redis_agent::core
