#include "core/reporting/recent.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;

lag behind(std::int64_t bytes, duration time) { return {bytes, time, time}; }

TEST(recent_past, keeps_the_largest_lag_of_each_step) {
  recent_past past;
  past.note(behind(5, 1s), instant(10s));
  past.note(behind(900, 3s), instant(11s));
  past.note(behind(7, 250ms), instant(11s + 900ms));
  past.note(behind(0, 100ms), instant(12s));
  const recent_report told = past.tell(instant(12s + 500ms));
  EXPECT_THAT(told.lag_bytes, ElementsAre(900, 0));
  EXPECT_THAT(told.lag_seconds, ElementsAre(3.0, 0.1));
  EXPECT_EQ(told.step_seconds, 2);
  EXPECT_EQ(told.age_seconds, 0.5);
}

TEST(recent_past, does_not_know_what_was_while_nobody_looked) {
  recent_past past;
  past.note(behind(5, 1s), instant(0s));
  past.note(std::nullopt, instant(2s));
  past.note(behind(6, 1s), instant(9s));
  EXPECT_THAT(past.tell(instant(9s)).lag_bytes,
              ElementsAre(5, std::nullopt, std::nullopt, std::nullopt, 6));
  EXPECT_EQ(past.tell(instant(9s)).age_seconds, 1) << "steps stay where they are";
}

TEST(recent_past, does_not_grow) {
  recent_past past;
  for (int i = 0; i < 1000; ++i) past.note(behind(i, 1s), instant(i * 2s));
  past.note(behind(1000, 1s), instant(24h * 365));
  for (int i = 0; i < 1000; ++i) {
    past.note(log_line{log_level::info, "x", {{"why", std::string(5000, 'y')}}}, instant(1s));
  }
  const recent_report told = past.tell(instant(24h * 365));
  EXPECT_THAT(told.lag_bytes, SizeIs(samples_max));
  EXPECT_EQ(told.lag_bytes.back(), 1000);
  EXPECT_EQ(told.lag_bytes.front(), std::nullopt);
  EXPECT_THAT(told.events, SizeIs(events_max));
  EXPECT_EQ(told.events[0].fields[0].second.size(), event_text_max + 4);
}

TEST(recent_past, cuts_no_character_in_two) {
  recent_past past;
  past.note(log_line{log_level::error, "x", {{"why", std::string(299, 'y') + "\u00e4z"}}}, {});
  const recent_report told = past.tell(instant(3s));
  EXPECT_EQ(told.events[0].fields[0].second, std::string(299, 'y') + " ...");
  EXPECT_EQ(told.events[0].level, "error");
  EXPECT_EQ(told.events[0].age_seconds, 3);
}

}  // namespace
}  // namespace redis_agent::core
