#include "core/safety/gate.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

using testing::HasSubstr;

const std::string a(40, 'a');
const std::string b(40, 'b');
const std::string c(40, 'c');
const std::string invented(40, 'e');
constexpr gate_limits defaults = {3s, 30s, 60s, true, false};

pod_facts pod(const std::string& name, std::int64_t keys, const lineage& history) {
  return {name, keys, history};
}

// A primary's server, just started with its data, and everybody has been heard.
gate_facts with_data() {
  gate_facts facts;
  facts.is_closed = facts.answers = facts.pods_are_known = true;
  facts.keys = 5;
  facts.own = {a, 100};
  facts.remembered.emplace();
  facts.remembered->history = {a, 100};
  facts.remembered->keys = 5;
  facts.remembered->replicas = 1;
  facts.waited = 1s;
  return facts;
}

gate_facts emptied() {
  gate_facts facts = with_data();
  facts.keys = 0;
  facts.own = {invented, 0};
  return facts;
}

gate_facts first_start() {
  gate_facts facts = emptied();
  facts.remembered.reset();
  return facts;
}

gate_ruling rule(const gate_facts& facts, const gate_limits& limits = defaults) {
  return decide_gate(facts, limits);
}

void expect(const gate_facts& facts, gate_act act, int number, const std::string& evidence) {
  const gate_ruling r = rule(facts);
  EXPECT_EQ(r.act, act) << to_text(r.act) << ": " << r.evidence;
  EXPECT_EQ(r.rule, number) << r.evidence;
  EXPECT_THAT(r.evidence, HasSubstr(evidence));
}

TEST(gate, that_is_open_is_not_ruled_upon) {
  gate_facts facts = with_data();
  facts.is_closed = false;
  EXPECT_EQ(rule(facts).act, gate_act::none);
}

TEST(gate, rule_1_waits_for_the_server) {
  gate_facts facts = with_data();
  facts.answers = false;
  expect(facts, gate_act::wait, 1, "Redis does not answer yet");
  facts.kept = "mine";
  expect(facts, gate_act::wait, 1, "Redis does not answer yet");
}

TEST(gate, rule_2_never_makes_two_primaries) {
  gate_facts facts = with_data();
  facts.pods = {pod("redis-slave-0", 1, {a, 100})};
  facts.pods[0].serves_as_primary = true;
  expect(facts, gate_act::hold, 2, "redis-slave-0 has 1 key at offset 100 and serves as a primary");
  facts.waited = 1h;
  expect(facts, gate_act::hold, 2, "resolve --keep mine");
  facts.pods[0].keys = 0;
  expect(facts, gate_act::open, 3, "nobody else has data");
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
  expect(facts, gate_act::open, 4, "");
  facts.pods.clear();
  facts.remembered->replicas = 0;
  expect(facts, gate_act::open, 3, "");  // its history shows where the data went
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
  facts.is_syncing = true;
  facts.followed = "redis-slave-0";
  facts.pods = {pod("redis-slave-0", 5, {a, 100})};
  expect(facts, gate_act::catch_up, 5, "");
  EXPECT_EQ(rule(facts).donor, "redis-slave-0");
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
  facts.silent = {"redis-slave-2"};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
}

TEST(gate, rule_7_waits_for_silent_pods_before_anything_is_copied_or_opened) {
  for (gate_facts facts : {with_data(), emptied(), first_start()}) {
    facts.silent = {"redis-slave-1", "redis-slave-2"};
    expect(facts, gate_act::wait, 7, "redis-slave-1, redis-slave-2 did not answer; waiting up to");
    facts.pods = {pod("redis-slave-0", 5, {a, 100})};
    expect(facts, gate_act::wait, 7, "did not answer");
    facts.pods[0].history = {a, 140};
    expect(facts, gate_act::wait, 7, "did not answer");
  }
}

TEST(gate, rule_7_waits_until_dns_lists_the_pods) {
  gate_facts facts = with_data();
  facts.pods_are_known = false;
  expect(facts, gate_act::wait, 7, "DNS does not list the pods; waiting up to 30 s");
}

