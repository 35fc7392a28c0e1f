// A server after its start says little; what it has is put together from that and the memory.
#include "core/memory/volume_memory.hpp"

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string a(40, 'a');
const std::string b(40, 'b');
const std::string invented(40, 'e');
const std::string zeros(40, '0');

volume_memory remembers(const std::string& id, std::int64_t offset) {
  volume_memory m;
  m.cluster_id = "cluster";
  m.run_id = "run-1";
  m.history = {id, offset};
  m.keys = 5;
  return m;
}

replication_report primary(const std::string& id, std::int64_t offset) {
  replication_report report;
  report.replid = id;
  report.replid2 = zeros;
  report.offset = offset;
  return report;
}

replication_report replica(const std::string& id, std::int64_t offset, std::int64_t link_offset) {
  replication_report report = primary(id, offset);
  report.server_role = role::replica;
  report.link.emplace();
  report.link->offset = link_offset;
  return report;
}

own_report started(const replication_report& report) {
  return {.replication = report, .run_id = "run-2", .is_empty = false};
}

own_report started_from_an_aof(const replication_report& report) {
  own_report own = started(report);
  own.has_aof = true;
  return own;
}

TEST(effective_lineage, is_what_the_server_says_where_nothing_is_remembered) {
  const auto report = primary(a, 70);
  EXPECT_EQ(effective_lineage(started(report), std::nullopt), (lineage{a, 70}));
  EXPECT_EQ(effective_lineage(started(report), volume_memory{}), (lineage{a, 70}));
}

// 7.0 takes the fields of an RDB for a former stream: its own id is new, and replid2 is the old
// one.
TEST(effective_lineage, of_a_primary_that_7_0_started_from_an_rdb) {
  auto report = primary(invented, 100);
  report.replid2 = a;
  report.second_offset = 101;
  auto remembered = remembers(a, 90);
  remembered.history.ancestors = {{b, 31, 3}};
  remembered.history.begin = 30;
  const lineage own = effective_lineage(started(report), remembered);
  EXPECT_EQ(own.id, invented);
  EXPECT_THAT(own.ancestors, ElementsAre(ancestor{a, 101, 30}, ancestor{b, 31, 3}));
  EXPECT_TRUE(carries(own, {a, 100}));
  EXPECT_TRUE(carries({a, 100}, own)) << "nothing was written since";
}

// 5.0 keeps the RDB's id and offset for a replica alone, and the gate makes it one of nobody.
TEST(effective_lineage, of_a_primary_that_5_0_started_from_an_rdb_as_a_replica_of_nobody) {
  auto remembered = remembers(a, 90);
  remembered.history.ancestors = {{b, 31}};
  const auto report = replica(a, 80, 80);
  const lineage own = effective_lineage(started(report), remembered);
  EXPECT_EQ(own, (lineage{a, 80, {{b, 31}}})) << "an older RDB has less than was remembered";
}

TEST(effective_lineage, of_a_volume_that_went_back_to_a_former_stream) {
  auto remembered = remembers(b, 150);
  remembered.history.ancestors = {{a, 101, 40}, {"older", 41}};
  const lineage own = effective_lineage(started(replica(a, 60, 60)), remembered);
  EXPECT_EQ(own, (lineage{a, 60, {{"older", 41}}, 40})) << "b came after it";
}

TEST(effective_lineage, of_an_aof_after_a_crash_is_at_least_what_was_remembered) {
  for (const auto& report : {primary(invented, 0), replica(invented, 0, 1)}) {
    const lineage own = effective_lineage(started_from_an_aof(report), remembers(a, 90));
    EXPECT_TRUE(own.is_estimate);
    EXPECT_TRUE(carries(own, {a, 90}));
    EXPECT_FALSE(carries(own, {a, 91}));
    EXPECT_TRUE(carries({a, 90}, own)) << "nothing was written since it began";
  }
}

