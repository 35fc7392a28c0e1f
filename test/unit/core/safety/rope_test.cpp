#include "core/safety/rope.hpp"

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

using testing::HasSubstr;

const std::string a(40, 'a');
const std::string b(40, 'b');
const endpoint primary_place = {"10.0.0.1", 6379};
const endpoint by_name = {"redis-master-0.redis-headless", 6379};

// A replica whose link is down, and a primary that has proven itself.
rope_facts proven() {
  rope_facts facts;
  facts.is_held = facts.answers = true;
  facts.follows = by_name;
  facts.own = {a, 100};
  facts.primary_answers = facts.primary_is_primary = true;
  facts.primary = primary_place;
  facts.primary_history = {a, 120};
  return facts;
}

rope_facts refused(const std::function<void(rope_facts&)>& why) {
  rope_facts facts = proven();
  why(facts);
  return facts;
}

struct refused_case {
  refusal why{};
  std::string evidence;
  rope_facts facts;
};

std::vector<refused_case> every_refusal() {
  return {
      {refusal::no_contact, "the primary does not answer",
       refused([](rope_facts& f) { f.primary_answers = false; })},
      {refusal::is_a_replica, "the primary 10.0.0.1:6379 is itself a replica",
       refused([](rope_facts& f) { f.primary_is_primary = false; })},
      {refusal::not_yet_known, "has not said yet whose it is", refused([](rope_facts& f) {
         f.primary_may_be_a_stranger = true;
         f.primary_history = {b, 5};
       })},
      {refusal::another_cluster, "belongs to another cluster", refused([](rope_facts& f) {
         f.primary_is_of_another_cluster = true;
         f.primary_history = {b, 5};
       })},
      {refusal::behind, "has less than this replica: offset 60, here offset 100",
       refused([](rope_facts& f) {
         f.primary_history = {a, 60};
       })},
      {refusal::another_history, "does not carry this replica's history (offset 100)",
       refused([](rope_facts& f) {
         f.primary_history = {b, 500};
       })},
  };
}

TEST(rope, of_a_primary_or_turned_off_says_nothing) {
  rope_facts facts = proven();
  facts.is_held = false;
  EXPECT_EQ(decide_rope(facts).act, rope_act::none);
}

TEST(rope, rule_1_leaves_a_server_alone_that_does_not_answer) {
  rope_facts facts = proven();
  facts.answers = false;
  EXPECT_EQ(decide_rope(facts).act, rope_act::leave);
}

TEST(rope, rule_2_follows_the_address_of_a_primary_that_carries_all) {
  const rope_ruling r = decide_rope(proven());
  EXPECT_EQ(r.act, rope_act::follow);
  EXPECT_EQ(r.to, primary_place);
  EXPECT_EQ(r.evidence, "the primary 10.0.0.1:6379 carries all that is here");
}

TEST(rope, rule_2_follows_whomever_is_there_where_nothing_can_be_lost) {
  rope_facts facts = proven();
  facts.is_empty = true;
  facts.own = {b, 0};
  EXPECT_EQ(decide_rope(facts).act, rope_act::follow);
  facts.primary_may_be_a_stranger = true;
  EXPECT_EQ(decide_rope(facts).why, refusal::not_yet_known) << "its copy would have to be undone";
}

TEST(rope, rule_2_leaves_who_follows_already) {
  rope_facts facts = proven();
  facts.follows = primary_place;
  facts.follows_the_primary = true;
  EXPECT_EQ(decide_rope(facts).act, rope_act::leave);
}

// Started from an AOF after a crash: at least up to 90, and nobody knows how much more.
TEST(rope, rule_2_follows_with_an_estimate_who_surely_has_whatever_it_may_have) {
  rope_facts facts = proven();
  facts.own = {b, 0, {{a, 91, -1, 90}}, 0, true};
  EXPECT_EQ(decide_rope(facts).act, rope_act::follow) << "it goes on in the same stream";
  facts.primary_history = {"next", 700, {{a, 91}}, 90};
  EXPECT_EQ(decide_rope(facts).why, refusal::behind) << "it went back to 90";
  facts.primary_history.ancestors[0].end = whole_stream;
  EXPECT_EQ(decide_rope(facts).act, rope_act::follow);
  facts.primary_history.ancestors = {{b, 1}, {a, 91}};
  EXPECT_EQ(decide_rope(facts).act, rope_act::follow) << "it was found to be part of it by name";
}

