#include "wire/service_json.hpp"

#include <gtest/gtest.h>

namespace redis_agent::wire {
namespace {

std::string service(const std::string& annotations, const std::string& spec) {
  return R"({"kind":"Service","apiVersion":"v1","metadata":{"name":"redis-master",)"
         R"("resourceVersion":"31","annotations":)" +
         annotations + R"(},"spec":)" + spec + "}";
}

TEST(service_json, says_where_it_leads) {
  const auto read = parse_service(service(
      R"({"redis-agent.io/term":"3","redis-agent.io/holder":"redis-1/u-1"})",
      R"({"selector":{"statefulset.kubernetes.io/pod-name":"redis-1"},"ports":[{"port":6379}]})"));
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->version, "31");
  EXPECT_EQ(read->term, 3);
  EXPECT_EQ(read->holder, "redis-1/u-1");
  EXPECT_TRUE(read->leads_to("redis-1"));
  EXPECT_FALSE(read->leads_to("redis-0"));
}

TEST(service_json, leads_nowhere_before_it_was_moved) {
  const auto read = parse_service(service("null", R"({"ports":[]})"));
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_TRUE(read->selector.empty());
  EXPECT_EQ(read->term, 0);
  EXPECT_FALSE(read->leads_to(""));
}

TEST(service_json, does_not_lead_to_a_pod_that_needs_another_label_too) {
  const auto read = parse_service(service(
      "{}", R"({"selector":{"app":"redis","statefulset.kubernetes.io/pod-name":"redis-1"}})"));
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->leads_to("redis-1"));
}

TEST(service_json, is_not_held_up_by_annotations) {
  for (const char* term : {R"("x")", R"("-1")", "3", R"("")"}) {
    const auto read = parse_service(service(
        std::string(R"({"redis-agent.io/holder":7,"redis-agent.io/term":)") + term + "}", "{}"));
    ASSERT_TRUE(read) << term;
    EXPECT_EQ(read->term, 0) << term;
    EXPECT_EQ(read->holder, "");
  }
}

TEST(service_json, takes_nothing_else_for_a_service) {
  EXPECT_FALSE(parse_service(R"({"kind":"Lease","metadata":{"resourceVersion":"1"}})"));
  EXPECT_EQ(parse_service(service("{}", R"({"selector":{"app":7}})")).error().text,
            "is no Service: its selector is unreadable");
}

TEST(service_json, is_moved_to_one_pod_and_no_label_more) {
  const core::service_route read{
      "31", {{"app", "redis"}, {"statefulset.kubernetes.io/pod-name", "redis-0"}}, 2, "redis-0/u"};
  EXPECT_EQ(render_service_patch(read, {"redis-1", "redis-1/v", 3}),
            R"({"metadata":{"resourceVersion":"31","annotations":{"redis-agent.io/term":"3",)"
            R"("redis-agent.io/holder":"redis-1/v"}},"spec":{"selector":{"app":null,)"
            R"("statefulset.kubernetes.io/pod-name":"redis-1"}}})");
}

}  // namespace
}  // namespace redis_agent::wire
