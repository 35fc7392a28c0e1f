// Rule 7 of the gate: who is waited for, how long, and what is done after it.
#include "unit/core/safety/gate_cases.hpp"

namespace redis_agent::core {
namespace {

TEST(gate_waiting, comes_before_anything_is_copied_or_opened) {
  for (const gate_facts& start : {with_data(), emptied(), first_start()}) {
    gate_facts facts = without(start, {"redis-slave-1", "redis-slave-2"}, 1s);
    expect(facts, gate_act::wait, 7, "redis-slave-1, redis-slave-2 did not answer; waiting up to");
    facts.pods = {pod("redis-slave-0", 5, {a, 100})};
    expect(facts, gate_act::wait, 7, "did not answer");
    facts.pods[0].history = {a, 140};
    expect(facts, gate_act::wait, 7, "did not answer");
  }
}

TEST(gate_waiting, is_counted_for_each_from_when_it_was_last_heard) {
  gate_facts facts = without(with_data(), {"redis-slave-0", "redis-slave-1"}, 30s);
  expect(facts, gate_act::open, 3);
  facts.missing[1].waited = 29s;
  expect(facts, gate_act::wait, 7, "redis-slave-0, redis-slave-1 did not answer");
  facts.missing[1].waited = 1h;
  facts.waited = 29s;
  expect(facts, gate_act::wait, 7, "waiting up to 30 s");
}

TEST(gate_waiting, ends_not_while_a_pod_loads) {
  gate_facts facts = without(with_data(), {"redis-slave-0"}, 1h);
  facts.missing[0].is_loading = true;
  expect(facts, gate_act::wait, 7, "redis-slave-0 loads its data");
  EXPECT_THAT(rule(facts).evidence, testing::Not(testing::HasSubstr("waiting up to")));
  facts.missing.push_back({"redis-slave-1", 1h});
  expect(facts, gate_act::wait, 7, "redis-slave-1 did not answer; redis-slave-0 loads its data");
  facts = without(emptied(), {"redis-slave-0"}, 1h);
  facts.missing[0].is_loading = true;
  expect(facts, gate_act::wait, 7, "redis-slave-0 loads its data");
}

TEST(gate_waiting, is_for_dns_to_list_the_pods) {
  gate_facts facts = with_data();
  facts.pods_are_known = false;
  expect(facts, gate_act::wait, 7, "DNS does not list the pods; waiting up to 30 s");
  facts.why_unknown = absence::no_pods;
  expect(facts, gate_act::wait, 7, "it needs publishNotReadyAddresses: true; waiting up to 30 s");
  facts.why_unknown = absence::no_ports;
  expect(facts, gate_act::wait, 7, "has addresses and no SRV records: it needs ports; waiting");
}

TEST(gate_waiting, is_not_for_dns_where_the_volume_remembers_the_pods) {
  gate_facts facts = with_data();
  facts.pods_are_known = false;
  facts.remembered->pods = {{"redis-slave-0", a, 100, 5}};
  facts.pods = {pod("redis-slave-0", 5, {a, 100})};
  expect(facts, gate_act::open, 4);
}

// What is remembered may come from cut lists too.
TEST(gate_waiting, is_for_those_whom_a_cut_list_leaves_out) {
  gate_facts facts = with_data();
  facts.pods_are_known = false;
  facts.why_unknown = absence::cut;
  facts.remembered->pods = {{"redis-slave-0", a, 100, 5}};
  facts.pods = {pod("redis-slave-0", 5, {a, 100})};
  expect(facts, gate_act::wait, 7, "DNS's list of the pods is cut, and TCP gives no more");
  facts.waited = 30s;
  expect(facts, gate_act::open, 4);
  facts = first_start();
  facts.pods_are_known = false;
  facts.why_unknown = absence::cut;
  facts.waited = 2min;
  expect(facts, gate_act::hold, 7, "there may be more for 2 min");
}

TEST(gate_waiting, is_for_replicas_that_an_older_memory_has_only_counted) {
  gate_facts facts = with_data();
  facts.remembered->replicas = 2;
  facts.pods = {pod("redis-slave-0", 5, {a, 100})};
  expect(facts, gate_act::wait, 7, "of 2 replicas only 1 are there");
  facts.remembered->ended_cleanly = true;
  expect(facts, gate_act::open, 4);
  facts.remembered->ended_cleanly = false;
  facts.remembered->pods = {{"redis-slave-0", a, 100, 5}};
  expect(facts, gate_act::open, 4);  // their names say more than their number
}

TEST(gate_waiting, with_data_opens_after_its_limit_or_holds) {
  expect(without(with_data(), {"redis-slave-1"}, 29s), gate_act::wait, 7,
         "redis-slave-1 did not answer; waiting up to 30 s");
  gate_facts facts = without(with_data(), {"redis-slave-1"}, 30s);
  expect(facts, gate_act::open, 3);
  const gate_ruling held = rule(facts, {3s, 30s, 60s, false, false});
  EXPECT_EQ(held.act, gate_act::hold);
  EXPECT_THAT(held.evidence, testing::HasSubstr("redis-slave-1 did not answer for 30 s, and this "
                                                "pod may have less"));
  facts.missing.clear();
  facts.remembered->replicas = 0;
  EXPECT_EQ(rule(facts, {3s, 30s, 60s, false, false}).act, gate_act::open);
}

TEST(gate_waiting, holds_what_is_empty_and_had_data) {
  expect(without(emptied(), {"redis-slave-1"}, 59s), gate_act::wait, 7, "waiting up to 60 s");
  gate_facts facts = without(emptied(), {"redis-slave-1"}, 60s);
  expect(facts, gate_act::hold, 7, "this pod is empty and had 5 keys; bring a replica back");
  facts.remembered->keys = 0;
  expect(facts, gate_act::open, 3);
  facts.remembered->functions = 2;
  expect(facts, gate_act::hold, 7, "and had 2 libraries of functions; bring a replica back");
  EXPECT_EQ(rule(facts, {3s, 30s, 60s, true, true}).act, gate_act::open);
}

// A cache without a volume, or one whose keys have all expired: no replica will ever come that has
// them.
TEST(gate_waiting, holds_not_where_everybody_has_been_heard_and_is_empty) {
  gate_facts facts = emptied();
  facts.pods = {pod("redis-slave-1", 0, {b, 0})};
  expect(facts, gate_act::open, 3, "nobody else has data; this pod is empty");
  facts.remembered->replicas = 0;
  facts.pods.clear();
  expect(facts, gate_act::open, 3, "nobody else has data; this pod is empty");
}

TEST(gate_waiting, holds_an_empty_pod_that_knows_of_nobody) {
  gate_facts facts = first_start();
  facts.pods_are_known = false;
  facts.waited = 2min;
  expect(facts, gate_act::hold, 7, "DNS does not list the pods for 2 min");
  facts.pods_are_known = true;
  expect(without(facts, {"redis-slave-0"}, 2min), gate_act::open, 3);
}

TEST(gate_waiting, opens_where_nothing_is_remembered_and_dns_itself_says_that_nobody_is_there) {
  for (const absence why : {absence::no_pods, absence::no_ports}) {
    gate_facts facts = first_start();
    facts.pods_are_known = false;
    facts.why_unknown = why;
    facts.waited = 59s;
    expect(facts, gate_act::wait, 7, "waiting up to 60 s");
    facts.waited = 60s;
    expect(facts, gate_act::open, 3);
    facts.remembered = emptied().remembered;
    expect(facts, gate_act::hold, 7, "this pod is empty and had 5 keys");
  }
}

TEST(gate_waiting, after_its_limit_takes_what_there_is) {
  gate_facts facts = without(emptied(), {"redis-slave-1"}, 60s);
  facts.pods = {pod("redis-slave-0", 5, {a, 90})};
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
}

TEST(gate_waiting, is_for_the_furthest_where_that_has_fallen_silent) {
  gate_facts facts = with_data();
  facts.waited = 1h;
  facts.pods = {silent(pod("redis-slave-0", 5, {a, 140}), 4s)};
  expect(facts, gate_act::wait, 7,
         "redis-slave-0 had 5 keys at offset 140 and has been silent for 4 s; waiting up to 30 s");
  facts.pods[0].silent_for = 30s;
  expect(facts, gate_act::open, 7, "silent for 30 s; this pod has 5 keys");
  EXPECT_EQ(rule(facts, {3s, 30s, 60s, false, false}).act, gate_act::hold);
}

TEST(gate_waiting, for_the_furthest_is_not_cut_short_by_another_that_answers) {
  gate_facts facts = with_data();
  facts.waited = 1h;
  facts.pods = {silent(pod("redis-slave-0", 5, {a, 140}), 4s), pod("redis-slave-1", 5, {a, 120})};
  expect(facts, gate_act::wait, 7, "redis-slave-0 had 5 keys at offset 140");
}

TEST(gate_waiting, for_a_silent_donor_ends_in_a_hold_where_there_is_nothing_to_open_with) {
  for (gate_facts facts : {emptied(), first_start(), half_copied()}) {
    facts.waited = 1h;
    facts.pods = {silent(pod("redis-slave-0", 5, {a, 140}), 59s)};
    expect(facts, gate_act::wait, 7, "waiting up to 60 s");
    facts.pods[0].silent_for = 60s;
    expect(facts, gate_act::hold, 7, "bring a replica back");
    EXPECT_EQ(rule(facts, {3s, 30s, 60s, true, true}).act, gate_act::hold) << "it is known to be";
  }
}

// The furthest is gone for good; another pod answers, and has more than is here.
TEST(gate_waiting, for_a_silent_donor_does_not_end_in_an_open_gate_over_another_that_answers) {
  gate_facts facts = with_data();
  facts.waited = 1h;
  facts.pods = {silent(pod("redis-slave-0", 5, {a, 140}), 1h), pod("redis-slave-1", 5, {a, 120})};
  const gate_ruling r = rule(facts);
  EXPECT_NE(r.act, gate_act::open) << r.evidence;
}

TEST(gate_waiting, is_not_for_one_that_is_silent_and_carried) {
  gate_facts facts = with_data();
  facts.pods = {silent(pod("redis-slave-0", 5, {a, 100}), 4s)};
  expect(facts, gate_act::open, 4);
}

TEST(gate_waiting, does_not_settle_a_conflict_with_one_that_is_silent) {
  gate_facts facts = with_data();
  facts.waited = 1h;
  facts.pods = {silent(pod("redis-slave-0", 5, {b, 140}), 1h)};
  expect(facts, gate_act::hold, 6, "redis-slave-0 had 5 keys at offset 140");
}

TEST(gate_waiting, never_opens_half_a_copy_while_somebody_is_missing) {
  const gate_facts facts = without(half_copied(), {"redis-slave-0"}, 1h);
  for (const bool opens : {false, true}) {
    const gate_ruling r = rule(facts, {3s, 30s, 60s, true, opens});
    EXPECT_EQ(r.act, gate_act::hold) << r.evidence;
    EXPECT_THAT(r.evidence, testing::HasSubstr("this pod had begun to copy another's data"));
  }
}

TEST(gate_waiting, opens_after_half_a_copy_where_everybody_says_that_he_has_nothing) {
  gate_facts facts = half_copied();
  facts.pods = {pod("redis-slave-0", 0, {b, 0})};
  expect(facts, gate_act::open, 3, "nobody else has data");
}

TEST(gate_waiting, ends_not_while_a_pod_with_data_may_still_be_introduced) {
  gate_facts facts = without(with_data(), {"redis-slave-0"}, 1h);
  facts.missing[0].is_introducing = facts.missing[0].had_data = true;
  expect(facts, gate_act::wait, 7, "redis-slave-0 has data, and its agent has not said yet");
}

TEST(gate_waiting, is_for_whoever_of_those_with_more_fell_silent_last) {
  gate_facts facts = with_data();
  facts.waited = 1h;
  facts.pods = {silent(pod("redis-slave-0", 5, {a, 140}), 31s),
                silent(pod("redis-slave-1", 5, {a, 140}), 1s)};
  expect(facts, gate_act::wait, 7, "redis-slave-1 had 5 keys at offset 140");
  facts.pods[1].history.offset = 120;
  expect(facts, gate_act::wait, 7, "redis-slave-1 had 5 keys at offset 120");
  facts.pods[1].silent_for = 30s;
  expect(facts, gate_act::open, 7, "redis-slave-0 had 5 keys at offset 140");
}

TEST(gate_waiting, ends_in_a_hold_of_what_is_empty_where_a_missing_pod_was_seen_with_data) {
  gate_facts facts = without(first_start(), {"redis-slave-0"}, 60s);
  expect(facts, gate_act::open, 3);
  facts.missing[0].had_data = true;
  expect(facts, gate_act::hold, 7, "redis-slave-0 did not answer for 60 s; this pod is empty");
}

}  // namespace
}  // namespace redis_agent::core
