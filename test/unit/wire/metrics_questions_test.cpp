#include "wire/metrics_questions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "wire/conversation.hpp"
#include "wire/info_families.hpp"

namespace redis_agent::wire {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

const std::string server = "redis_version:7.0.15\r\nrun_id:r\r\n";
const std::string replication = "role:master\r\nmaster_repl_offset:7\r\n";
const std::string poll_rest = "*1\r\n" + bulk("master") + "*0\r\n+PONG\r\n";  // ROLE, bind, PING
const std::string settings = "*2\r\n" + bulk("maxclients") + bulk("100") + "*2\r\n" +
                             bulk("maxmemory") + bulk("0") + "*0\r\n*2\r\n" + bulk("databases") +
                             bulk("16");
const std::string histories =
    bulk("cmdstat_get:calls=1\r\n") + bulk("latency_percentiles_usec_get:p50=1\r\n");
const std::string rest = ":3\r\n*1\r\n*6\r\n:9\r\n:1700000000\r\n:1500\r\n*1\r\n" + bulk("KEYS") +
                         bulk("10.0.0.1:5") + bulk("") + "*1\r\n*4\r\n" + bulk("fork") +
                         ":1700000000\r\n:12\r\n:15\r\n";

class metrics_questions : public testing::Test {
 protected:
  // The first poll of a connection.
  void open() {
    talk_.open({}, core::instant{});
    std::string answers = "+OK\r\n" + bulk(replication) + bulk("loading:0\r\n") + poll_rest;
    for (int directives = 6; directives > 0; --directives) answers += "*0\r\n";
    answers += bulk(server) + bulk("db0:keys=1\r\n") + bulk("") + bulk("sync_full:0\r\n");
    talk_.receive(answers);
    ASSERT_TRUE(told(talk_.outcome()));
  }

  static std::optional<core::poll_report> told(const std::optional<core::event>& outcome) {
    const auto* const report = outcome ? std::get_if<core::reported>(&*outcome) : nullptr;
    return report ? std::optional(report->report) : std::nullopt;
  }

  std::string ask(bool with_details = false, core::duration since_start = {}) {
    talk_.add_metrics(true);
    return talk_.ask(with_details, core::instant{since_start});
  }

  std::optional<core::poll_report> answer(const std::string& bytes) {
    talk_.receive(bytes);
    return told(talk_.outcome());
  }

  conversation talk_{core::peer::redis};
};

TEST_F(metrics_questions, are_answered_in_one_round_with_a_poll) {
  open();
  const std::string asked = ask();
  EXPECT_THAT(asked, HasSubstr("*1\r\n$4\r\nINFO\r\n*1\r\n$4\r\nROLE\r\n"));
  const auto report = answer(bulk(replication + "used_memory:5\r\nloading:1\r\n") + poll_rest +
                             histories + settings + rest);
  ASSERT_TRUE(report && report->metrics);
  EXPECT_EQ(report->metrics->info.size(), 3U);
  EXPECT_EQ(report->metrics->maxclients, 100);
  EXPECT_EQ(report->metrics->io_threads, std::nullopt) << "Redis 5 has none";
  EXPECT_EQ(report->metrics->slowlog_last_id, 9);
  EXPECT_EQ(report->metrics->slowlog_last_microseconds, 1500);
  ASSERT_EQ(report->metrics->spikes.size(), 1U);
  EXPECT_EQ(report->metrics->spikes[0].milliseconds, 12);
  EXPECT_EQ(report->replication.offset, 7) << "the poll's own question has the same answer";
  EXPECT_TRUE(report->loading && report->loading->is_loading);
  EXPECT_FALSE(report->server) << "no details were asked for";
}

TEST_F(metrics_questions, bring_a_polls_details_where_those_are_due) {
  open();
  ask(true);
  std::string directives;
  for (int number = 6; number > 0; --number) directives += "*0\r\n";
  const auto report = answer(bulk(server + replication + "db0:keys=5\r\nsync_full:2\r\n") +
                             poll_rest + directives + histories + settings + rest);
  ASSERT_TRUE(report && report->metrics);
  ASSERT_TRUE(report->server && report->details) << "they are in the same answer";
  EXPECT_EQ(report->server->run_id, "r");
  EXPECT_EQ(report->details->keys, 5);
  EXPECT_EQ(report->details->resyncs.full, 2);
}

TEST_F(metrics_questions, ask_for_settings_once_a_minute) {
  open();
  ask();
  answer(bulk(replication) + poll_rest + histories + settings + rest);
  EXPECT_THAT(ask(false, 59s), Not(HasSubstr("databases")));
  const auto report =
      answer(bulk(replication + "maxclients:90\r\n") + poll_rest + histories + rest);
  ASSERT_TRUE(report && report->metrics);
  EXPECT_EQ(report->metrics->maxclients, 90) << "INFO tells it";
  EXPECT_EQ(report->metrics->maxmemory, 0);
  EXPECT_EQ(report->metrics->databases, 16);
  EXPECT_EQ(report->metrics->slowlog_length, 3);
  EXPECT_THAT(ask(false, 60s), HasSubstr("databases"));
}

TEST_F(metrics_questions, leave_a_poll_alone_where_they_are_refused) {
  open();
  ask();
  std::string refusals;
  for (int others = 9; others > 0; --others) refusals += "-NOPERM no\r\n";
  const auto report = answer(bulk(replication) + poll_rest + refusals);
  ASSERT_TRUE(report && report->metrics) << "the poll itself was answered";
  EXPECT_FALSE(report->metrics->slowlog_length);
  EXPECT_FALSE(report->metrics->maxclients);
}

TEST(info_families, name_each_field_and_each_family_once) {
  std::set<std::string_view> fields;
  std::set<std::string_view> names;
  for (const info_family& row : all_info_families()) {
    EXPECT_TRUE(fields.insert(row.field).second) << row.field;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(find_info_family(row.field), &row);
    EXPECT_FALSE(row.help.empty());
  }
  EXPECT_EQ(find_info_family("aa"), nullptr);
  EXPECT_EQ(find_info_family("zz"), nullptr);
}

}  // namespace
}  // namespace redis_agent::wire