TEST(gate, rule_7_waits_for_replicas_that_this_volume_remembers) {
  gate_facts facts = with_data();
  facts.remembered->replicas = 2;
  facts.pods = {pod("redis-slave-0", 5, {a, 100})};
  expect(facts, gate_act::wait, 7, "of 2 replicas only 1 are there");
  facts.remembered->ended_cleanly = true;
  expect(facts, gate_act::open, 4, "");
}

TEST(gate, rule_7_with_data_opens_after_its_limit_or_holds) {
  gate_facts facts = with_data();
  facts.silent = {"redis-slave-1"};
  facts.waited = 29s;
  expect(facts, gate_act::wait, 7, "redis-slave-1 did not answer; waiting up to 30 s");
  facts.waited = 30s;
  expect(facts, gate_act::open, 3, "");
  const gate_ruling held = rule(facts, {3s, 30s, 60s, false, false});
  EXPECT_EQ(held.act, gate_act::hold);
  EXPECT_THAT(held.evidence,
              HasSubstr("redis-slave-1 did not answer for 30 s, and this pod may have less"));
  facts.silent.clear();
  facts.remembered->replicas = 0;
  EXPECT_EQ(rule(facts, {3s, 30s, 60s, false, false}).act, gate_act::open);
}

TEST(gate, rule_7_holds_what_is_empty_and_had_data) {
  gate_facts facts = emptied();
  facts.silent = {"redis-slave-1"};
  facts.waited = 59s;
  expect(facts, gate_act::wait, 7, "waiting up to 60 s");
  facts.waited = 60s;
  expect(facts, gate_act::hold, 7, "this pod is empty and had 5 keys; bring a replica back");
  EXPECT_EQ(rule(facts, {3s, 30s, 60s, true, true}).act, gate_act::open);
  facts.silent.clear();
  facts.pods = {pod("redis-slave-1", 0, {b, 0})};
  expect(facts, gate_act::hold, 7, "nobody else has data; this pod is empty and had 5 keys");
}

TEST(gate, rule_7_holds_what_has_lost_half_a_copy) {
  gate_facts facts = emptied();
  facts.remembered = volume_memory{};
  facts.remembered->is_copying = true;
  facts.waited = 2min;
  expect(facts, gate_act::hold, 7, "this pod had begun to copy another's data");
}

TEST(gate, rule_7_holds_an_empty_pod_that_knows_of_nobody) {
  gate_facts facts = first_start();
  facts.pods_are_known = false;
  facts.waited = 2min;
  expect(facts, gate_act::hold, 7, "DNS does not list the pods for 2 min");
  facts.pods_are_known = true;
  facts.silent = {"redis-slave-0"};
  expect(facts, gate_act::open, 3, "");
}

TEST(gate, rule_7_after_its_limit_takes_what_there_is) {
  gate_facts facts = emptied();
  facts.silent = {"redis-slave-1"};
  facts.pods = {pod("redis-slave-0", 5, {a, 90})};
  facts.waited = 60s;
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
}

TEST(a_person_s_word, mine_opens_in_a_conflict_and_for_an_accepted_loss) {
  gate_facts facts = with_data();
  facts.kept = "mine";
  facts.pods = {pod("redis-slave-0", 5, {b, 140})};
  expect(facts, gate_act::open, 6, "a person has decided to keep this pod's data");
  facts = emptied();
  facts.kept = "mine";
  facts.silent = {"redis-slave-0"};
  expect(facts, gate_act::open, 6, "");
}

TEST(a_person_s_word, mine_makes_another_primary_follow_first) {
  gate_facts facts = with_data();
  facts.kept = "mine";
  facts.pods = {pod("redis-slave-0", 5, {b, 140})};
  facts.pods[0].serves_as_primary = true;
  expect(facts, gate_act::demote, 2, "a person has decided against it");
  EXPECT_EQ(rule(facts).donor, "redis-slave-0");
}

TEST(a_person_s_word, theirs_copies_from_the_primary_or_from_the_furthest) {
  gate_facts facts = with_data();
  facts.kept = "theirs";
  facts.pods = {pod("redis-slave-0", 5, {b, 140}), pod("redis-slave-1", 5, {b, 150})};
  expect(facts, gate_act::catch_up, 6, "a person has decided to keep theirs; redis-slave-1");
  EXPECT_EQ(rule(facts).donor, "redis-slave-1");
  facts.pods[0].serves_as_primary = true;
  EXPECT_EQ(rule(facts).donor, "redis-slave-0");
}

