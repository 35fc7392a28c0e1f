// Histories that are longer than any list: what is left of them still tells what it has to.
#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/memory/lineage.hpp"

namespace redis_agent::core {
namespace {

constexpr std::size_t kept = 32;

std::string stream(std::size_t number) { return "stream-" + std::to_string(number); }

bool names(const lineage& history, const std::string& id) {
  return std::any_of(history.ancestors.begin(), history.ancestors.end(),
                     [&](const ancestor& older) { return older.id == id; });
}

// A server that has been started once for each element, and wrote so many bytes in that run.
lineage restarted(const std::vector<std::int64_t>& written) {
  lineage history{stream(0), 0};
  for (std::size_t i = 0; i < written.size(); ++i) {
    history.offset += written[i];
    lineage next{stream(i + 1), history.offset};
    add_ancestors(next, history, history.offset + 1);
    next.begin = history.offset;
    history = next;
  }
  return history;
}

TEST(thin_out, leaves_a_short_list_alone) {
  const lineage before = restarted(std::vector<std::int64_t>(kept, 0));
  lineage after = before;
  thin_out(after, {});
  EXPECT_EQ(after, before);
}

TEST(thin_out, of_a_crash_loop_remembers_where_a_replica_was_seen_last) {
  const lineage before = restarted(std::vector<std::int64_t>(500, 0));
  lineage after = before;
  thin_out(after, {stream(3), stream(250)});
  EXPECT_EQ(after.ancestors.size(), kept);
  EXPECT_EQ(after.ancestors.front().id, stream(499)) << "the newest stay";
  EXPECT_TRUE(carries(after, {stream(3), 0}));
  EXPECT_TRUE(carries(after, {stream(250), 0}));
  EXPECT_FALSE(names(after, stream(4)));
}

TEST(thin_out, drops_mere_names_before_streams_with_data) {
  std::vector<std::int64_t> written(500, 0);
  for (const std::size_t i : {7U, 100U, 300U}) written[i] = 10;
  lineage history = restarted(written);
  thin_out(history, {});
  EXPECT_EQ(history.ancestors.size(), kept);
  for (const std::size_t i : {7U, 100U, 300U}) EXPECT_TRUE(names(history, stream(i))) << i;
}

TEST(thin_out, drops_the_oldest_of_streams_with_data) {
  lineage history = restarted(std::vector<std::int64_t>(40, 10));
  thin_out(history, {stream(2)});
  EXPECT_EQ(history.ancestors.size(), kept);
  EXPECT_TRUE(names(history, stream(2)));
  EXPECT_FALSE(names(history, stream(1)));
  EXPECT_TRUE(names(history, stream(39)));
}

TEST(thin_out, takes_an_unknown_beginning_or_a_reach_for_data) {
  lineage history{"now", 0};
  add_ancestor(history, {"unknown", 1});
  add_ancestor(history, {"perhaps", 1, 0, 50});
  for (std::size_t i = 0; i < 40; ++i) add_ancestor(history, {stream(i), 1, 0});
  thin_out(history, {});
  EXPECT_TRUE(names(history, "unknown"));
  EXPECT_TRUE(names(history, "perhaps"));
}

TEST(thin_out, keeps_more_than_its_number_where_so_many_are_needed) {
  lineage history = restarted(std::vector<std::int64_t>(100, 0));
  std::vector<std::string> needed;
  for (std::size_t i = 0; i < 50; ++i) needed.push_back(stream(i));
  thin_out(history, needed);
  EXPECT_EQ(history.ancestors.size(), 50U);
}

RC_GTEST_PROP(thin_out, proves_nothing_that_was_not_proven_before, ()) {
  const auto written = *rc::gen::container<std::vector<std::int64_t>>(
      80, rc::gen::element<std::int64_t>(0, 0, 0, 5));
  const lineage before = restarted(written);
  const auto pins = *rc::gen::container<std::vector<std::size_t>>(
      8, rc::gen::inRange<std::size_t>(0, written.size()));
  std::vector<std::string> last_seen;
  for (const std::size_t pin : pins) last_seen.push_back(stream(pin));
  lineage after = before;
  thin_out(after, last_seen);
  for (const ancestor& older : before.ancestors) {
    const lineage probe{older.id, older.end - 1};
    if (carries(after, probe)) RC_ASSERT(carries(before, probe));
    if (carries(probe, after)) RC_ASSERT(carries(probe, before));
    const bool is_needed = std::count(last_seen.begin(), last_seen.end(), older.id) > 0;
    if (is_needed) RC_ASSERT(carries(after, probe));
  }
}

}  // namespace
}  // namespace redis_agent::core
