// What a person's word does to the gate, and what the situation is called that it is about.
#include <set>

#include "unit/core/safety/gate_cases.hpp"

namespace redis_agent::core {
namespace {

TEST(a_person_s_word, mine_opens_in_a_conflict_and_for_an_accepted_loss) {
  gate_facts facts = with_data();
  facts.kept = keeping::mine;
  facts.pods = {pod("redis-slave-0", 5, {b, 140})};
  expect(facts, gate_act::open, 6, "a person has decided to keep this pod's data");
  facts = emptied();
  facts.kept = keeping::mine;
  facts.missing = {{"redis-slave-0", 1s}};
  expect(facts, gate_act::open, 6, "");
}

TEST(a_person_s_word, mine_makes_another_primary_follow_first) {
  gate_facts facts = with_data();
  facts.kept = keeping::mine;
  facts.pods = {pod("redis-slave-0", 5, {b, 140})};
  facts.pods[0].serves_as_primary = true;
  expect(facts, gate_act::demote, 2, "a person has decided against it");
  EXPECT_EQ(rule(facts).donor, "redis-slave-0");
}

// Its connection was lost in the very moment, and would be back in the next.
TEST(a_person_s_word, mine_does_not_open_beside_a_primary_that_was_heard_just_now) {
  gate_facts facts = with_data();
  facts.kept = keeping::mine;
  facts.pods = {serving(silent(pod("redis-slave-0", 5, {b, 140}), 2900ms))};
  expect(facts, gate_act::wait, 2, "a person has decided against it");
  facts.pods.push_back(serving(pod("redis-slave-1", 5, {b, 140})));
  expect(facts, gate_act::demote, 2, "a person has decided against it");
  facts.pods.pop_back();
  facts.pods[0].silent_for = 3s;
  expect(facts, gate_act::open, 6, "");
}

TEST(a_person_s_word, theirs_copies_from_the_primary_or_from_the_furthest) {
  gate_facts facts = with_data();
  facts.kept = keeping::theirs;
  facts.pods = {pod("redis-slave-0", 5, {b, 140}), pod("redis-slave-1", 5, {b, 150})};
  expect(facts, gate_act::catch_up, 6, "a person has decided to keep theirs; redis-slave-1");
  EXPECT_EQ(rule(facts).donor, "redis-slave-1");
  facts.pods[0].serves_as_primary = true;
  EXPECT_EQ(rule(facts).donor, "redis-slave-0");
}

TEST(a_person_s_word, theirs_stays_with_who_is_copied_from_though_it_is_silent) {
  gate_facts facts = with_data();
  facts.kept = keeping::theirs;
  facts.pods = {silent(pod("redis-slave-0", 5, {b, 140}), 5s), pod("redis-slave-1", 5, {c, 150})};
  EXPECT_EQ(rule(facts).donor, "redis-slave-1");
  facts.followed = "redis-slave-0";
  EXPECT_EQ(rule(facts).donor, "redis-slave-0") << "it forks for that";
  facts.pods[0].silent_for = 31s;
  EXPECT_EQ(rule(facts).donor, "redis-slave-1");
}

TEST(a_person_s_word, theirs_opens_once_the_copy_is_whole) {
  gate_facts facts = with_data();
  facts.kept = keeping::theirs;
  facts.followed = "redis-slave-0";
  facts.own = {b, 140};
  facts.pods = {pod("redis-slave-0", 5, {b, 140}), pod("redis-slave-1", 5, {c, 9})};
  expect(facts, gate_act::open, 6, "keep what is here now");
  facts.is_half_copied = true;
  expect(facts, gate_act::catch_up, 6, "");
}

TEST(a_person_s_word, mine_counts_out_a_primary_that_is_silent) {
  gate_facts facts = with_data();
  facts.kept = keeping::mine;
  facts.pods = {silent(serving(pod("redis-slave-0", 5, {b, 140})), 4s)};
  expect(facts, gate_act::open, 6, "keep this pod's data");
}

TEST(a_person_s_word, mine_opens_although_another_server_feeds_a_pod) {
  gate_facts facts = with_data();
  facts.kept = keeping::mine;
  facts.waited = 3s;
  facts.pods = {pod("redis-slave-0", 5, {a, 100})};
  facts.pods[0].fed_by = "10.0.0.9:6379";
  expect(facts, gate_act::open, 6);
}

TEST(a_person_s_word, mine_opens_half_a_copy) {
  gate_facts facts = half_copied();
  facts.kept = keeping::mine;
  expect(facts, gate_act::open, 6);
}

TEST(a_person_s_word, theirs_says_nothing_where_nobody_has_more) {
  gate_facts facts = with_data();
  facts.kept = keeping::theirs;
  facts.pods = {pod("redis-slave-0", 5, {a, 100})};
  expect(facts, gate_act::open, 4);
  facts = without(emptied(), {"redis-slave-0"}, 60s);
  facts.kept = keeping::theirs;
  expect(facts, gate_act::hold, 7, "had 5 keys");
}

TEST(a_person_s_word, theirs_copies_from_nobody_who_is_silent) {
  gate_facts facts = with_data();
  facts.kept = keeping::theirs;
  facts.pods = {silent(pod("redis-slave-0", 5, {b, 150}), 4s), pod("redis-slave-1", 5, {b, 140})};
  EXPECT_EQ(rule(facts).donor, "redis-slave-1");
}

TEST(situation, has_a_name_while_the_gate_holds_alone) {
  gate_facts facts = with_data();
  facts.pods = {pod("redis-slave-0", 5, {b, 140}), pod("redis-slave-1", 0, {c, 1})};
  EXPECT_EQ(describe_situation(facts, rule(facts)),
            "rule 6 in run run-1, redis-slave-0 with bbbbbbbb");
  facts.pods.clear();
  EXPECT_EQ(describe_situation(facts, rule(facts)), "") << "it opens";
  EXPECT_EQ(describe_situation(without(facts, {"redis-slave-0"}, 1s), {gate_act::wait, 7}), "");
}

TEST(situation, is_the_same_while_only_numbers_change) {
  gate_facts facts = with_data();
  facts.pods = {pod("redis-slave-0", 5, {b, 140})};
  const std::string before = describe_situation(facts, rule(facts));
  facts.pods[0] = silent(pod("redis-slave-0", 9, {b, 700}), 5s);
  facts.keys = 6;
  facts.waited = 1h;
  EXPECT_EQ(describe_situation(facts, rule(facts)), before);
}

TEST(situation, is_another_with_each_that_comes_goes_serves_or_is_fed) {
  gate_facts facts = without(emptied(), {"redis-slave-0"}, 1h);
  const auto name_of = [&] { return describe_situation(facts, rule(facts)); };
  std::vector<std::string> names = {name_of()};
  EXPECT_EQ(names[0], "rule 7 in run run-1, redis-slave-0 missing");
  facts.missing.push_back({"redis-slave-1", 1h});
  names.push_back(name_of());
  facts.run_id = "run-2";
  names.push_back(name_of());
  facts.pods = {serving(pod("redis-slave-2", 5, {b, 140}))};
  names.push_back(name_of());
  EXPECT_THAT(names.back(), testing::HasSubstr("redis-slave-2 with bbbbbbbb serving"));
  facts.pods[0] = pod("redis-slave-2", 5, {b, 140});
  facts.pods[0].fed_by = "10.0.0.9:6379";
  names.push_back(name_of());
  EXPECT_THAT(names.back(), testing::HasSubstr("redis-slave-2 with bbbbbbbb fed"));
  facts.pods[0].history.id = c;
  names.push_back(name_of());
  const std::set<std::string> different(names.begin(), names.end());
  EXPECT_EQ(different.size(), names.size()) << testing::PrintToString(names);
}

}  // namespace
}  // namespace redis_agent::core
