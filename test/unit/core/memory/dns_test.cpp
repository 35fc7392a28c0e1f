#include "core/memory/dns.hpp"

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

}  // namespace