// It may have gone on in that stream when nobody noted it any more.
TEST(effective_lineage, of_an_aof_after_a_crash_takes_the_stream_of_before_for_no_mere_name) {
  auto remembered = remembers(a, 90);
  remembered.history.begin = 90;
  remembered.history.ancestors = {{b, 91}};
  const auto report = primary(invented, 0);
  const lineage own = effective_lineage(started_from_an_aof(report), remembered);
  EXPECT_EQ(last_written_stream(own), a);
  EXPECT_FALSE(carries({b, 90}, own));
  remembered.history.is_estimate = true;  // behind a gate, or of a replica: nobody writes in it
  EXPECT_TRUE(carries({b, 90}, effective_lineage(started_from_an_aof(report), remembered)));
}

TEST(effective_lineage, of_an_aof_after_a_clean_end_is_all) {
  auto remembered = remembers(a, 90);
  remembered.ended_cleanly = true;
  const auto report = primary(invented, 0);
  const lineage own = effective_lineage(started_from_an_aof(report), remembered);
  EXPECT_FALSE(own.is_estimate);
  EXPECT_TRUE(carries(own, {a, 5000}));
}

// FLUSHALL, and then a planned end.
TEST(effective_lineage, of_an_aof_that_was_left_empty_is_all) {
  auto remembered = remembers(a, 90);
  remembered.ended_cleanly = true;
  remembered.keys = 0;
  const auto report = primary(invented, 0);
  own_report own = started_from_an_aof(report);
  own.is_empty = true;
  EXPECT_TRUE(carries(effective_lineage(own, remembered), {a, 5000}));
  remembered.ended_cleanly = false;
  EXPECT_FALSE(carries(effective_lineage(own, remembered), {a, 1})) << "a crash";
  remembered.ended_cleanly = true;
  remembered.keys = 1;
  EXPECT_FALSE(carries(effective_lineage(own, remembered), {a, 1})) << "it was emptied";
  remembered.keys = 0;
  remembered.functions = 1;
  EXPECT_FALSE(carries(effective_lineage(own, remembered), {a, 1})) << "functions are data";
  remembered.functions = 0;
  own.has_aof = false;
  EXPECT_FALSE(carries(effective_lineage(own, remembered), {a, 1})) << "no AOF says so";
}

// Redis may not have written the last of it: what the server said is not what its file has.
TEST(effective_lineage, of_an_aof_after_a_crash_is_sure_of_what_had_been_flushed) {
  auto remembered = remembers(a, 90);
  remembered.aof_offset = 60;
  const auto report = primary(invented, 0);
  const lineage own = effective_lineage(started_from_an_aof(report), remembered);
  EXPECT_TRUE(own.is_estimate);
  EXPECT_THAT(own.ancestors, ElementsAre(ancestor{a, 61, -1, 90}));
  EXPECT_TRUE(carries(own, {a, 60}));
  EXPECT_FALSE(carries(own, {a, 61}));
  EXPECT_FALSE(carries({a, 89}, own)) << "the file may have up to 90";
  EXPECT_TRUE(carries({a, 90}, own));
  EXPECT_TRUE(carries({a, 60}, what_is_sure_of(own)));
}

TEST(effective_lineage, of_an_aof_that_was_never_seen_to_be_written_is_sure_of_nothing) {
  auto remembered = remembers(a, 90);
  remembered.aof_offset = -1;
  const auto report = primary(invented, 0);
  const lineage own = effective_lineage(started_from_an_aof(report), remembered);
  EXPECT_TRUE(own.is_estimate);
  EXPECT_FALSE(carries(own, {a, 0}));
  EXPECT_FALSE(carries({a, 89}, own));
}

TEST(effective_lineage, of_an_rdb_is_not_whole_however_clean_the_end_of_an_aof_was) {
  auto remembered = remembers(a, 90);
  remembered.ended_cleanly = true;
  const auto report = primary(invented, 0);
  EXPECT_FALSE(carries(effective_lineage(started(report), remembered), {a, 1}))
      << "it has what there was when it was written";
}

