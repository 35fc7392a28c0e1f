#include "core/dns.hpp"

#include <gtest/gtest.h>

namespace {

using namespace redis_agent::core;

TEST(dns, an_answer_is_asked_for_again_at_its_ttl_between_a_second_and_a_minute) {
  EXPECT_EQ(refresh_after(0s), 1s);
  EXPECT_EQ(refresh_after(1s), 1s);
  EXPECT_EQ(refresh_after(5s), 5s);
  EXPECT_EQ(refresh_after(60s), 60s);
  EXPECT_EQ(refresh_after(86400s), 60s);
  EXPECT_EQ(refresh_after(std::chrono::seconds::max()), 60s);
  EXPECT_EQ(refresh_after(-1s), 1s);
}

TEST(dns, a_failure_is_tried_again_after_twice_the_time_up_to_ten_seconds) {
  const duration wanted[] = {1s, 1s, 2s, 4s, 8s, 10s, 10s};
  for (unsigned failures = 0; failures < std::size(wanted); ++failures) {
    EXPECT_EQ(retry_after(failures), wanted[failures]) << failures;
  }
  EXPECT_EQ(retry_after(4000000000U), 10s);
}

}  // namespace
