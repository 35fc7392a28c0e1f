#include "core/memory/lineage.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

namespace redis_agent::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string a(40, 'a');
const std::string b(40, 'b');
const std::string c(40, 'c');
const std::string zeros(40, '0');

TEST(carries, compares_offsets_within_one_stream) {
  EXPECT_TRUE(carries({a, 100}, {a, 100}));
  EXPECT_TRUE(carries({a, 100}, {a, 99}));
  EXPECT_FALSE(carries({a, 100}, {a, 101}));
  EXPECT_FALSE(carries({a, 100}, {b, 1}));
}

TEST(carries, takes_a_former_stream_up_to_its_end) {
  const lineage promoted{b, 150, {{a, 101}}, 100};
  EXPECT_TRUE(carries(promoted, {a, 100}));
  EXPECT_FALSE(carries(promoted, {a, 101})) << "written there after the promotion";
  EXPECT_FALSE(carries({a, 500}, promoted));
}

TEST(carries, looks_at_each_ancestor) {
  const lineage twice{c, 300, {{b, 201}, {a, 101}}};
  EXPECT_TRUE(carries(twice, {b, 200}));
  EXPECT_TRUE(carries(twice, {a, 100}));
  EXPECT_FALSE(carries(twice, {b, 201}));
  EXPECT_FALSE(carries(twice, {a, 101}));
}

TEST(carries, sees_that_a_promotion_without_writes_is_a_new_name) {
  const lineage renamed{b, 100, {{a, 101}}, 100};
  EXPECT_TRUE(carries({a, 100}, renamed));
  EXPECT_FALSE(carries({a, 99}, renamed));
  EXPECT_FALSE(carries({a, 100}, {b, 101, {{a, 101}}, 100})) << "one byte was written";
  EXPECT_FALSE(carries({a, 100}, {b, 100, {{a, 101}}})) << "where it began is unknown";
  EXPECT_TRUE(carries({c, 200, {{a, 101}}}, renamed)) << "two names for what was there";
}

TEST(carries, follows_a_chain_of_new_names_as_far_as_their_beginnings_are_known) {
  const lineage known{c, 100, {{b, 101, 100}, {a, 101}}, 100};
  EXPECT_TRUE(carries({a, 100}, known));
  const lineage unknown{c, 100, {{b, 101}, {a, 101}}, 100};
  EXPECT_FALSE(carries({a, 100}, unknown)) << "b may have written";
  const lineage wrote{c, 100, {{b, 101, 90}, {a, 91}}, 100};
  EXPECT_FALSE(carries({a, 100}, wrote));
  EXPECT_TRUE(carries({b, 100}, wrote));
}

TEST(carries, takes_a_whole_stream_however_far_it_came) {
  const lineage whole{b, 0, {{a, whole_stream}}, 0};
  EXPECT_TRUE(carries(whole, {a, 1'000'000'000'000}));
  EXPECT_FALSE(carries({a, 1'000'000'000'000}, whole)) << "nobody knows how much it is";
  EXPECT_TRUE(carries(whole, whole));
}

// Surely up to 60, and perhaps up to 90: each bound counts against whoever would rely on it.
TEST(carries, takes_an_ancestor_with_a_reach_for_what_is_sure_and_for_all_that_may_be) {
  const lineage crashed{b, 0, {{a, 61, -1, 90}}, 0, true};
  EXPECT_TRUE(carries(crashed, {a, 60}));
  EXPECT_FALSE(carries(crashed, {a, 61}));
  EXPECT_TRUE(carries({a, 90}, crashed));
  EXPECT_FALSE(carries({a, 89}, crashed));
}

// A new name for the same data is no stream in which anything was written.
TEST(last_written_stream, is_that_of_the_last_write) {
  EXPECT_EQ(last_written_stream({b, 5}), b);
  EXPECT_EQ(last_written_stream({b, 5, {{a, 6}}, 5}), a);
  EXPECT_EQ(last_written_stream({b, 6, {{a, 6}}, 5}), b);
  EXPECT_EQ(last_written_stream({b, 9, {{c, 10, 9}, {a, 10, 2}}, 9}), a);
  EXPECT_EQ(last_written_stream({b, 9, {{c, 1, 9, 12}, {a, 10, 2}}, 9}), c) << "it may reach 12";
}

TEST(surely_carries, wants_all_that_an_estimate_may_have_beyond) {
  const lineage crashed{b, 0, {{a, 61, -1, 90}}, 0, true};
  EXPECT_TRUE(surely_carries({a, 90}, crashed)) << "the same stream goes on";
  EXPECT_FALSE(surely_carries({a, 89}, crashed));
  EXPECT_FALSE(surely_carries({c, 700, {{a, 91}}, 90}, crashed)) << "it may have had 91";
  EXPECT_TRUE(surely_carries({c, 700, {{a, whole_stream}}, 90}, crashed));
  EXPECT_TRUE(surely_carries({c, 700, {{b, 1}, {a, 91}}, 90}, crashed)) << "by name";
  lineage certain = crashed;
  certain.is_estimate = false;
  EXPECT_TRUE(surely_carries({c, 700, {{a, 91}}, 90}, certain));
}