TEST(effective_lineage, of_an_rdb_without_fields_is_sure_of_nothing_in_the_stream) {
  auto remembered = remembers(a, 90);
  remembered.history.ancestors = {{b, 31}};
  const auto report = primary(invented, 0);
  const lineage own = effective_lineage(started(report), remembered);
  EXPECT_TRUE(own.is_estimate);
  EXPECT_FALSE(carries({a, 89}, own)) << "it may be of a replica that has lost its place";
  EXPECT_FALSE(carries(own, {a, 0}));
  EXPECT_TRUE(are_related(own, {a, 90})) << "the same cluster's all the same";
  EXPECT_TRUE(carries(own, {b, 30})) << "what came before is whole";
}

// Told to follow somebody, it has a place: in a stream that it has invented at its start.
TEST(effective_lineage, of_an_invented_id_is_what_was_remembered_though_it_seems_to_tell) {
  const auto report = replica(invented, 14, 14);
  own_report own = started(report);
  EXPECT_EQ(effective_lineage(own, remembers(a, 90)), (lineage{invented, 14}));
  own.has_invented_id = true;
  EXPECT_TRUE(are_related(effective_lineage(own, remembers(a, 90)), {a, 90}));
}

TEST(effective_lineage, of_an_emptied_volume_is_nothing) {
  const auto report = primary(invented, 0);
  own_report own = started_from_an_aof(report);
  own.is_empty = true;
  EXPECT_EQ(effective_lineage(own, remembers(a, 90)), (lineage{invented, 0}));
  own.is_open = true;
  EXPECT_EQ(effective_lineage(own, remembers(a, 90)), (lineage{invented, 0}));
}

TEST(effective_lineage, of_one_run_goes_on_where_the_first_replica_changes_its_id) {
  const auto report = primary(b, 14);
  own_report own = started(report);
  own.is_open = true;
  own.run_id = "run-1";
  EXPECT_TRUE(carries(effective_lineage(own, remembers(a, 0)), {a, 0}));
  own.is_empty = true;
  EXPECT_TRUE(carries(effective_lineage(own, remembers(a, 0)), {a, 0})) << "emptied by a command";
  own.is_open = false;
  EXPECT_FALSE(carries(effective_lineage(own, remembers(a, 0)), {a, 0}));
}

// Its last replica was away for longer than repl-backlog-ttl, and no agent saw how far it had come.
TEST(effective_lineage, of_one_run_has_all_of_the_stream_that_ended_without_a_trace) {
  auto report = primary(b, 700);
  own_report own = started(report);
  own.is_open = true;
  own.run_id = "run-1";
  EXPECT_TRUE(carries(effective_lineage(own, remembers(a, 90)), {a, 500}));
  report.replid2 = std::string(40, 'c');
  report.second_offset = 600;
  EXPECT_FALSE(carries(effective_lineage(own, remembers(a, 90)), {a, 500}))
      << "it goes on from another's";
  own.run_id = "run-2";
  report = primary(b, 700);
  EXPECT_FALSE(carries(effective_lineage(own, remembers(a, 90)), {a, 500}));
}

// The primary has gone on with the stream that this one left.
TEST(effective_lineage, of_a_promoted_replica_has_its_former_stream_as_far_as_it_came) {
  const auto report = primary(b, 700);
  own_report own = started(report);
  own.is_open = own.was_promoted = true;
  own.run_id = "run-1";
  const lineage told = effective_lineage(own, remembers(a, 90));
  EXPECT_TRUE(carries(told, {a, 90}));
  EXPECT_FALSE(carries(told, {a, 500}));
}

