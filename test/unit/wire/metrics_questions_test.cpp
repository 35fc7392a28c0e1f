#include "wire/metrics_questions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "wire/conversation.hpp"
#include "wire/info_families.hpp"

namespace redis_agent::wire {
namespace {

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

const std::string replication = bulk("role:master\r\nmaster_repl_offset:7\r\n");

// A poll's own answers: INFO replication and persistence, ROLE, bind, PING.
std::string poll_answers() {
  return replication + bulk("loading:0\r\n") + "*1\r\n" + bulk("master") + "*0\r\n+PONG\r\n";
}

std::optional<core::poll_report> answer(const std::string& metrics, bool with_latencies) {
  conversation talk(core::peer::redis);
  talk.add_metrics(with_latencies);
  talk.ask(false, core::instant{});
  talk.receive(poll_answers() + metrics);
  const auto outcome = talk.outcome();
  const auto* const told = outcome ? std::get_if<core::reported>(&*outcome) : nullptr;
  return told ? std::optional(told->report) : std::nullopt;
}

TEST(metrics_questions, are_answered_in_one_round_with_a_poll) {
  const auto report =
      answer(bulk("used_memory:5\r\n") + bulk("cmdstat_get:calls=1\r\n") + "*2\r\n" +
                 bulk("maxclients") + bulk("100") + "*2\r\n" + bulk("maxmemory") + bulk("0") +
                 "*0\r\n*2\r\n" + bulk("databases") + bulk("16") +
                 ":3\r\n*1\r\n*6\r\n:9\r\n:1700000000\r\n:1500\r\n*1\r\n" + bulk("KEYS") +
                 bulk("10.0.0.1:5") + bulk("") + "*1\r\n*4\r\n" + bulk("fork") +
                 ":1700000000\r\n:12\r\n:15\r\n" + bulk("latency_percentiles_usec_get:p50=1\r\n"),
             true);
  ASSERT_TRUE(report && report->metrics);
  EXPECT_EQ(report->metrics->info.size(), 3U);
  EXPECT_EQ(report->metrics->maxclients, 100);
  EXPECT_EQ(report->metrics->io_threads, std::nullopt) << "Redis 5 has none";
  EXPECT_EQ(report->metrics->slowlog_last_id, 9);
  EXPECT_EQ(report->metrics->slowlog_last_microseconds, 1500);
  ASSERT_EQ(report->metrics->spikes.size(), 1U);
  EXPECT_EQ(report->metrics->spikes[0].milliseconds, 12);
}

TEST(metrics_questions, leave_a_poll_alone_where_they_are_refused) {
  std::string refusals;
  for (std::size_t i = 0; i < metrics_commands(false).size(); ++i) refusals += "-NOPERM no\r\n";
  const auto report = answer(refusals, false);
  ASSERT_TRUE(report && report->metrics) << "the poll itself was answered";
  EXPECT_TRUE(report->metrics->info.empty());
  EXPECT_FALSE(report->metrics->slowlog_length);
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