TEST(what_is_sure_of, leaves_out_what_only_may_be) {
  const lineage sure = what_is_sure_of({b, 0, {{a, 61, -1, 90}}, 0, true});
  EXPECT_EQ(sure, (lineage{b, 0, {{a, 61}}, 0, true}));
  EXPECT_TRUE(carries({a, 60}, sure));
  EXPECT_FALSE(carries({a, 59}, sure));
}

TEST(carries, believes_no_id_that_is_none) {
  EXPECT_FALSE(carries({a, 100}, {"", 0}));
  EXPECT_FALSE(carries({zeros, 100}, {zeros, 0}));
  EXPECT_FALSE(carries({}, {}));
}

TEST(are_related, wants_one_stream_in_common) {
  EXPECT_TRUE(are_related({a, 1}, {a, 900}));
  EXPECT_TRUE(are_related({b, 1, {{a, 5}}}, {a, 900}));
  EXPECT_TRUE(are_related({a, 900}, {b, 1, {{a, 5}}}));
  EXPECT_TRUE(are_related({b, 1, {{a, 5}}}, {c, 1, {{a, 9}}}));
  EXPECT_FALSE(are_related({b, 1, {{a, 5}}}, {c, 1}));
  EXPECT_FALSE(are_related({"", 1}, {"", 1}));
  EXPECT_FALSE(are_related({zeros, 1}, {zeros, 1}));
}

TEST(add_ancestor, takes_each_id_once_and_learns_where_it_began) {
  lineage l{c, 10};
  add_ancestor(l, {b, 8});
  add_ancestor(l, {b, 99, 4});
  EXPECT_THAT(l.ancestors, ElementsAre(ancestor{b, 8, 4})) << "the first end counts";
  add_ancestor(l, {b, 8, 6});
  EXPECT_EQ(l.ancestors.front().begin, 4) << "what is known is not told anew";
  add_ancestor(l, {c, 8, 7});
  EXPECT_EQ(l.begin, 7) << "of the stream itself";
  EXPECT_EQ(l.ancestors.size(), 1U);
  add_ancestor(l, {zeros, 8});
  add_ancestor(l, {"", 8});
  EXPECT_EQ(l.ancestors.size(), 1U);
}

TEST(add_ancestor, keeps_what_a_crash_loop_makes_in_a_day_and_no_more) {
  lineage l{a, 10};
  for (int i = 0; i < 600; ++i) add_ancestor(l, {"id-" + std::to_string(i), 1000 - i});
  ASSERT_EQ(l.ancestors.size(), 512U);
  EXPECT_EQ(l.ancestors.front().id, "id-0");
  EXPECT_EQ(l.ancestors.back().id, "id-511");
  add_ancestor(l, {"id-3", 1, 7});
  EXPECT_EQ(l.ancestors.at(3).begin, 7) << "a full list learns too";
}

TEST(add_ancestors, adds_the_stream_and_all_before_it) {
  lineage l{c, 10};
  add_ancestors(l, {b, 8, {{a, 5, 1}}, 4}, 9);
  EXPECT_THAT(l.ancestors, ElementsAre(ancestor{b, 9, 4}, ancestor{a, 5, 1}));
}

TEST(absorb, declares_that_another_s_data_is_here) {
  lineage mine{a, 100};
  const lineage theirs{b, 50, {{c, 20, 2}}, 19};
  absorb(mine, theirs);
  EXPECT_TRUE(carries(mine, theirs));
  EXPECT_FALSE(carries(mine, {b, 51}));
  EXPECT_THAT(mine.ancestors,
              ElementsAre(ancestor{b, 51, 19, -1, true}, ancestor{c, 20, 2, -1, true}));
}

TEST(absorb, changes_nothing_where_all_is_carried_already) {
  lineage mine{a, 100, {{b, 51}}};
  const lineage before = mine;
  absorb(mine, {b, 50});
  absorb(mine, {a, 100});
  EXPECT_EQ(mine, before);
}

TEST(absorb, moves_the_end_of_a_stream_that_was_thought_to_be_shorter) {
  lineage mine{a, 100, {{b, 40}}};
  absorb(mine, {b, 50});
  EXPECT_TRUE(carries(mine, {b, 50}));
  EXPECT_EQ(mine.ancestors.size(), 1U);
  lineage cousin{a, 100, {{c, 30}}};
  absorb(cousin, {b, 50, {{c, 41}}});
  EXPECT_TRUE(carries(cousin, {b, 50}));
  EXPECT_TRUE(carries(cousin, {c, 40})) << "what b went on from is here too";
}

// It was found to be part of what was here then. What is copied afterwards is of an older stream.
TEST(absorb, is_no_part_of_a_stream_that_came_before) {
  lineage mine{a, 10, {{b, 81}}, 10};
  absorb(mine, {c, 0, {{b, 61, -1, 90}}, 0, true});
  EXPECT_TRUE(carries(mine, {c, 0}));
  lineage gone_on{b, 80};
  add_former(gone_on, mine, b);
  EXPECT_FALSE(names_stream(gone_on, c));
  absorb(mine, {std::string(40, 'd'), 0, {{c, 1, 0}, {b, 61, -1, 90}}, 0, true});
  gone_on = {b, 80};
  add_former(gone_on, mine, b);
  EXPECT_FALSE(names_stream(gone_on, c)) << "as little as the first time";
  lineage same{a, 12};
  add_former(same, mine, a);
  EXPECT_TRUE(names_stream(same, c));
}

