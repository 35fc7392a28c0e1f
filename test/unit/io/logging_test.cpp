#include "io/logging.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

#include "unit/io/in_child.hpp"

namespace redis_agent::io {
namespace {

using core::log_format;
using core::log_level;
using testing::AnyOf;
using testing::MatchesRegex;

constexpr const char* seconds_format = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}";

core::log_line line(log_level level, std::string message) {
  return {level, std::move(message), {{"peer", "10.0.0.7:6379"}}};
}

// What a child's standard error receives.
std::string written_by(const std::function<void()>& function) {
  return in_child([&] {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0 || ::dup2(ends[1], STDERR_FILENO) < 0) return std::string("pipe");
    ::close(ends[1]);
    function();
    ::close(STDERR_FILENO);
    std::array<char, 65536> bytes{};
    const auto count = ::read(ends[0], bytes.data(), bytes.size());
    return std::string(bytes.data(), static_cast<std::size_t>(count));
  });
}

TEST(write_log, is_text_from_info_on_before_it_is_configured) {
  const auto text = written_by([] {
    write_log(line(log_level::debug, "not said"));
    write_log(line(log_level::info, "the primary answers again"));
  });
  EXPECT_THAT(text, MatchesRegex(std::string(seconds_format) +
                                 "\\.[0-9]{3}Z info    the primary answers again "
                                 "peer=10.0.0.7:6379\n"));
}

std::string hour_of_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H", &utc);
  return text.data();
}

TEST(write_log, has_the_time_of_utc) {
  const auto before = hour_of_utc();
  const auto text = written_by([] {
    ::setenv("TZ", "Asia/Kathmandu", 1);
    write_log(line(log_level::info, "x"));
  });
  EXPECT_THAT(text.substr(0, before.size()), AnyOf(before, hour_of_utc()));
}

TEST(write_log, is_one_json_object_a_line) {
  const auto text = written_by([] {
    configure_logging(log_format::json, log_level::debug, "redis-0");
    write_log(line(log_level::debug, "{} %v \"quoted\""));
  });
  EXPECT_THAT(text, MatchesRegex("\\{\"time\":\"" + std::string(seconds_format) +
                                 "\\.[0-9]{3}Z\",\"level\":\"debug\",\"pod\":\"redis-0\","
                                 "\"message\":\"\\{\\} %v \\\\\"quoted\\\\\"\","
                                 "\"peer\":\"10.0.0.7:6379\"\\}\n"));
}

TEST(write_log, leaves_out_what_is_below_the_level) {
  const auto text = written_by([] {
    configure_logging(log_format::text, log_level::error, "redis-0");
    write_log(line(log_level::warning, "not said"));
    write_log(line(log_level::error, "said"));
  });
  EXPECT_THAT(text, MatchesRegex(".* error   said peer=10.0.0.7:6379\n"));
}

TEST(write_log, survives_a_reader_that_has_gone) {
  const auto result = in_child([] {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0 || ::dup2(ends[1], STDERR_FILENO) < 0) return std::string("pipe");
    ::close(ends[0]);
    configure_logging(log_format::text, log_level::info, "redis-0");
    for (int i = 0; i < 3; ++i) write_log(line(log_level::info, "x"));
    return std::string("alive");
  });
  EXPECT_EQ(result, "alive");
}

TEST(write_log, survives_a_closed_standard_error) {
  const auto result = in_child([] {
    ::close(STDERR_FILENO);
    configure_logging(log_format::text, log_level::info, "redis-0");
    for (int i = 0; i < 3; ++i) write_log(line(log_level::info, "x"));
    return std::string("alive");
  });
  EXPECT_EQ(result, "alive");
}

TEST(write_log, leaves_out_what_comes_too_often_where_the_process_goes_on) {
  const auto count = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  const auto write_fifty = [] {
    for (int i = 0; i < 50; ++i) write_log(line(log_level::info, "again"));
  };
  EXPECT_EQ(count(written_by(write_fifty)), 50);
  const auto limited = written_by([&] {
    limit_log();
    write_fifty();
  });
  EXPECT_GE(count(limited), 20);
  EXPECT_LT(count(limited), 30);
}

}  // namespace
}  // namespace redis_agent::io