// To follow a donor moves its offset on, and it has still not been written to.
TEST(effective_lineage, of_who_begins_to_copy_from_behind_its_gate_stays_a_mere_name) {
  auto remembered = remembers(a, 90);
  remembered.gone_back = {invented, 0, {{a, 91}}, 0, true};
  const auto report = replica(invented, 1, 1);
  own_report own = started_from_an_aof(report);
  EXPECT_EQ(last_written_stream(effective_lineage(own, remembered)), a);
  own.is_open = true;
  EXPECT_EQ(last_written_stream(effective_lineage(own, remembered)), invented);
}

TEST(effective_lineage, of_another_s_copy_is_the_other_s) {
  const lineage own = effective_lineage(started(replica(b, 70, 70)), remembers(a, 90));
  EXPECT_EQ(own, (lineage{b, 70}));
}

TEST(effective_lineage, stays_an_estimate_once_the_memory_is_one) {
  auto remembered = remembers(invented, 0);
  remembered.history = {invented, 0, {{a, 91}}, 0, true};
  const auto report = primary(invented, 0);
  const lineage own = effective_lineage(started_from_an_aof(report), remembered);
  EXPECT_TRUE(own.is_estimate);
  EXPECT_TRUE(carries(own, {a, 90}));
  EXPECT_EQ(own.begin, 0) << "learned from the memory";
}

TEST(is_foreign, is_said_of_a_history_that_is_told_and_not_the_remembered_one) {
  EXPECT_TRUE(is_foreign(replica(b, 70, 70), remembers(a, 90)));
  EXPECT_FALSE(is_foreign(replica(a, 70, 70), remembers(a, 90)));
  EXPECT_FALSE(is_foreign(replica(invented, 0, 1), remembers(a, 90))) << "it does not tell";
  EXPECT_FALSE(is_foreign(primary(b, 70), remembers(a, 90)));
  EXPECT_FALSE(is_foreign(replica(b, 70, 70), std::nullopt));
  EXPECT_FALSE(is_foreign(replica(b, 70, 70), volume_memory{}));
}

TEST(is_worth_writing, is_all_that_is_news) {
  const volume_memory before = remembers(a, 90);
  EXPECT_TRUE(is_worth_writing(std::nullopt, before, 0s));
  EXPECT_FALSE(is_worth_writing(before, before, 1h));
  const std::vector<std::function<void(volume_memory&)>> news = {
      [](auto& m) { m.cluster_id = "other"; },
      [](auto& m) { m.run_id = "run-2"; },
      [](auto& m) {
        m.last_end = end_proof{"run-0", 90};
      },
      [](auto& m) { m.dismissed_rdb = rdb_header{}; },
      [](auto& m) { m.pods = {{"redis-slave-0"}}; },
      [](auto& m) { m.history.id = b; },
      [](auto& m) { m.is_copying = true; },
      [](auto& m) { m.ended_cleanly = true; },
      [](auto& m) { m.keys = 0; },
      [](auto& m) { m.aof_reach = 5; },
      [](auto& m) { m.aof_is_being_made = true; },
      [](auto& m) { m.replicas = 2; },
      [](auto& m) {
        m.history.ancestors = {{b, 1}};
      }};
  for (std::size_t i = 0; i < news.size(); ++i) {
    volume_memory after = before;
    news[i](after);
    EXPECT_TRUE(is_worth_writing(before, after, 0s)) << i;
  }
}

TEST(is_worth_writing, is_said_of_mere_numbers_each_ten_seconds) {
  const volume_memory before = remembers(a, 90);
  volume_memory after = remembers(a, 91);
  after.keys = 6;
  after.aof_offset = 91;
  EXPECT_FALSE(is_worth_writing(before, after, 9s));
  EXPECT_TRUE(is_worth_writing(before, after, 10s));
}

TEST(is_worth_writing, is_said_each_ten_seconds_of_what_the_pods_have) {
  volume_memory before = remembers(a, 90);
  before.pods = {{"redis-slave-0", a, 80, 4}};
  volume_memory after = before;
  after.pods = {{"redis-slave-0", a, 90, 5}};
  EXPECT_FALSE(is_worth_writing(before, after, 9s));
  EXPECT_TRUE(is_worth_writing(before, after, 10s));
}

