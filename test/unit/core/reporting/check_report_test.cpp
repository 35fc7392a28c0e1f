#include "core/reporting/check_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

using testing::AllOf;
using testing::HasSubstr;

service_answer pods(std::vector<std::string> names) {
  service_answer answer;
  for (const std::string& name : names) answer.targets.push_back({name + ".redis-headless", 6379});
  return answer;
}

TEST(check_report, the_worst_line_counts) {
  EXPECT_EQ(worst_of({}), check_kind::fine);
  EXPECT_EQ(worst_of({{check_kind::notable, "", ""}, {check_kind::fine, "", ""}}),
            check_kind::notable);
  EXPECT_EQ(worst_of({{check_kind::wrong, "", ""}, {check_kind::missing, "", ""}}),
            check_kind::wrong);
}

TEST(check_report, has_its_subjects_in_a_column) {
  EXPECT_EQ(render_check({{check_kind::fine, "DNS", "all is well"},
                          {check_kind::missing, "volume", "there is none"}}),
            "ok       DNS     all is well\n"
            "missing  volume  there is none\n");
}

TEST(check_report, a_pod_that_dns_lists_is_fine) {
  const check_line line =
      judge_listing({"redis-headless", "redis-0", pods({"redis-0", "redis-1"})});
  EXPECT_EQ(line.kind, check_kind::fine);
  EXPECT_EQ(line.text, "redis-headless lists 2 pods, this one too");
}

TEST(check_report, a_pod_that_is_not_listed_is_told_the_field_that_lacks) {
  const listing_facts facts{"redis-headless", "redis-1", pods({"redis-0"})};
  EXPECT_FALSE(lists_pod(facts));
  const check_line line = judge_listing(facts);
  EXPECT_EQ(line.kind, check_kind::missing);
  EXPECT_THAT(line.text,
              AllOf(HasSubstr("lists 1 pod and not redis-1"),
                    HasSubstr("publishNotReadyAddresses: true"), HasSubstr("serviceName")));
}

TEST(check_report, a_service_without_ports_and_one_that_lists_nobody_are_told_apart) {
  listing_facts facts{"redis-headless", "redis-1"};
  facts.trouble = "no answer";
  EXPECT_EQ(judge_listing(facts).text, "no answer");
  facts.why = absence::no_ports;
  EXPECT_THAT(judge_listing(facts).text, HasSubstr("needs ports"));
  facts.why = absence::no_pods;
  EXPECT_THAT(judge_listing(facts).text, HasSubstr("publishNotReadyAddresses"));
  EXPECT_EQ(judge_listing(facts).kind, check_kind::missing);
}

TEST(check_report, of_a_list_that_is_cut_nobody_is_said_to_be_missing) {
  listing_facts facts{"redis-headless", "redis-9", pods({"redis-0"})};
  facts.answer->is_cut = true;
  EXPECT_EQ(judge_listing(facts).kind, check_kind::notable);
}

TEST(check_report, a_primary_that_nobody_knows_names_the_setting) {
  const check_line line = judge_primary("redis-0.redis", failure{"redis-0.redis: no such name"});
  EXPECT_EQ(line.kind, check_kind::missing);
  EXPECT_THAT(line.text, AllOf(HasSubstr("no such name"), HasSubstr("--primary")));
  EXPECT_EQ(judge_primary("redis-0.redis", address_answer{{"10.0.0.7"}}).text,
            "redis-0.redis is at 10.0.0.7");
}

}  // namespace
}  // namespace redis_agent::core