// The primary's agent noted where it was when this pod was found to be away.
TEST(rope, rule_2_follows_with_an_estimate_who_has_all_up_to_its_bound) {
  rope_facts facts = proven();
  facts.own = {b, 0, {{a, 91, -1, 100}}, 0, true};
  facts.primary_history = {"next", 700, {{a, 121}}, 120};
  EXPECT_EQ(decide_rope(facts).why, refusal::behind);
  facts.bound = ancestor{.id = a, .reach = 100};
  EXPECT_EQ(decide_rope(facts).act, rope_act::follow);
  facts.bound->reach = 99;
  EXPECT_EQ(decide_rope(facts).why, refusal::behind) << "noted before it was back";
  facts.bound->reach = 100;
  facts.own.ancestors = {{"since", 7, 3}, {a, 91, -1, 100}};
  EXPECT_EQ(decide_rope(facts).why, refusal::behind) << "it has gone on in another stream since";
}

// As the gate would have decided, had this replica been there.
TEST(rope, rule_2_follows_with_no_more_than_there_was_when_the_gate_opened_without_it) {
  rope_facts facts = proven();
  facts.own = {b, 0, {{a, 91, -1, 100}}, 0, true};
  facts.keys = 5;
  facts.primary_history = {"next", 700, {{a, 121}}, 120};
  facts.opened = opening_count{a, 5};
  EXPECT_EQ(decide_rope(facts).act, rope_act::follow);
  facts.functions = 1;
  EXPECT_EQ(decide_rope(facts).why, refusal::behind);
  facts.functions = 0;
  facts.keys = 6;
  EXPECT_EQ(decide_rope(facts).why, refusal::behind);
  facts.keys = 5;
  facts.own.ancestors = {{"since", 7, 3}, {a, 91, -1, 100}};
  EXPECT_EQ(decide_rope(facts).why, refusal::behind) << "it has gone on in another stream since";
}

TEST(rope, rule_2_follows_for_a_person_who_has_given_up_what_is_here) {
  rope_facts facts = proven();
  facts.primary_history = {b, 5};
  facts.theirs_is_kept = true;
  EXPECT_EQ(decide_rope(facts).act, rope_act::follow);
  facts.primary_is_primary = false;
  EXPECT_EQ(decide_rope(facts).why, refusal::is_a_replica) << "there is no primary to follow";
}

TEST(rope, rule_3_leaves_a_link_that_is_up_while_nothing_speaks_against_whom_it_leads_to) {
  for (refused_case& each : every_refusal()) {
    each.facts.link_is_up = true;
    EXPECT_EQ(decide_rope(each.facts).act,
              is_about_data(each.why) ? rope_act::park : rope_act::leave)
        << to_text(each.why);
    each.facts.is_anchored = true;
    EXPECT_EQ(decide_rope(each.facts).act, rope_act::leave) << to_text(each.why) << ", anchored";
  }
}

TEST(rope, rule_3_leaves_a_sync_where_nothing_is_left_to_spare) {
  for (refused_case& each : every_refusal()) {
    each.facts.is_receiving = each.facts.is_empty = true;
    EXPECT_EQ(decide_rope(each.facts).act, rope_act::leave) << to_text(each.why);
  }
}

// Its source had proven itself when this agent pointed at it; a name nobody has vouched for.
TEST(rope, rule_3_leaves_a_sync_from_an_address_that_is_merely_out_of_contact) {
  for (refused_case& each : every_refusal()) {
    const bool is_a_moment_s =
        each.why == refusal::no_contact || each.why == refusal::not_yet_known;
    each.facts.is_receiving = true;
    EXPECT_EQ(decide_rope(each.facts).act, rope_act::park) << to_text(each.why) << ", by name";
    each.facts.follows = primary_place;
    EXPECT_EQ(decide_rope(each.facts).act, is_a_moment_s ? rope_act::leave : rope_act::park)
        << to_text(each.why) << ", by address";
  }
}

// The primary forks for the sync that it was asked for.
TEST(rope, rule_3_leaves_a_handshake_with_an_address_that_answers_nobody_else_either) {
  for (refused_case& each : every_refusal()) {
    each.facts.is_awaited = true;
    EXPECT_EQ(decide_rope(each.facts).act, rope_act::park) << to_text(each.why) << ", by name";
    each.facts.follows = primary_place;
    const bool is_silent = each.why == refusal::no_contact || each.why == refusal::not_yet_known;
    EXPECT_EQ(decide_rope(each.facts).act, is_silent ? rope_act::leave : rope_act::park)
        << to_text(each.why) << ", by address";
  }
}

TEST(rope, rule_4_parks_while_it_receives_from_one_that_has_less) {
  rope_facts facts = proven();
  facts.is_receiving = facts.follows_the_primary = true;
  facts.follows = primary_place;
  facts.primary_history = {a, 60};
  const rope_ruling r = decide_rope(facts);
  EXPECT_EQ(r.act, rope_act::park);
  EXPECT_EQ(r.to, parking_place());
  EXPECT_EQ(r.why, refusal::behind);
}

