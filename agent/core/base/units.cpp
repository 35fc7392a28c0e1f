#include "core/base/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <system_error>

#include "core/base/text.hpp"

namespace redis_agent::core {
namespace {

struct number_and_unit {
  double number = 0;
  std::optional<std::uint64_t> whole;  // exact, where a double is not
  std::string unit;                    // lower case
};

std::optional<number_and_unit> split(std::string_view text) {
  number_and_unit parts;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parts.number,
                                            std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(parts.number) || std::signbit(parts.number)) {
    return std::nullopt;
  }
  std::uint64_t whole = 0;
  const auto [whole_end, overflow] = std::from_chars(text.data(), end, whole);
  if (overflow == std::errc() && whole_end == end) parts.whole = whole;
  for (const char c : text.substr(static_cast<std::size_t>(end - text.data()))) {
    parts.unit += to_lower(c);
  }
  return parts;
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return std::nullopt;
  std::string unit = parts->unit;
  if (!unit.empty() && unit.back() == 'b') unit.pop_back();
  if (unit.size() == 2 && unit.back() == 'i') unit.pop_back();
  constexpr std::string_view powers = "kmgt";
  std::uint64_t factor = 1;
  if (unit.size() > 1) return std::nullopt;
  if (unit.size() == 1) {
    const auto power = powers.find(unit.front());
    if (power == std::string_view::npos) return std::nullopt;
    factor = std::uint64_t{1} << (10 * (power + 1));
  }
  const double bytes = parts->number * static_cast<double>(factor);
  if (bytes >= static_cast<double>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  if (parts->whole) return *parts->whole * factor;
  if (bytes != std::floor(bytes)) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

std::optional<duration> parse_duration(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return std::nullopt;
  duration unit{};
  if (parts->unit == "ms") {
    unit = 1ms;
  } else if (parts->unit == "s") {
    unit = 1s;
  } else if (parts->unit == "m") {
    unit = 1min;
  } else if (parts->unit == "h") {
    unit = 1h;
  } else if (!parts->unit.empty() || parts->number != 0) {
    return std::nullopt;
  }
  constexpr double ten_years = 10 * 365.25 * 86400;
  if (parts->number * to_seconds(unit) > ten_years) return std::nullopt;
  if (parts->whole) return static_cast<std::int64_t>(*parts->whole) * unit;
  return std::chrono::round<duration>(std::chrono::duration<double>(unit) * parts->number);
}

std::string describe_number(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  std::string trimmed = text.data();
  if (trimmed.find('.') != std::string::npos) {
    while (trimmed.back() == '0') trimmed.pop_back();
  }
  if (trimmed.back() == '.') trimmed.pop_back();
  return trimmed == "-0" ? "0" : trimmed;
}

std::string describe_size(std::uint64_t bytes) {
  constexpr std::array units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  return describe_number(value, value < 10 ? 1 : 0) + " " + units.at(unit);
}

std::string describe_keys(std::int64_t keys) {
  return std::to_string(keys) + (keys == 1 ? " key" : " keys");
}

std::string describe_utc(std::int64_t unix_seconds) {
  const std::chrono::sys_seconds when{std::chrono::seconds(unix_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(when - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d UTC",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  return text.data();
}

std::string describe_duration(duration d) { return describe_seconds(to_seconds(d)); }

std::string describe_seconds(double seconds) {
  if (seconds < 1) return describe_number(seconds * 1000, 0) + " ms";
  if (seconds < 120) return describe_number(seconds, seconds < 10 ? 1 : 0) + " s";
  if (seconds < 7200) return describe_number(seconds / 60, 0) + " min";
  return describe_number(seconds / 3600, 1) + " h";
}

}  // namespace redis_agent::core