TEST(a_person_s_word, theirs_opens_once_the_copy_is_whole) {
  gate_facts facts = with_data();
  facts.kept = "theirs";
  facts.followed = "redis-slave-0";
  facts.own = {b, 140};
  facts.pods = {pod("redis-slave-0", 5, {b, 140}), pod("redis-slave-1", 5, {c, 9})};
  expect(facts, gate_act::open, 6, "keep what is here now");
  facts.is_syncing = true;
  expect(facts, gate_act::catch_up, 6, "");
}

TEST(a_person_s_word, theirs_says_nothing_where_nobody_has_more) {
  gate_facts facts = with_data();
  facts.kept = "theirs";
  facts.pods = {pod("redis-slave-0", 5, {a, 100})};
  expect(facts, gate_act::open, 4, "");
  facts = emptied();
  facts.kept = "theirs";
  facts.remembered->replicas = 0;
  expect(facts, gate_act::hold, 7, "had 5 keys");
}

TEST(counts, vouch_for_an_aof_that_no_agent_has_ever_seen) {
  gate_facts facts = with_data();
  facts.remembered.reset();
  facts.own = {invented, 0};
  facts.pods = {pod("redis-slave-0", 5, {a, 100})};
  expect(facts, gate_act::hold, 6, "");
  facts.has_aof = true;
  expect(facts, gate_act::open, 4, "");
  facts.pods[0].keys = 6;
  expect(facts, gate_act::hold, 6, "");
  facts.pods[0].keys = 5;
  facts.remembered = volume_memory{};
  expect(facts, gate_act::hold, 6, "");
}

// AOFs after a crash: at least what was remembered, and nobody knows how much more.
TEST(estimates, are_decided_by_how_much_there_is) {
  gate_facts facts = with_data();
  facts.own = {invented, 0, {{a, 91}}, 0, true};
  facts.pods = {pod("redis-slave-0", 5, {b, 0, {{a, 96}}, 0, true})};
  expect(facts, gate_act::open, 4, "");
  facts.pods[0].keys = 6;
  expect(facts, gate_act::catch_up, 5, "");
}

TEST(estimates, give_way_to_what_is_certainly_ahead) {
  gate_facts facts = with_data();
  facts.own = {invented, 0, {{a, 91}}, 0, true};
  facts.pods = {pod("redis-slave-0", 3, {a, 100})};
  expect(facts, gate_act::catch_up, 5, "");
  facts.pods[0].history.offset = 80;
  expect(facts, gate_act::open, 4, "");
}

TEST(a_tie, is_decided_alike_in_whatever_order_the_pods_come) {
  gate_facts facts = emptied();
  facts.pods = {pod("redis-slave-0", 4, {a, 100}), pod("redis-slave-1", 5, {a, 100}),
                pod("redis-slave-2", 5, {a, 100})};
  const auto donor_in_each_order = [&](const std::string& expected) {
    std::vector<pod_facts> pods = facts.pods;
    const auto by_name = [](const pod_facts& x, const pod_facts& y) { return x.name < y.name; };
    std::sort(pods.begin(), pods.end(), by_name);
    do {
      facts.pods = pods;
      EXPECT_EQ(rule(facts).donor, expected);
    } while (std::next_permutation(pods.begin(), pods.end(), by_name));
  };
  donor_in_each_order("redis-slave-1");
  facts.followed = "redis-slave-2";
  donor_in_each_order("redis-slave-2");
  facts.kept = "theirs";
  donor_in_each_order("redis-slave-2");
}

TEST(gate_act, has_a_name_for_each) {
  for (const gate_act act : {gate_act::none, gate_act::wait, gate_act::hold, gate_act::demote,
                             gate_act::open, gate_act::catch_up}) {
    EXPECT_NE(to_text(act), "unknown");
  }
}

}  // namespace
}  // namespace redis_agent::core
