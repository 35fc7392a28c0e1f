// Who has what the others have, where histories alone do not tell.
#include <algorithm>

#include "unit/core/safety/gate_cases.hpp"

namespace redis_agent::core {
namespace {

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

// A full sync had put a replica's AOF out of date, and it was still being rewritten.
TEST(an_aof_that_was_left, counts_for_nothing_however_many_keys_it_has) {
  gate_facts facts = with_data();
  facts.has_aof = true;
  facts.own = {invented, 0, {{a, 91, -1, 100}}, 0, true};
  facts.pods = {pod("redis-slave-0", 9, {b, 0, {{a, 0, -1, 80}}, 0, true, true})};
  expect(facts, gate_act::open, 4, "");
  facts.pods[0].history.ancestors[0].reach = 95;  // of which this one is not sure
  expect(facts, gate_act::hold, 6, "neither has what the other has");
}

// Its volume was full, and took no note of it either.
TEST(an_aof_that_was_left, wins_by_no_keys_where_the_primary_alone_has_noted_that) {
  gate_facts facts = with_data();
  facts.own = {invented, 0, {{a, 91}}, 0, true};
  facts.pods = {pod("redis-slave-0", 6, {b, 0, {{a, 96}}, 0, true})};
  expect(facts, gate_act::catch_up, 5, "");
  facts.pods[0].has_untold_aof = true;
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.pods[0].keys = 5;
  expect(facts, gate_act::open, 4, "");
  facts.pods[0] = pod("redis-slave-0", 6, {a, 100});
  facts.pods[0].has_untold_aof = true;
  expect(facts, gate_act::catch_up, 5, "");  // it ran on, and what it has is in its server
}

TEST(an_aof_that_was_left, is_known_by_its_stream_whatever_its_restarts_were_called) {
  gate_facts facts = with_data();
  facts.has_aof = true;
  facts.own = {invented, 0, {{a, 91, -1, 100}}, 0, true};
  facts.pods = {pod("redis-slave-0", 9, {b, 0, {{c, 1, 0}, {a, 0, -1, 80}}, 0, true, true})};
  expect(facts, gate_act::open, 4, "");
}

TEST(an_aof_that_was_left, is_given_up_for_one_that_was_written_to) {
  gate_facts facts = with_data();
  facts.has_aof = true;
  facts.own = {invented, 0, {{a, 0, -1, 80}}, 0, true, true};
  facts.pods = {pod("redis-slave-0", 5, {b, 0, {{a, 91, -1, 100}}, 0, true})};
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
  facts.pods[0].keys = 4;
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
  facts.pods = {pod("redis-slave-0", 4, {a, 85})};  // it lived on
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
}

TEST(an_aof_that_was_left, is_no_better_than_another_one) {
  gate_facts facts = with_data();
  facts.has_aof = true;
  facts.own = {invented, 0, {{a, 0, -1, 80}}, 0, true, true};
  facts.pods = {pod("redis-slave-0", 5, {b, 0, {{a, 0, -1, 80}}, 0, true, true})};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
}

// The primary lost power while as many keys went as came.
TEST(estimates, give_way_to_a_replica_that_lived_on_whatever_was_deleted) {
  gate_facts facts = with_data();
  facts.has_aof = true;
  facts.own = {invented, 0, {{a, 61, -1, 90}}, 0, true};
  facts.pods = {pod("redis-slave-0", 4, {a, 95})};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.pods[0].was_in_sync = true;
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
  facts.pods[0].noted = noted_offset{"redis-master-0", a, 96, 1};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.pods[0].noted->offset = 95;
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
  facts.pods[0].history.offset = 85;  // the volume remembers more
  facts.pods[0].noted.reset();
  expect(facts, gate_act::hold, 6, "neither has what the other has");
}

// Flushed, and ended as planned: its history is whole (lineage).
TEST(an_empty_aof, carries_keys_that_were_deleted_and_no_functions) {
  gate_facts facts = emptied();
  facts.remembered->keys = 0;
  facts.has_aof = true;
  facts.own = {invented, 0, {{a, whole_stream}}};
  facts.pods = {pod("redis-slave-0", 5, {a, 100})};
  expect(facts, gate_act::open, 4, "");
  facts.pods[0].functions = 1;
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
}

// An RDB of 95 has not what came after it, and the AOF may: as many keys may have been overwritten.
TEST(estimates, are_not_carried_by_what_is_certain_because_of_as_many_keys) {
  gate_facts facts = with_data();
  facts.own = {a, 95};
  facts.pods = {pod("redis-slave-0", 5, {b, 0, {{a, 91, -1, 90}}, 0, true})};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.pods[0].history.ancestors = {{a, 96}};
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
  facts.own = {c, 0, {{a, whole_stream}}, 0};
  expect(facts, gate_act::open, 4);
}

// The AOF surely has 60, and may have up to 90; the replica, which is at 80, has what it lacks or
// the other way round.
TEST(estimates, with_a_reach_are_no_match_for_what_is_certain_within_it) {
  gate_facts facts = with_data();
  facts.own = {invented, 0, {{a, 61, -1, 90}}, 0, true};
  for (const std::int64_t as_many_or_less : {5, 4}) {
    facts.pods = {pod("redis-slave-0", as_many_or_less, {a, 80})};
    expect(facts, gate_act::hold, 6, "neither has what the other has");
  }
  facts.pods[0].keys = 6;
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
}

// Nobody saw its end, and keys may have been deleted or written over since.
TEST(estimates, of_an_aof_are_not_proven_by_more_keys) {
  gate_facts facts = with_data();
  facts.has_aof = true;
  facts.own = {invented, 0, {{a, 61, -1, 90}}, 0, true};
  facts.pods = {pod("redis-slave-0", 4, {a, 100})};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.pods[0].keys = 5;
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
}

// The primary opened without the replica, and has written in a stream of its own.
TEST(estimates, are_not_counted_where_one_has_been_written_to_since) {
  gate_facts facts = with_data();
  facts.keys = 9;
  facts.own = {invented, 0, {{c, 131, 90, 130}, {a, 61, -1, 90}}, 0, true};
  facts.pods = {pod("redis-slave-0", 5, {b, 0, {{a, 96}}, 0, true})};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.pods[0].history.ancestors = {{a, 61}};
  facts.pods[0].bound = ancestor{.id = a, .reach = 60};
  expect(facts, gate_act::open, 4);
}

// The replica was in stream a when that was noted, and may have gone on in it or in the primary's
// new one since.
TEST(estimates, of_an_older_stream_are_carried_where_they_are_known_to_end_in_it) {
  gate_facts facts = with_data();
  facts.keys = 9;
  facts.own = {invented, 0, {{c, 0, 90, 130}, {a, 91, -1, 90}}, 0, true};
  facts.pods = {pod("redis-slave-0", 5, {b, 0, {{a, 41, -1, 40}}, 0, true})};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.pods[0].bound = ancestor{.id = a, .reach = 90};
  expect(facts, gate_act::open, 4);
  facts.pods[0].bound = ancestor{.id = a, .reach = 91};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.pods[0].bound = ancestor{.id = c, .reach = 0};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.pods[0].bound.reset();
  facts.own.ancestors[1].end = whole_stream;
  expect(facts, gate_act::open, 4);
}

// An older volume: the replica has heard what this pod's volume remembered since.
TEST(estimates, are_not_counted_on_a_volume_that_is_older) {
  gate_facts facts = with_data();
  facts.own = {invented, 0, {{a, 91, -1, 95}}, 0, true};
  facts.pods = {pod("redis-slave-0", 5, {b, 0, {{a, 91, -1, 95}}, 0, true})};
  expect(facts, gate_act::open, 4);
  facts.pods[0].knows_a_later_volume = true;
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
  facts.keys = 6;
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.kept = keeping::theirs;
  expect(facts, gate_act::catch_up, 6, "redis-slave-0");
  facts.kept = keeping::undecided;
  facts.own.ancestors.insert(facts.own.ancestors.begin(), {b, 1, 0});
  expect(facts, gate_act::open, 4);
}

// The replica was away while keys went: it has more of them, and all that it may have is here.
TEST(estimates, are_not_counted_where_one_is_known_to_end_before_the_other) {
  gate_facts facts = with_data();
  facts.own = {invented, 0, {{a, 91, -1, 95}}, 0, true};
  facts.pods = {pod("redis-slave-0", 9, {b, 0, {{a, 61, -1, 60}}, 0, true})};
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
  facts.pods[0].bound = ancestor{.id = a, .reach = 60};
  expect(facts, gate_act::open, 4);
  facts.pods[0].bound_is_old = true;
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.pods[0].bound_is_old = false;
  facts.pods[0].bound = ancestor{.id = a, .reach = 93};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
}

// While its AOF was rewritten, say: what is sure is less than the replica had, and is not all.
TEST(estimates, are_not_given_up_for_more_keys_of_who_left_before_the_other_went_on) {
  gate_facts facts = with_data();
  facts.has_aof = true;
  facts.own = {invented, 0, {{a, 61, -1, 200}}, 0, true};
  facts.pods = {pod("redis-slave-0", 9, {a, 90})};
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
  facts.pods[0].bound = ancestor{.id = a, .reach = 90};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.pods[0].was_in_sync = true;
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
}

TEST(estimates, are_not_counted_against_a_pod_that_was_fed_for_longer) {
  gate_facts facts = emptied();
  facts.pods = {pod("redis-slave-0", 5, {b, 0, {{a, 91, -1, 95}}, 0, true}),
                pod("redis-slave-1", 9, {c, 0, {{a, 61, -1, 60}}, 0, true})};
  facts.pods[0].noted = facts.pods[1].noted = noted_offset{"redis-master-0", a, 60};
  expect(facts, gate_act::catch_up, 5, "redis-slave-1");
  facts.pods[0].noted->offset = 90;
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.pods[1].keys = 5;
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
}

// It ran on when the primary and the other replica died.
TEST(estimates, are_carried_by_a_replica_that_was_in_sync_and_has_as_many_keys) {
  gate_facts facts = emptied();
  facts.pods = {pod("redis-slave-0", 5, {a, 95}),
                pod("redis-slave-1", 5, {b, 0, {{a, 91, -1, 90}}, 0, true})};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.pods[0].was_in_sync = true;
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
  facts.pods[1].noted = noted_offset{"redis-master-0", a, 96};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.pods[1].noted->offset = 95;
  facts.pods[1].keys = 6;
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts = with_data();
  facts.own = {a, 95};
  facts.pods = {pod("redis-slave-1", 5, {b, 0, {{a, 91, -1, 90}}, 0, true})};
  facts.was_in_sync = true;
  expect(facts, gate_act::open, 4);
}

TEST(estimates, are_counted_as_of_when_the_gate_opened_without_them) {
  gate_facts facts = with_data();
  facts.keys = 9;
  facts.own = {c, 130, {{a, 61, -1, 90}}, 90};
  facts.pods = {pod("redis-slave-0", 5, {b, 0, {{a, 96}}, 0, true})};
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.remembered->opened = opening_count{a, 5};
  expect(facts, gate_act::open, 4);
  facts.pods[0].knows_a_later_volume = true;
  expect(facts, gate_act::hold, 6, "neither has what the other has");
  facts.pods[0].knows_a_later_volume = false;
  facts.remembered->opened->keys = 4;
  expect(facts, gate_act::hold, 6, "neither has what the other has");
}

TEST(counts, are_of_functions_too) {
  gate_facts facts = with_data();
  facts.keys = 0;
  facts.remembered.reset();
  facts.has_aof = true;
  facts.own = {invented, 0};
  facts.pods = {pod("redis-slave-0", 0, {a, 100})};
  facts.pods[0].functions = 1;
  facts.waited = 1h;
  expect(facts, gate_act::catch_up, 5, "redis-slave-0 has 1 library of functions");
  facts = with_data();
  facts.own = {invented, 0, {{a, 91}}, 0, true};
  facts.pods = {pod("redis-slave-0", 5, {b, 0, {{a, 96}}, 0, true})};
  facts.pods[0].functions = 1;
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
}

TEST(estimates, with_a_reach_give_way_to_what_is_beyond_it_and_carry_what_is_sure) {
  gate_facts facts = with_data();
  facts.own = {invented, 0, {{a, 61, -1, 90}}, 0, true};
  facts.pods = {pod("redis-slave-0", 3, {a, 91})};
  expect(facts, gate_act::catch_up, 5, "redis-slave-0");
  facts.pods[0] = pod("redis-slave-0", 9, {a, 60});
  expect(facts, gate_act::open, 4);
}

TEST(a_tie, goes_to_one_that_answers) {
  gate_facts facts = emptied();
  facts.waited = 1h;
  facts.pods = {silent(pod("redis-slave-0", 9, {a, 100}), 4s), pod("redis-slave-1", 5, {a, 100})};
  expect(facts, gate_act::catch_up, 5, "redis-slave-1");
  facts.followed = "redis-slave-0";
  expect(facts, gate_act::wait, 7, "redis-slave-0 had 9 keys");
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
  facts.kept = keeping::theirs;
  donor_in_each_order("redis-slave-2");
}

}  // namespace
}  // namespace redis_agent::core
