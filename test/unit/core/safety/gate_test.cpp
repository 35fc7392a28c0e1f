// Rules 1 to 6 of the gate, out of facts that are given.
#include "unit/core/safety/gate_cases.hpp"

namespace redis_agent::core {
namespace {

TEST(gate, that_is_open_is_not_ruled_upon) {
  gate_facts facts = with_data();
  facts.is_closed = false;
  EXPECT_EQ(rule(facts).act, gate_act::none);
}

TEST(gate, rule_1_waits_for_the_server) {
  gate_facts facts = with_data();
  facts.answers = false;
  expect(facts, gate_act::wait, 1, "Redis does not answer yet");
  facts.kept = keeping::mine;
  expect(facts, gate_act::wait, 1, "Redis does not answer yet");
}

TEST(gate, rule_2_never_makes_two_primaries) {
  gate_facts facts = with_data();
  facts.pods = {serving(pod("redis-slave-0", 1, {a, 100}))};
  expect(facts, gate_act::hold, 2, "redis-slave-0 has 1 key at offset 100 and serves as a primary");
  facts.waited = 1h;
  expect(facts, gate_act::hold, 2, "resolve --keep mine");
}

TEST(gate, rule_2_makes_a_primary_that_has_nothing_a_replica_again) {
  gate_facts facts = with_data();
  facts.pods = {serving(pod("redis-slave-0", 0, {b, 0}))};
  expect(facts, gate_act::demote, 2, "redis-slave-0 serves as a primary and has nothing");
  EXPECT_EQ(rule(facts).donor, "redis-slave-0");
  facts.pods[0].functions = 1;
  expect(facts, gate_act::hold, 2, "redis-slave-0 has 1 library of functions at offset 0");
}

TEST(gate, rule_2_counts_a_primary_that_has_fallen_silent) {
  gate_facts facts = with_data();
  facts.pods = {silent(serving(pod("redis-slave-0", 5, {b, 0})), 1h)};
  expect(facts, gate_act::hold, 2, "and has been silent for 60 min and serves as a primary");
  facts.pods = {silent(serving(pod("redis-slave-0", 0, {b, 0})), 29s)};
  expect(facts, gate_act::hold, 2, "and has been silent for 29 s and serves as a primary");
  facts.pods[0].silent_for = 30s;
  expect(facts, gate_act::open, 3, "nobody else has data");
}

TEST(gate, rule_2_holds_while_another_server_feeds_a_pod) {
  gate_facts facts = with_data();
  facts.waited = 3s;
  facts.pods = {pod("redis-slave-0", 5, {a, 100})};
  facts.pods[0].fed_by = "10.0.0.9:6379";
  expect(facts, gate_act::hold, 2, "redis-slave-0 is fed by 10.0.0.9:6379");
  facts.pods[0].keys = 0;
  expect(facts, gate_act::hold, 2, "redis-slave-0 is fed by 10.0.0.9:6379");
  facts.pods[0].silent_for = 4s;
  expect(facts, gate_act::open, 3);
}

TEST(gate, rule_2_gives_a_link_a_moment_to_end_whose_server_has_just_gone) {
  gate_facts facts = with_data();
  facts.pods = {pod("redis-slave-0", 5, {a, 100})};
  facts.pods[0].fed_by = "10.0.0.9:6379";
  facts.waited = 2900ms;
  expect(facts, gate_act::wait, 2, "is fed by");
}

TEST(gate, rule_2_holds_where_this_pod_was_deleted_and_still_runs) {
  gate_facts facts = with_data();
  facts.deposed_by = "10.0.0.9";
  expect(facts, gate_act::hold, 2, "this pod's name leads to 10.0.0.9");
  for (const keeping kept : {keeping::mine, keeping::theirs}) {
    facts.kept = kept;
    facts.pods = {pod("redis-slave-0", 5, {a, 140})};
    expect(facts, gate_act::hold, 2, "has to end");
  }
}

TEST(gate, rule_3_opens_a_first_start_after_a_moment) {
  gate_facts facts = first_start();
  expect(facts, gate_act::wait, 3, "this pod is empty and remembers nothing; waiting 3 s");
  facts.waited = 3s;
  expect(facts, gate_act::open, 3, "nobody else has data; this pod is empty");
  facts.pods = {pod("redis-slave-0", 0, {b, 0})};
  expect(facts, gate_act::open, 3, "nobody else has data");
}

TEST(gate, rule_3_does_not_wait_with_data) {
  gate_facts facts = with_data();
  facts.remembered.reset();
  facts.waited = 0s;
  expect(facts, gate_act::open, 3, "nobody else has data; this pod has 5 keys");
}

TEST(gate, rule_4_opens_where_all_is_carried) {
  gate_facts facts = with_data();
  facts.pods = {pod("redis-slave-0", 5, {a, 100}), pod("redis-slave-1", 9, {a, 40})};
  expect(facts, gate_act::open, 4, "it carries what redis-slave-0 and all others");
}

TEST(gate, rule_4_opens_what_was_emptied_by_a_command) {
  gate_facts facts = emptied();
  facts.own = {a, 120};
  facts.pods = {pod("redis-slave-0", 5, {a, 100})};
  expect(facts, gate_act::open, 4);
  facts = without(facts, {"redis-slave-0"}, 60s);
  facts.pods.clear();
  expect(facts, gate_act::open, 3);  // its history shows where the data went
}

TEST(gate, counts_functions_as_data) {
  gate_facts facts = emptied();
  facts.pods = {pod("redis-slave-0", 0, {a, 100})};
  expect(facts, gate_act::open, 3);
  facts.pods[0].functions = 2;
  expect(facts, gate_act::catch_up, 5, "redis-slave-0 has 2 libraries of functions at offset 100");
  facts.pods[0] = pod("redis-slave-0", 5, {b, 100});
  facts.functions = 1;
  expect(facts, gate_act::hold, 6, "this pod has 1 library of functions, and neither has");
  facts.keys = 1;
  expect(facts, gate_act::hold, 6, "this pod has 1 key and 1 library of functions, and neither");
}

TEST(gate, rule_5_catches_up_from_a_replica_that_has_more) {
  gate_facts facts = with_data();
  facts.pods = {pod("redis-slave-0", 5, {a, 140})};
  expect(facts, gate_act::catch_up, 5,
         "redis-slave-0 has 5 keys at offset 140; this pod has 5 keys");
  EXPECT_EQ(rule(facts).donor, "redis-slave-0");
}

TEST(gate, rule_5_fills_an_empty_pod_from_whomever_has_all) {
  gate_facts facts = emptied();
  facts.pods = {pod("redis-slave-0", 4, {a, 90}), pod("redis-slave-1", 5, {a, 100}),
                pod("redis-slave-2", 0, {c, 0})};
  expect(facts, gate_act::catch_up, 5, "redis-slave-1 has 5 keys at offset 100; this pod is empty");
  EXPECT_EQ(rule(facts).donor, "redis-slave-1");
  facts.pods[0].history = {b, 120, {{a, 101}}, 100};
  EXPECT_EQ(rule(facts).donor, "redis-slave-0") << "promoted, and went on";
}

TEST(gate, rule_5_goes_on_with_a_copy_whatever_is_here_meanwhile) {
  gate_facts facts = with_data();
  facts.own = {c, 7};
  facts.is_half_copied = true;
  facts.followed = "redis-slave-0";
  facts.pods = {pod("redis-slave-0", 5, {a, 100})};
  expect(facts, gate_act::catch_up, 5, "");
  EXPECT_EQ(rule(facts).donor, "redis-slave-0");
}

TEST(gate, rule_5_fills_what_a_broken_copy_has_left) {
  gate_facts facts = half_copied();
  facts.pods = {pod("redis-slave-0", 5, {b, 100})};
  expect(facts, gate_act::catch_up, 5, "redis-slave-0 has 5 keys at offset 100; this pod is empty");
}

TEST(gate, rule_6_leaves_a_conflict_to_a_person) {
  gate_facts facts = with_data();
  facts.pods = {pod("redis-slave-0", 5, {b, 140})};
  expect(facts, gate_act::hold, 6, "this pod has 5 keys, and neither has what the other has");
  facts.pods = {pod("redis-slave-0", 5, {b, 140, {{a, 61}}, 60})};
  expect(facts, gate_act::hold, 6, "a person decides: `redis-agent resolve");
  facts = emptied();
  facts.pods = {pod("redis-slave-0", 5, {a, 100}), pod("redis-slave-1", 5, {b, 100})};
  expect(facts, gate_act::hold, 6, "redis-slave-0 has 5 keys at offset 100, redis-slave-1 has");
  facts.missing = {{"redis-slave-2", 1s}};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
}

TEST(gate_act, has_a_name_for_each) {
  for (const gate_act act : {gate_act::none, gate_act::wait, gate_act::hold, gate_act::demote,
                             gate_act::open, gate_act::catch_up}) {
    EXPECT_NE(to_text(act), "unknown");
  }
}

}  // namespace
}  // namespace redis_agent::core