TEST(absorb, takes_all_that_the_other_may_go_on_from) {
  lineage mine{c, 100, {{a, 31}}};
  absorb(mine, {b, 0, {{a, 61, -1, 90}}, 0, true});
  EXPECT_TRUE(carries(mine, {a, 90}));
  EXPECT_FALSE(carries(mine, {a, 91}));
}

TEST(join_history, adds_what_another_witness_of_the_stream_knows) {
  const lineage joined = join_history({a, 100}, {a, 70, {{b, 31, 3}}, 30, true});
  EXPECT_EQ(joined, (lineage{a, 100, {{b, 31, 3}}, 30, true}));
  EXPECT_EQ(join_history({a, 100, {}, 10}, {a, 70, {}, 30}).begin, 10);
}

TEST(join_history, believes_no_witness_of_another_stream) {
  EXPECT_EQ(join_history({a, 100}, {b, 70, {{c, 31}}, 30, true}), (lineage{a, 100}));
}

TEST(lineage_of, is_the_stream_and_the_one_before) {
  replication_report report;
  report.replid = b;
  report.replid2 = a;
  report.offset = 150;
  report.second_offset = 101;
  EXPECT_EQ(lineage_of(report), (lineage{b, 150, {{a, 101}}, 100}));
  report.replid2 = zeros;
  report.second_offset = -1;
  EXPECT_EQ(lineage_of(report), (lineage{b, 150}));
}

replication_report replica_at(std::int64_t offset, std::int64_t link_offset) {
  replication_report report;
  report.server_role = role::replica;
  report.replid = a;
  report.replid2 = zeros;
  report.offset = offset;
  report.link.emplace();
  report.link->offset = link_offset;
  return report;
}

TEST(tells_its_history, of_a_replica_that_has_a_place_in_the_stream) {
  EXPECT_TRUE(tells_its_history(replica_at(100, 100)));
  EXPECT_FALSE(tells_its_history(replica_at(0, 1))) << "started from an AOF";
  EXPECT_FALSE(tells_its_history(replica_at(14, 1)));
}

TEST(tells_its_history, of_whom_has_a_former_id_or_replicas) {
  replication_report primary;
  primary.replid = a;
  primary.replid2 = zeros;
  EXPECT_FALSE(tells_its_history(primary));
  primary.connected_replicas = 1;
  EXPECT_TRUE(tells_its_history(primary));
  replication_report renamed = replica_at(14, 1);
  renamed.replid2 = b;
  EXPECT_TRUE(tells_its_history(renamed));
}

class real_history : public testing::TestWithParam<std::string> {
 protected:
  static replication_report report(const std::string& moment) {
    std::ifstream file(TEST_FILES "/server/info/" + GetParam() + "-" + moment + ".txt");
    EXPECT_TRUE(file) << moment;
    std::ostringstream text;
    text << file.rdbuf();
    return *parse_replication(text.str());
  }
};

TEST_P(real_history, is_the_same_of_a_primary_and_its_replica) {
  const lineage primary = lineage_of(report("primary-one-replica"));
  const lineage replica = lineage_of(report("replica-up"));
  EXPECT_TRUE(carries(primary, replica));
  EXPECT_TRUE(carries(lineage_of(report("replica-down")), replica)) << "nothing goes with the link";
  EXPECT_THAT(primary.ancestors, IsEmpty());
  EXPECT_EQ(primary.begin, -1);
  EXPECT_FALSE(are_related(lineage_of(report("primary-alone")), replica));
}

TEST_P(real_history, is_told_by_whom_has_followed_or_has_been_followed) {
  EXPECT_TRUE(tells_its_history(report("primary-one-replica")));
  EXPECT_TRUE(tells_its_history(report("replica-up")));
  EXPECT_TRUE(tells_its_history(report("replica-down")));
  EXPECT_FALSE(tells_its_history(report("primary-alone")));
}

INSTANTIATE_TEST_SUITE_P(each, real_history,
                         testing::Values("redis-5.0", "redis-6.2", "redis-7.0", "redis-8.0",
                                         "valkey-8.1"));

// It has gone on from 60 under another name, which another server took at 80.
TEST(join_history, takes_the_end_that_a_witness_knows_once_the_stream_has_begun_here) {
  const lineage told{b, 120, {{a, 61}}, 60};
  const lineage witness{b, 100, {{a, 81}}, 80};
  EXPECT_TRUE(carries(join_history(told, witness), {a, 80}));
  lineage on_its_way = told;
  on_its_way.offset = 79;
  EXPECT_FALSE(carries(join_history(on_its_way, witness), {a, 61}));
}

}  // namespace
}  // namespace redis_agent::core
