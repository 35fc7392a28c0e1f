#include "core/reporting/status_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

status_report report_of(primary_agent& agent, duration now) {
  return report_status(agent.seen(), agent.set(), instant(now), "1.2.3");
}

TEST(status_report, tells_whose_data_the_server_has) {
  primary_agent agent;
  agent.at(1s).redis(serving);
  const status_report report = report_of(agent, 1s);
  EXPECT_EQ(report.history.id, next_history);
  EXPECT_EQ(report.run_id, "run-1");
  EXPECT_EQ(report.cluster_id, "ours");
  EXPECT_THAT(report.peers,
              ElementsAre("redis-master-0.redis-headless", "redis-slave-0.redis-headless"));
}

TEST(status_report, tells_no_history_while_the_server_loads_or_does_not_answer) {
  primary_agent agent;
  agent.at(1s).redis([](poll_report& r) {
    serving(r), r.loading = loading_report{true, false, 1};
  });
  EXPECT_EQ(report_of(agent, 1s).history, lineage{});
  EXPECT_EQ(report_of(agent, 1s).run_id, "run-1");
  agent.redis(serving).tell(failed{peer::redis, link_condition::timed_out, "", ""});
  EXPECT_EQ(report_of(agent, 1s).history, lineage{});
}

TEST(status_report, names_the_situation_and_what_became_of_a_decision_about_it) {
  primary_agent agent;
  agent.at(1s).redis().at(61s).redis();
  EXPECT_EQ(report_of(agent, 61s).situation, "rule 7 in run run-1, redis-slave-0 missing");
  EXPECT_THAT(report_of(agent, 61s).decision, StartsWith("holds (rule 7)"));
  EXPECT_EQ(report_of(agent, 61s).answer_to_decision, "");
  agent.decides(keeping::mine);
  EXPECT_THAT(report_of(agent, 61s).answer_to_decision, StartsWith("taken: --keep mine"));
}

TEST(status_report, warns_of_a_redis_conf_that_has_lost_its_gate) {
  primary_agent agent;
  agent.at(1s).redis(serving).tell(config_seen{.has_gate = false});
  EXPECT_THAT(
      report_of(agent, 1s).warnings,
      ElementsAre(StartsWith("the redis.conf has lost its gate (CONFIG REWRITE does that)")));
  agent.tell(config_seen{.has_gate = true});
  EXPECT_THAT(report_of(agent, 1s).warnings, ElementsAre());
}

status_report another_s(const std::string& reason) {
  status_report report;
  report.pod = "redis-slave-0";
  report.reason = reason;
  report.cluster_id = "ours";
  report.run_id = "run";
  report.history = {former_history, 100};
  return report;
}

TEST(statement_in, is_what_the_other_agent_says_of_its_server) {
  const auto said = statement_in(another_s("replica_in_sync"));
  ASSERT_TRUE(said);
  EXPECT_EQ(said->pod, "redis-slave-0");
  EXPECT_EQ(said->cluster_id, "ours");
  EXPECT_EQ(said->run_id, "run");
  EXPECT_EQ(said->history, (lineage{former_history, 100}));
}

TEST(statement_in, has_no_history_of_a_loading_server_whatever_an_older_agent_says) {
  const auto said = statement_in(another_s("redis_loading"));
  ASSERT_TRUE(said);
  EXPECT_EQ(said->history, lineage{});
  EXPECT_EQ(said->cluster_id, "ours");
}

TEST(statement_in, is_none_where_no_server_is_known) {
  status_report report = another_s("starting");
  report.run_id.clear();
  EXPECT_EQ(statement_in(report), std::nullopt);
}

}  // namespace
}  // namespace redis_agent::core
