#include "wire/status_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redis_agent::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

core::status_report full() {
  core::status_report report;
  report.pod = "redis-slave-0";
  report.role = "replica";
  report.is_ready = true;
  report.reason = "replica_in_sync";
  report.explanation = "all is \"well\"";
  report.link = "up";
  report.lag_bytes = 7;
  report.lag_seconds = 0.25;
  report.connected_replicas = 0;
  report.version = "7.0.15";
  report.keys = 5;
  report.functions = 2;
  report.offset = 300;
  report.redis = {"127.0.0.1:6379", {"127.0.0.1"}, "up", ""};
  report.primary = core::link_status{"redis-master-0:6379", {"10.0.0.1"}, "timed_out", "1s"};
  report.decision = "behind: the primary has less";
  report.situation = "behind in run 01234567, the primary's run abcdefgh";
  report.volume = "it does not answer";
  report.answer_to_decision = "refused: --keep theirs was decided for another situation";
  report.cluster_id = "0123456789abcdef";
  report.run_id = "08be88baae3fad37abf6d74427fe65166a2db3d8";
  report.history = {"a", 300, {{"b", 201, 7}, {"c", 101}}, 200, true};
  report.noted = core::noted_offset{"redis-master-0", "a", 280, 3};
  report.opened = core::opening_count{"b", 6, 1};
  report.was_in_sync = true;
  report.has_untold_aof = true;
  report.peers = {"redis-master-0.redis-headless", "redis-slave-0.redis-headless"};
  report.peers_are_cut = true;
  report.tls = "both";
  report.agent_version = "1.2.3";
  report.warnings = {"/u.conf, line 1, logfile x: told"};
  return report;
}

TEST(status_json, tells_what_is_decided_and_whose_data_it_is) {
  const auto read = parse_status(render_status(full()));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->tls, "both");
  EXPECT_EQ(read->decision, full().decision);
  EXPECT_EQ(read->situation, full().situation);
  EXPECT_EQ(read->answer_to_decision, full().answer_to_decision);
  EXPECT_EQ(read->volume, full().volume);
  EXPECT_EQ(read->cluster_id, full().cluster_id);
  EXPECT_EQ(read->run_id, full().run_id);
  EXPECT_EQ(read->history, full().history);
  EXPECT_EQ(read->noted, full().noted);
  EXPECT_EQ(read->opened, full().opened);
  EXPECT_TRUE(read->was_in_sync);
  EXPECT_TRUE(read->has_untold_aof);
}

TEST(status_json, is_read_back_as_it_was) {
  const auto read = parse_status(render_status(full()));
  ASSERT_TRUE(read);
  EXPECT_EQ(render_status(*read), render_status(full()));
  EXPECT_EQ(read->contact_seconds, std::nullopt) << "unknown is not 0";
  EXPECT_EQ(read->primary->detail, "1s");
  EXPECT_THAT(read->primary->addresses, ElementsAre("10.0.0.1"));
  EXPECT_TRUE(read->peers_are_cut);
  EXPECT_THAT(read->peers,
              ElementsAre("redis-master-0.redis-headless", "redis-slave-0.redis-headless"));
}

TEST(status_json, tells_the_last_minutes_where_they_are_asked_for) {
  core::status_report report = full();
  EXPECT_EQ(render_status(report).find("\"recent\""), std::string::npos);
  report.recent.emplace(core::recent_report{2, 0.5});
  report.recent->lag_bytes = {7, std::nullopt};
  report.recent->lag_seconds = {0.25, std::nullopt};
  report.recent->events = {{1.5, "warning", "not ready", {{"because", "\"why\""}}}};
  const auto read = parse_status(render_status(report));
  ASSERT_TRUE(read && read->recent);
  EXPECT_EQ(render_status(*read), render_status(report));
  EXPECT_THAT(read->recent->lag_bytes, ElementsAre(7, std::nullopt));
  EXPECT_EQ(read->recent->events[0].fields[0].second, "\"why\"");
}

