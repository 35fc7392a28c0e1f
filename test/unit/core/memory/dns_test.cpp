#include "core/memory/dns.hpp"

#include <gtest/gtest.h>

namespace {

using namespace redis_agent::core;

TEST(dns, a_cut_answer_adds_to_what_is_known_and_a_whole_one_replaces_it) {
  const service_answer known{{{"a", 1}, {"b", 1}}, 5s};
  const service_answer cut = join(known, {{{"b", 1}, {"c", 1}}, 7s, true});
  EXPECT_EQ(cut, (service_answer{{{"a", 1}, {"b", 1}, {"c", 1}}, 7s, true}));
  const service_answer whole{{{"c", 1}}, 7s};
  EXPECT_EQ(join(cut, whole), whole);
}

TEST(dns, lists_a_pod_by_its_first_label) {
  const service_answer answer{{{"redis-slave-1.redis-headless", 6379}}, 5s};
  EXPECT_TRUE(lists(answer, "redis-slave-1"));
  EXPECT_FALSE(lists(answer, "redis-slave"));
  EXPECT_FALSE(lists({}, "redis-slave-1"));
}

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