TEST(rope, rule_3_does_not_weigh_two_moments_over_a_link_that_is_up) {
  rope_facts facts = proven();
  facts.follows = primary_place;
  facts.link_is_up = facts.follows_the_primary = true;
  facts.own.offset = 130;  // asked later than the primary
  const rope_ruling r = decide_rope(facts);
  EXPECT_EQ(r.act, rope_act::leave);
  EXPECT_EQ(r.why, refusal::none);
}

TEST(rope, rule_4_parks_and_says_why) {
  for (const refused_case& each : every_refusal()) {
    const rope_ruling r = decide_rope(each.facts);
    EXPECT_EQ(r.act, rope_act::park) << to_text(each.why);
    EXPECT_EQ(r.to, parking_place());
    EXPECT_EQ(to_text(r.why), to_text(each.why));
    EXPECT_THAT(r.evidence, HasSubstr(each.evidence));
  }
}

TEST(rope, rule_4_parks_once) {
  for (refused_case& each : every_refusal()) {
    each.facts.follows = parking_place();
    EXPECT_EQ(decide_rope(each.facts).act, rope_act::leave) << to_text(each.why);
  }
}

TEST(rope, rule_4_cuts_a_link_to_a_stranger_although_it_is_up) {
  rope_facts facts = proven();
  facts.primary_is_of_another_cluster = facts.is_a_strangers = true;
  facts.link_is_up = facts.follows_the_primary = true;
  facts.follows = primary_place;
  facts.primary_history = {b, 5};
  EXPECT_EQ(decide_rope(facts).act, rope_act::park);
  facts.is_a_strangers = false;
  EXPECT_EQ(decide_rope(facts).act, rope_act::leave) << "what arrives is this cluster's";
}

TEST(rope, does_not_interrupt_a_sync_by_name) {
  rope_facts facts = proven();
  facts.is_receiving = true;
  EXPECT_EQ(decide_rope(facts).act, rope_act::leave);
  facts.follows = {"10.0.0.9", 6379};
  EXPECT_EQ(decide_rope(facts).act, rope_act::follow) << "another server's data";
}

TEST(rope, brings_back_a_primary_by_hand_only_if_nothing_is_lost) {
  rope_facts facts = proven();
  facts.is_primary = true;
  facts.follows = {};
  EXPECT_EQ(decide_rope(facts).act, rope_act::park) << "it may have been written to since";
  facts.own = {b, 150, {{a, 101}}, 100};
  const rope_ruling r = decide_rope(facts);
  EXPECT_EQ(r.act, rope_act::leave);
  EXPECT_EQ(r.why, refusal::behind);
  EXPECT_THAT(r.evidence, HasSubstr("goes on from an earlier state of this replica's history"))
      << "offsets of two streams are not to be compared";
}

TEST(rope, goes_on_from_its_parking_place) {
  rope_facts facts = proven();
  facts.follows = parking_place();
  EXPECT_EQ(decide_rope(facts).act, rope_act::follow);
  EXPECT_EQ(decide_rope(facts).to, primary_place);
}

TEST(rope, trusts_a_primary_that_has_proven_itself_although_its_id_changes) {
  rope_facts facts = proven();
  facts.primary_history = {b, 0};
  EXPECT_EQ(decide_rope(facts).why, refusal::another_history);
  facts.primary_has_proven_itself = true;
  EXPECT_EQ(decide_rope(facts).why, refusal::none);
}

TEST(refusal, has_a_name_for_each) {
  for (const refused_case& each : every_refusal()) EXPECT_NE(to_text(each.why), "unknown");
  EXPECT_EQ(to_text(refusal::none), "none");
}

TEST(refusal, is_about_data_or_about_a_moment) {
  EXPECT_TRUE(is_about_data(refusal::behind) && is_about_data(refusal::another_history));
  EXPECT_TRUE(is_about_data(refusal::another_cluster));
  for (const refusal why :
       {refusal::none, refusal::no_contact, refusal::is_a_replica, refusal::not_yet_known}) {
    EXPECT_FALSE(is_about_data(why)) << to_text(why);
  }
}

TEST(rope, names_the_situation_by_both_runs_while_the_primary_lacks_data) {
  for (refused_case& each : every_refusal()) {
    each.facts.run_id = "0123456789";
    each.facts.primary_run_id = "abcdefghij";
    const std::string name = describe_situation(each.facts, decide_rope(each.facts));
    const std::string expected =
        std::string(to_text(each.why)) + " in run 01234567, the primary's run abcdefgh";
    EXPECT_EQ(name, is_about_data(each.why) ? expected : "");
  }
  EXPECT_EQ(describe_situation(proven(), decide_rope(proven())), "");
}

}  // namespace
}  // namespace redis_agent::core
