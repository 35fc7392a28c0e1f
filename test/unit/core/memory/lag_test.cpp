#include "core/memory/lag.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace redis_agent::core {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

instant at(double seconds) {
  return instant(duration_cast<duration>(std::chrono::duration<double>(seconds)));
}

double estimate_of(const std::optional<lag>& measured) {
  return to_seconds(measured.value().estimate);
}

TEST(offset_history, knows_nothing_before_the_first_sample) {
  EXPECT_EQ(offset_history().measure(0, at(1)), std::nullopt);
}

TEST(offset_history, interpolates_when_the_primary_was_where_the_replica_is) {
  offset_history history;
  history.record(at(0), 0);
  history.record(at(10), 1000);
  const auto measured = history.measure(250, at(11));
  EXPECT_EQ(measured->bytes, 750);
  EXPECT_DOUBLE_EQ(estimate_of(measured), 8.5);
  EXPECT_DOUBLE_EQ(to_seconds(measured->upper_bound), 11) << "it may have moved on at once";
}

TEST(offset_history, a_replica_past_the_last_sample_is_behind_by_at_most_its_age) {
  offset_history history;
  history.record(at(0), 100);
  const auto measured = history.measure(120, at(0.25));
  EXPECT_EQ(measured->bytes, 0);
  EXPECT_DOUBLE_EQ(estimate_of(measured), 0);
  EXPECT_DOUBLE_EQ(to_seconds(measured->upper_bound), 0.25);
}

TEST(offset_history, an_idle_primary_counts_from_when_it_moved_on) {
  offset_history history;
  for (int i = 0; i <= 100; ++i) history.record(at(i), 500);  // nothing written for 100 s
  history.record(at(101), 600);
  EXPECT_EQ(history.size(), 3U) << "a plateau is two samples";
  EXPECT_DOUBLE_EQ(estimate_of(history.measure(500, at(102))), 2);
}

TEST(offset_history, behind_the_oldest_sample_is_at_least_its_age) {
  offset_history history;
  history.record(at(5), 1000);
  EXPECT_DOUBLE_EQ(estimate_of(history.measure(10, at(8))), 3);
}

TEST(offset_history, an_offset_that_goes_back_begins_anew) {
  offset_history history;
  history.record(at(0), 1000);
  history.record(at(1), 10);
  EXPECT_EQ(history.size(), 1U);
  EXPECT_EQ(history.measure(10, at(1))->bytes, 0);
}

TEST(offset_history, stays_small_and_keeps_its_ends) {
  offset_history history;
  for (int i = 0; i < 100'000; ++i) history.record(at(i), i);
  EXPECT_LE(history.size(), 4096U);
  EXPECT_DOUBLE_EQ(estimate_of(history.measure(99'999, at(99'999))), 0);
  EXPECT_NEAR(estimate_of(history.measure(90'000, at(99'999))), 9'999, 1)
      << "thinned out, a steady rate interpolates as well as before";
}

// Against the true lag of a simulated stream: the error is at most one sampling interval, and the
// upper bound is never below the truth.
RC_GTEST_PROP(offset_history, the_upper_bound_holds, ()) {
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000));
  RC_PRE(steps.size() > 4U);
  const int sample_every = *rc::gen::inRange(1, 5);
  std::vector<std::int64_t> offsets = {0};  // the primary's, one each 100 ms
  for (const int step : steps) offsets.push_back(offsets.back() + step);
  const auto last = offsets.size() - 1;
  offset_history history;
  for (std::size_t i = 0; i <= last; i += static_cast<std::size_t>(sample_every)) {
    history.record(at(0.1 * static_cast<double>(i)), offsets[i]);
  }
  const auto here = *rc::gen::inRange<std::size_t>(0, last + 1);
  // What the replica has, the primary had written until just before it wrote more.
  std::size_t until = here;
  while (until < last && offsets[until + 1] == offsets[here]) ++until;
  const double truth = until == last ? 0 : 0.1 * static_cast<double>(last - until);
  const auto measured = history.measure(offsets[here], at(0.1 * static_cast<double>(last)));
  RC_ASSERT(to_seconds(measured->upper_bound) >= truth - 1e-9);
  RC_ASSERT(std::abs(to_seconds(measured->estimate) - truth) <= 0.1 * sample_every + 0.1 + 1e-9);
}

TEST(admits, lets_out_at_the_budget_and_back_in_at_half_of_it) {
  const lag_budget budget{1000, 10s};
  const lag inside{500, 1s, 5s};
  const lag between{600, 1s, 1s};
  const lag between_in_time{0, 6s, 6s};
  const lag outside{1001, 0s, 0s};
  EXPECT_TRUE(admits(budget, inside, false));
  EXPECT_TRUE(admits(budget, inside, true));
  EXPECT_FALSE(admits(budget, between, false));
  EXPECT_TRUE(admits(budget, between, true));
  EXPECT_FALSE(admits(budget, between_in_time, false));
  EXPECT_TRUE(admits(budget, between_in_time, true));
  EXPECT_FALSE(admits(budget, outside, true));
}

}  // namespace
}  // namespace redis_agent::core
