// The gate of a server that is empty beside an RDB with keys.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/safety/gate.hpp"

namespace redis_agent::core {
namespace {

using testing::HasSubstr;

constexpr gate_limits defaults = {3s, 30s, 60s, true, false};

rdb_header rdb_with(std::int64_t keys, std::int64_t expiring_keys = 0) {
  return {.saved_at = 0, .keys = keys, .expiring_keys = expiring_keys};
}

// Alone, without a memory, and not just started.
gate_facts empty_beside(const std::optional<rdb_header>& rdb) {
  gate_facts facts;
  facts.is_closed = facts.answers = facts.pods_are_known = true;
  facts.own = {std::string(40, 'e'), 0};
  facts.waited = 3s;
  facts.rdb = rdb;
  return facts;
}

gate_facts empty_with_aof_beside(const std::optional<rdb_header>& rdb) {
  gate_facts facts = empty_beside(rdb);
  facts.has_aof = true;
  return facts;
}

void expect(const gate_facts& facts, gate_act act, int number, const std::string& evidence = "") {
  const gate_ruling r = decide_gate(facts, defaults);
  EXPECT_EQ(r.act, act) << to_text(r.act) << ": " << r.evidence;
  EXPECT_EQ(r.rule, number) << r.evidence;
  EXPECT_THAT(r.evidence, HasSubstr(evidence));
}

TEST(gate_beside_an_rdb, holds_and_says_what_is_in_it_and_how_to_have_it) {
  const gate_facts facts = empty_with_aof_beside(rdb_with(7));
  expect(facts, gate_act::hold, 7,
         "nobody else has data; this pod is empty; dump.rdb on its volume holds at least 7 keys, "
         "saved 1970-01-01 00:00:00 UTC: Redis with an AOF does not load it");
  expect(facts, gate_act::hold, 7, "turn appendonly off and restart; bring a replica back");
  expect(facts, gate_act::hold, 7, "resolve --keep mine");
}

TEST(gate_beside_an_rdb, opens_by_a_person_s_word_or_the_setting) {
  gate_facts facts = empty_with_aof_beside(rdb_with(7));
  EXPECT_EQ(decide_gate(facts, {3s, 30s, 60s, true, true}).act, gate_act::open);
  facts.kept = keeping::mine;
  expect(facts, gate_act::open, 6);
}

TEST(gate_beside_an_rdb, catches_up_from_a_pod_with_data) {
  gate_facts facts = empty_with_aof_beside(rdb_with(7));
  facts.pods = {{"redis-slave-0", 5, {std::string(40, 'a'), 90}}};
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
}

TEST(gate_beside_an_rdb, waits_for_silent_pods_first) {
  gate_facts facts = empty_with_aof_beside(rdb_with(7));
  facts.missing = {{"redis-slave-0", 3s}};
  expect(facts, gate_act::wait, 7, "redis-slave-0 did not answer");
  facts.waited = facts.missing[0].waited = 60s;
  expect(facts, gate_act::hold, 7,
         "redis-slave-0 did not answer for 60 s; this pod is empty; dump");
}

TEST(gate_beside_an_rdb, opens_where_that_has_no_keys_or_does_not_tell) {
  expect(empty_with_aof_beside(rdb_with(0)), gate_act::open, 3);
  expect(empty_with_aof_beside(rdb_header{}), gate_act::open, 3);
  expect(empty_with_aof_beside(std::nullopt), gate_act::open, 3);
}

TEST(gate_beside_an_rdb, without_an_aof_opens_where_all_keys_may_have_expired) {
  expect(empty_beside(rdb_with(7, 7)), gate_act::open, 3);
  expect(empty_beside(rdb_with(7, 6)), gate_act::hold, 7,
         "UTC, and Redis has not loaded it; bring");
  expect(empty_with_aof_beside(rdb_with(7, 7)), gate_act::hold, 7, "at least 7 keys");
}

// A backup that was put under the AOF of an empty cluster is a witness too.
TEST(gate_beside_an_rdb, believes_the_file_whatever_a_memory_says) {
  gate_facts facts = empty_with_aof_beside(rdb_with(7));
  facts.remembered.emplace();
  expect(facts, gate_act::hold, 7, "this pod is empty; dump.rdb on its volume holds");
  facts.remembered->keys = 5;
  facts.remembered->history = {std::string(40, 'a'), 100};
  expect(facts, gate_act::hold, 7,
         "this pod is empty and had 5 keys; dump.rdb on its volume holds");
}

TEST(gate_beside_an_rdb, opens_where_a_person_has_dismissed_that_very_file) {
  gate_facts facts = empty_with_aof_beside(rdb_with(7));
  facts.remembered.emplace();
  facts.remembered->dismissed_rdb = rdb_with(7);
  expect(facts, gate_act::open, 3);
  facts.rdb = rdb_with(8);
  expect(facts, gate_act::hold, 7, "at least 8 keys");
}

TEST(gate_beside_an_rdb, names_the_file_as_redis_does) {
  gate_facts facts = empty_with_aof_beside(rdb_with(7));
  facts.rdb_name = "backup.rdb";
  expect(facts, gate_act::hold, 7, "backup.rdb on its volume holds at least 7 keys");
}

TEST(gate_beside_an_rdb, holds_for_functions_alone) {
  rdb_header functions = rdb_with(0);
  functions.has_functions = true;
  expect(empty_beside(functions), gate_act::hold, 7, "no keys and functions");
  expect(empty_with_aof_beside(functions), gate_act::hold, 7, "no keys and functions");
}

TEST(gate_beside_an_rdb, opens_with_functions_whatever_keys_have_expired) {
  gate_facts facts = empty_beside(rdb_with(7, 6));
  facts.functions = 1;
  expect(facts, gate_act::open, 3);
}

}  // namespace
}  // namespace redis_agent::core