TEST(status_json, keeps_no_more_of_the_past_than_an_agent_tells) {
  const auto read = parse_status(R"({"recent":{"lag_bytes":[)" + std::string(1998, ' ') + "1" +
                                 [] {
                                   std::string more;
                                   for (int i = 0; i < 1000; ++i) more += ",2";
                                   return more;
                                 }() +
                                 R"(],"lag_seconds":"x","events":[1,{"message":")" +
                                 std::string(9000, 'y') + R"("}]}})");
  ASSERT_TRUE(read && read->recent);
  EXPECT_EQ(read->recent->lag_bytes.size(), core::samples_max);
  EXPECT_THAT(read->recent->lag_seconds, IsEmpty());
  ASSERT_EQ(read->recent->events.size(), 1U);
  EXPECT_LT(read->recent->events[0].message.size(), 400U);
}

TEST(status_json, stays_json_whatever_numbers_another_pod_tells) {
  const auto read = parse_status(
      R"({"recent":{"step_seconds":1e308,"age_seconds":-1e308,"lag_seconds":[1e308,1e999]}})");
  ASSERT_TRUE(read && read->recent);
  EXPECT_THAT(read->recent->lag_seconds, ElementsAre(1e308, std::nullopt));
  EXPECT_TRUE(parse_status(render_status(*read))) << render_status(*read);
  EXPECT_EQ(render_status(*read).find("Infinity"), std::string::npos);
}

TEST(status_json, of_all_pods_has_the_cells_of_the_table) {
  core::topology_view view{"redis-slave-0", core::instant(std::chrono::seconds(9))};
  view.rows.push_back({"redis-slave-0", full(), {}});
  view.rows.push_back({"redis-slave-1", std::nullopt, "refused"});
  view.rows.back().heard_at = core::instant(std::chrono::seconds(4));
  const std::string text = render_view(view);
  EXPECT_THAT(text, HasSubstr("\"cells\":{\"pod\":\"redis-slave-0\",\"role\":\"replica\","
                              "\"ready\":\"yes\",\"link\":\"up\",\"lag\":\"7 B, 250 ms\""));
  EXPECT_THAT(text, HasSubstr("{\"pod\":\"redis-slave-1\",\"error\":\"refused\",\"cells\":"));
  EXPECT_THAT(text, HasSubstr("\"heard_seconds\":5E0"));
}

TEST(status_json, names_its_format_first) {
  EXPECT_EQ(render_status(full()).find("{\"format\":2,\"pod\":"), 0U) << render_status(full());
}

TEST(status_json, of_a_later_version_is_read_as_far_as_it_is_known) {
  std::string text = render_status(full());
  text.replace(text.find("\"format\":2"), 10, "\"format\":3,\"later\":[{}]");
  const auto read = parse_status(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->history, full().history);
}

TEST(status_json, of_an_agent_that_knows_no_histories_has_none) {
  const auto read = parse_status("{\"pod\":\"redis-slave-0\",\"role\":\"replica\"}");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->decision, "");
  EXPECT_EQ(read->situation, "");
  EXPECT_EQ(read->answer_to_decision, "");
  EXPECT_EQ(read->cluster_id, "");
  EXPECT_EQ(read->history, core::lineage{});
}

TEST(status_json, of_another_kind_is_unknown) {
  const auto read = parse_status(
      "{\"history\":[1],\"cluster_id\":7,\"run_id\":null,\"decision\":{},\"peers\":\"all\"}");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->history, core::lineage{});
  EXPECT_EQ(read->cluster_id, "");
  EXPECT_THAT(read->peers, IsEmpty());
  EXPECT_FALSE(parse_status("[]"));
  EXPECT_THAT(parse_status("<html>").error().text, HasSubstr("no JSON object"));
}

}  // namespace
}  // namespace redis_agent::wire