// Switched off, and a full sync has come since: of no stream is more in it than it had by then.
TEST(effective_lineage, of_an_aof_of_earlier_data_is_sure_of_what_that_had_alone) {
  volume_memory remembered;
  remembered.history = {"b", 200, {{"a", 101, 20}}, 100};
  remembered.aof_is_stale = true;
  replication_report told;
  told.replid = std::string(40, 'e');
  const own_report own{.replication = told, .is_empty = false, .has_aof = true};
  const lineage nothing_sure = effective_lineage(own, remembered);
  EXPECT_FALSE(carries(nothing_sure, {"b", 0}));
  EXPECT_FALSE(carries(nothing_sure, {"a", 20}));
  EXPECT_TRUE(carries({"b", 200, {{"a", 101}}, 100}, nothing_sure)) << "and no more than all";
  remembered.aof_offset = 60;
  EXPECT_TRUE(carries(effective_lineage(own, remembered), {"a", 60}));
  EXPECT_FALSE(carries(effective_lineage(own, remembered), {"a", 61}));
  remembered.aof_offset = 150;
  EXPECT_TRUE(carries(effective_lineage(own, remembered), {"a", 100}));
  EXPECT_TRUE(carries(effective_lineage(own, remembered), {"b", 150}));
}

TEST(effective_lineage, of_an_aof_that_was_left_reaches_no_further_than_that_did) {
  volume_memory remembered;
  remembered.history = {"b", 200, {}, 100};
  remembered.aof_offset = -1;
  remembered.aof_is_stale = true;
  replication_report told;
  told.replid = std::string(40, 'e');
  const own_report own{.replication = told, .is_empty = false, .has_aof = true};
  EXPECT_FALSE(effective_lineage(own, remembered).is_stale) << "it may have been written to";
  EXPECT_TRUE(reaches(effective_lineage(own, remembered), "b", 200));
  remembered.aof_reach = 120;
  const lineage left = effective_lineage(own, remembered);
  EXPECT_TRUE(left.is_stale);
  EXPECT_TRUE(reaches(left, "b", 120));
  EXPECT_FALSE(reaches(left, "b", 121));
  remembered.history = left;  // noted, and killed once more
  remembered.aof_reach.reset();
  EXPECT_TRUE(effective_lineage(own, remembered).is_stale);
}

// Without a backlog a primary's offset stands still, whatever is written.
TEST(effective_lineage, of_who_serves_without_a_backlog_is_no_mere_name) {
  replication_report told;
  told.replid = "b";
  told.replid2 = "a";
  told.offset = 100;
  told.second_offset = 101;
  const own_report own{.replication = told, .is_empty = false, .is_open = true};
  EXPECT_EQ(effective_lineage(own, std::nullopt).begin, -1);
  told.backlog_is_active = true;
  EXPECT_EQ(effective_lineage(own, std::nullopt).begin, 100);
}

// It went back to a:60 as c, and restarted once more: b has a:80, and this server has not.
TEST(effective_lineage, of_a_server_that_went_back_is_what_it_goes_on_from) {
  volume_memory remembered;
  remembered.history = {"b", 120, {{"a", 81}}, 80};
  remembered.gone_back = {"c", 60, {{"a", 61}}, 60};
  replication_report told;
  told.replid = "d";
  told.replid2 = "c";
  told.offset = 60;
  told.second_offset = 61;
  const lineage own = effective_lineage({.replication = told, .is_empty = false}, remembered);
  EXPECT_TRUE(carries(own, {"a", 60}));
  EXPECT_FALSE(carries(own, {"a", 61}));
  EXPECT_TRUE(carries(remembered.history, own));
}

}  // namespace
}  // namespace redis_agent::core
