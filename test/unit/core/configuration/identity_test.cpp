#include "core/configuration/identity.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace {

using namespace redis_agent::core;

const endpoint article_primary{"redis-master-0.redis-headless", 6379};

TEST(identity, takes_the_names_of_a_statefulset_s_pods) {
  EXPECT_EQ(*parse_pod_name("redis-master-0"), (pod_name{"redis-master", 0}));
  EXPECT_EQ(*parse_pod_name("redis-slave-17"), (pod_name{"redis-slave", 17}));
  EXPECT_EQ(*parse_pod_name("r-0"), (pod_name{"r", 0}));
  EXPECT_EQ(*parse_pod_name("6-0-1"), (pod_name{"6-0", 1}));
  EXPECT_EQ(*parse_pod_name("redis-2147483647"), (pod_name{"redis", 2147483647}));
  const std::string longest = std::string(61, 'r') + "-0";
  EXPECT_EQ(parse_pod_name(longest)->ordinal, 0U);
}

struct refused_name {
  std::string text;
  std::string_view reason;
};

TEST(identity, refuses_every_other_name_with_the_reason_and_what_was_expected) {
  const refused_name refused[] = {
      {"", "it is empty"},
      {std::string(62, 'r') + "-0", "it has 64 characters"},
      {"redis", "it has no -<ordinal>"},
      {"redis-", "it has no -<ordinal>"},
      {"redis-a", "it has no -<ordinal>"},
      {"redis-1a", "it has no -<ordinal>"},
      {"0", "it has no -<ordinal>"},
      {"redis-7d9f8b6c5-x2k4j", "it has no -<ordinal>"},  // a Deployment's pod
      {"redis-00", "its ordinal has leading zeros"},
      {"redis-007", "its ordinal has leading zeros"},
      {"redis-2147483648", "its ordinal is too large"},
      {"redis-99999999999999999999999", "its ordinal is too large"},
      {"-0", "it has no StatefulSet's name"},
      {"--0", "it has no StatefulSet's name"},
      {"redis--0", "it has no StatefulSet's name"},
      {"-redis-0", "it has no StatefulSet's name"},
      {"Redis-0", "it has a character that pod names lack"},
      {"redis_a-0", "it has a character that pod names lack"},
      {"redis-0 ", "it has a character that pod names lack"},
      {std::string("redis-0\0", 8), "it has a character that pod names lack"},
      {"redis-0.redis-headless", "it has a dot"},
  };
  for (const refused_name& name : refused) {
    const auto parsed = parse_pod_name(name.text);
    ASSERT_FALSE(parsed) << name.text;
    EXPECT_EQ(parsed.error().text.substr(0, name.reason.size()), name.reason) << name.text;
    EXPECT_NE(parsed.error().text.find("; expected the name of a StatefulSet's pod"),
              std::string::npos);
  }
}

TEST(identity, the_pod_that_the_primary_s_address_names_is_the_primary) {
  EXPECT_EQ(derive_role("redis-master-0", article_primary), role::primary);
  EXPECT_EQ(derive_role("redis-0", endpoint{"redis-0", 6379}), role::primary);
  EXPECT_EQ(derive_role("redis-0", endpoint{"redis-0.redis.prod.svc.cluster.local.", 6379}),
            role::primary);
  EXPECT_EQ(derive_role("redis-master-0", endpoint{"Redis-Master-0.Redis-Headless", 6379}),
            role::primary);
}

TEST(identity, every_other_pod_is_a_replica_whatever_its_ordinal) {
  for (const char* const pod :
       {"redis-slave-0", "redis-slave-1", "redis-master-1", "redis-master-00", "redis-master-",
        "master-0", "redis-master-0.redis-headless"}) {
    EXPECT_EQ(derive_role(pod, article_primary), role::replica) << pod;
  }
}

TEST(identity, an_address_without_a_name_makes_every_pod_a_replica) {
  EXPECT_EQ(derive_role("10", endpoint{"10.0.0.7", 6379}), role::replica);
  EXPECT_EQ(derive_role("redis-0", endpoint{"fd00::1", 6379}), role::replica);
}

TEST(identity, roles_have_names) {
  EXPECT_EQ(to_text(role::primary), "primary");
  EXPECT_EQ(to_text(role::replica), "replica");
}

RC_GTEST_PROP(identity_property, a_name_is_its_statefulset_and_its_ordinal, ()) {
  const auto inner = *rc::gen::container<std::string>(
      rc::gen::elementOf(std::string("abcdefghijklmnopqrstuvwxyz0123456789-")));
  const std::string statefulset = "r" + inner.substr(0, 40) + "s";
  const auto ordinal = *rc::gen::inRange<std::uint32_t>(0, 2147483647U);
  const std::string name = statefulset + "-" + std::to_string(ordinal);
  RC_ASSERT(*parse_pod_name(name) == (pod_name{statefulset, ordinal}));
  RC_ASSERT(derive_role(name, endpoint{name + ".redis-headless", 6379}) == role::primary);
  RC_ASSERT(derive_role(name, article_primary) == role::replica);
}

RC_GTEST_PROP(identity_property, what_is_taken_is_written_the_same_again,
              (const std::string& text)) {
  const auto parsed = parse_pod_name(text);
  if (parsed) RC_ASSERT(parsed->statefulset + "-" + std::to_string(parsed->ordinal) == text);
}

}  // namespace
