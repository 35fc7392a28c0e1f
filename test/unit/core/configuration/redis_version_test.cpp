#include "core/configuration/redis_version.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <string>

namespace {

using namespace redis_agent::core;

TEST(redis_version, takes_short_and_long_forms_and_both_products) {
  EXPECT_EQ(parse_redis_version("5"), (redis_version{5, 0}));
  EXPECT_EQ(parse_redis_version("6.2"), (redis_version{6, 2}));
  EXPECT_EQ(parse_redis_version("7.0.15"), (redis_version{7, 0}));
  EXPECT_EQ(parse_redis_version("redis-8.0"), (redis_version{8, 0}));
  EXPECT_EQ(parse_redis_version("valkey-8.1.1"), (redis_version{8, 1}));
}

TEST(redis_version, refuses_what_is_older_than_replicaof_or_no_version) {
  for (const char* const wrong :
       {"", "4.0", "0", "-5", "5.", "5.x", "5.0.", "5.0.1.2", "v7", "7.2-alpine", "seven", "redis-",
        "redis-valkey-8", "7..2", "7.-2", "99999999999"}) {
    EXPECT_EQ(parse_redis_version(wrong), std::nullopt) << wrong;
  }
}

TEST(redis_version, knows_since_when_a_feature_exists) {
  EXPECT_FALSE((redis_version{6, 0}.knows_optional_bind()));
  EXPECT_TRUE((redis_version{6, 2}.knows_optional_bind()));
  EXPECT_TRUE((redis_version{7, 0}.knows_optional_bind()));
  EXPECT_FALSE((redis_version{5, 0}.knows_users()));
  EXPECT_TRUE((redis_version{6, 0}.knows_users()));
}

RC_GTEST_PROP(redis_version_property, is_read_as_it_is_written, ()) {
  const int major = *rc::gen::inRange(5, 1000);
  const int minor = *rc::gen::inRange(0, 1000);
  const std::string text = std::to_string(major) + "." + std::to_string(minor);
  RC_ASSERT(parse_redis_version(text) == (redis_version{major, minor}));
  RC_ASSERT(parse_redis_version(text + ".3") == (redis_version{major, minor}));
}

}  // namespace
