#include "core/reporting/log_limit.hpp"

#include <gmock/gmock.h>

namespace redis_agent::core {
namespace {

using testing::IsEmpty;

const log_line refused = {log_level::warning, "an order is refused", {{"by", "redis"}}};

// How many of a line that comes each 10 ms from then on are written within a second.
int count_admitted(log_limit& limit, duration from) {
  int admitted = 0;
  for (int i = 0; i < 100; ++i) {
    if (limit.admit(refused, instant(from + i * 10ms))) ++admitted;
  }
  return admitted;
}

TEST(log_limit, admits_a_handful_at_once_and_one_a_second_from_then_on) {
  log_limit limit;
  EXPECT_EQ(count_admitted(limit, 0s), 20);
  for (int second = 1; second < 60; ++second) {
    EXPECT_LE(count_admitted(limit, second * 1s), 2) << second;
  }
}

TEST(log_limit, leaves_a_seldom_line_as_it_is) {
  log_limit limit;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(limit.admit(refused, instant(i * 1s)), refused);
}

TEST(log_limit, tells_with_the_next_line_how_many_were_left_out) {
  log_limit limit;
  count_admitted(limit, 0s);
  const auto next = limit.admit(refused, instant(5s));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->fields.back(), (std::pair<std::string, std::string>{"left_out", "80"}));
  EXPECT_EQ(limit.admit(refused, instant(6s)), refused) << "told once";
}

TEST(log_limit, counts_each_message_by_itself) {
  log_limit limit;
  count_admitted(limit, 0s);
  EXPECT_TRUE(limit.admit({log_level::info, "ready", {}}, instant(1s)));
}

TEST(log_limit, tells_how_many_were_left_out_where_no_next_line_comes) {
  log_limit limit;
  count_admitted(limit, 0s);
  EXPECT_THAT(limit.take_stock(instant(2s)), IsEmpty()) << "the next line may";
  const std::vector<log_line> told = {{log_level::info,
                                       "lines were left out of the log",
                                       {{"of", "an order is refused"}, {"left_out", "80"}}}};
  EXPECT_EQ(limit.take_stock(instant(12s)), told);
  EXPECT_THAT(limit.take_stock(instant(60s)), IsEmpty());
}

}  // namespace
}  // namespace redis_agent::core
