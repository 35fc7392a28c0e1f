#include "core/base/units.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <rapidcheck/gtest.h>

namespace {

using namespace redis_agent::core;

TEST(units, sizes_are_bytes_or_powers_of_1024) {
  const std::pair<std::string_view, std::uint64_t> examples[] = {
      {"0", 0},
      {"1048576", 1048576},
      {"1k", 1024},
      {"1K", 1024},
      {"1kB", 1024},
      {"1KiB", 1024},
      {"1Ki", 1024},
      {"512B", 512},
      {"16MiB", 16777216},
      {"1.5k", 1536},
      {"0.5GiB", 536870912},
      {"2T", 2199023255552},
      {"9223372036854774784", 9223372036854774784U},
      {"9007199254740993", 9007199254740993U},  // no double has that
  };
  for (const auto& [text, bytes] : examples) EXPECT_EQ(parse_size(text), bytes) << text;
}

TEST(units, other_sizes_are_refused) {
  for (const char* const wrong : {"",
                                  "x",
                                  "-1",
                                  "-0",
                                  "1 k",
                                  " 1",
                                  "1x",
                                  "1kk",
                                  "1kib1",
                                  "1i",
                                  "1ib",
                                  "1bb",
                                  "1e3",
                                  "nan",
                                  "inf",
                                  "0x10",
                                  "1.5",
                                  "1.0001k",
                                  "9223372036854775808",
                                  "99999999T",
                                  "1,5k",
                                  "+1",
                                  "."}) {
    EXPECT_EQ(parse_size(wrong), std::nullopt) << wrong;
  }
}

TEST(units, durations_have_a_unit_unless_they_are_zero) {
  EXPECT_EQ(parse_duration("0"), 0s);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("0.1s"), 100ms);
  EXPECT_EQ(parse_duration("2m"), 120s);
  EXPECT_EQ(parse_duration("1h"), 3600s);
  EXPECT_EQ(parse_duration("1H"), 3600s);
  EXPECT_EQ(parse_duration("87660h"), std::chrono::hours(87660));
}

TEST(units, other_durations_are_refused) {
  for (const char* const wrong : {"", "1", "s", "-1s", "-0s", "1 s", "1d", "1sec", "1ss", "1e3s",
                                  "nans", "infs", "87661h", "1m30s", "+1s"}) {
    EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
  }
}

TEST(units, sizes_are_described_for_the_eye) {
  EXPECT_EQ(describe_size(0), "0 B");
  EXPECT_EQ(describe_size(1023), "1023 B");
  EXPECT_EQ(describe_size(1024), "1 KiB");
  EXPECT_EQ(describe_size(17408), "17 KiB");
  EXPECT_EQ(describe_size(1503238553), "1.4 GiB");
  EXPECT_EQ(describe_size(std::numeric_limits<std::uint64_t>::max()), "16 EiB");
}

TEST(units, durations_are_described_for_the_eye) {
  EXPECT_EQ(describe_duration(0s), "0 ms");
  EXPECT_EQ(describe_duration(250ms), "250 ms");
  EXPECT_EQ(describe_duration(1500ms), "1.5 s");
  EXPECT_EQ(describe_duration(10s), "10 s");
  EXPECT_EQ(describe_duration(180s), "3 min");
  EXPECT_EQ(describe_duration(7560s), "2.1 h");
}

TEST(units, keys_are_counted_in_words) {
  EXPECT_EQ(describe_keys(0), "0 keys");
  EXPECT_EQ(describe_keys(1), "1 key");
  EXPECT_EQ(describe_keys(1000), "1000 keys");
}

TEST(units, seconds_since_1970_are_described_as_a_time) {
  EXPECT_EQ(describe_utc(0), "1970-01-01 00:00:00 UTC");
  EXPECT_EQ(describe_utc(1'709'251'199), "2024-02-29 23:59:59 UTC");
  EXPECT_EQ(describe_utc(253'402'300'799), "9999-12-31 23:59:59 UTC");
}

TEST(units, numbers_lose_their_trailing_zeros) {
  EXPECT_EQ(describe_number(1.50, 2), "1.5");
  EXPECT_EQ(describe_number(100, 2), "100");
  EXPECT_EQ(describe_number(100, 0), "100");
  EXPECT_EQ(describe_number(-0.001, 1), "0");
  EXPECT_EQ(describe_number(-0.001, 0), "0");
}

RC_GTEST_PROP(units_property, a_number_of_bytes_is_read_back_exactly, ()) {
  const auto bytes = *rc::gen::inRange<std::uint64_t>(0, (std::uint64_t{1} << 63) - 1024);
  RC_ASSERT(parse_size(std::to_string(bytes)) == bytes);
  RC_ASSERT(parse_size(std::to_string(bytes >> 10) + "KiB") == (bytes >> 10 << 10));
  RC_ASSERT(parse_size(std::to_string(bytes >> 40) + "T") == (bytes >> 40 << 40));
}

RC_GTEST_PROP(units_property, a_number_of_milliseconds_is_read_back_exactly, ()) {
  const auto count = *rc::gen::inRange<std::int64_t>(0, 315'360'000'000);
  RC_ASSERT(parse_duration(std::to_string(count) + "ms") == std::chrono::milliseconds(count));
}

RC_GTEST_PROP(units_property, no_text_breaks_them, (const std::string& text)) {
  const auto size = parse_size(text);
  if (size) RC_ASSERT(parse_size(std::to_string(*size)) == size);
  const auto span = parse_duration(text);
  if (span) RC_ASSERT(*span >= 0s);
}

}  // namespace
