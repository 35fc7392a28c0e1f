#include "core/safety/rope.hpp"

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

using testing::HasSubstr;

const std::string a(40, 'a');
const std::string b(40, 'b');
const std::string zeros(40, '0');
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

TEST(rope, rule_2_follows_for_a_person_who_has_given_up_what_is_here) {
  rope_facts facts = proven();
  facts.primary_history = {b, 5};
  facts.theirs_is_kept = true;
  EXPECT_EQ(decide_rope(facts).act, rope_act::follow);
  facts.primary_is_primary = false;
  EXPECT_EQ(decide_rope(facts).why, refusal::is_a_replica) << "there is no primary to follow";
}

TEST(rope, rule_3_leaves_a_link_that_is_up) {
  for (refused_case& each : every_refusal()) {
    each.facts.link_is_up = true;
    EXPECT_EQ(decide_rope(each.facts).act, rope_act::leave) << to_text(each.why);
    each.facts.link_is_up = false;
    each.facts.is_syncing = true;
    EXPECT_EQ(decide_rope(each.facts).act, rope_act::leave) << to_text(each.why);
  }
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
  facts.is_syncing = true;
  EXPECT_EQ(decide_rope(facts).act, rope_act::leave);
  facts.follows = {"10.0.0.9", 6379};
  EXPECT_EQ(decide_rope(facts).act, rope_act::follow) << "another server's data";
}

TEST(rope, brings_back_a_primary_by_hand_only_if_nothing_is_lost) {
  rope_facts facts = proven();
  facts.is_primary = true;
  facts.follows = {};
  EXPECT_EQ(decide_rope(facts).act, rope_act::follow);
  facts.own = {b, 150, {{a, 101}}, 100};
  const rope_ruling r = decide_rope(facts);
  EXPECT_EQ(r.act, rope_act::leave);
  EXPECT_EQ(r.why, refusal::behind);
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

// The same out of what an agent has seen.
class watched_replica : public testing::Test {
 protected:
  watched_replica() : settings_(parse_settings(subcommand::sidecar, {}, "redis-slave-0").values) {
    memory_ = begin_memory(settings_, instant(0s));
    volume_memory remembered;
    remembered.cluster_id = "ours";
    remembered.history = {a, 100};
    tell(0s, volume_read{remembered});
    tell(0s, addresses_resolved{{{"10.0.0.1"}, 5s}});
  }

  void tell(duration when, const event& e) {
    now_ = instant(when);
    memory_ = observe(std::move(memory_), e, now_);
  }

  // At offset 100 and cut off, unless `change` says otherwise.
  void redis(duration when, const std::function<void(poll_report&)>& change = {}) {
    poll_report report;
    report.asked_at = instant(when);
    report.server = server_report{"7.0.15", "replica-run", 100};
    report.details = server_details{5, {}};
    report.stage = link_stage::connecting;
    report.replication.server_role = role::replica;
    report.replication.replid = a;
    report.replication.replid2 = zeros;
    report.replication.offset = 100;
    report.replication.link.emplace();
    report.replication.link->primary = by_name;
    report.replication.link->offset = 100;
    report.replication.link->down_for_seconds = 3;
    if (change) change(report);
    tell(when, reported{peer::redis, report});
  }

  void primary(duration when, const std::string& id, std::int64_t offset,
               const std::string& run = "primary-run") {
    poll_report report;
    report.asked_at = instant(when);
    report.server = server_report{"7.0.15", run, 100};
    report.server_address = "10.0.0.1";
    report.replication.replid = id;
    report.replication.replid2 = zeros;
    report.replication.offset = offset;
    report.replication.connected_replicas = 1;
    tell(when, reported{peer::primary, report});
  }

  void says(duration when, const std::string& cluster, const lineage& history) {
    tell(when, stated{peer::primary, {"redis-master-0", cluster, "primary-run", history}});
  }

  rope_ruling rule() const { return decide_rope(memory_, settings_, now_); }

  settings settings_;
  memory memory_;
  instant now_;
};

void in_sync(poll_report& report) {
  report.stage = link_stage::connected;
  report.replication.link->is_up = true;
  report.replication.link->down_for_seconds.reset();
}

TEST_F(watched_replica, follows_once_the_primary_has_answered) {
  redis(1s);
  EXPECT_EQ(rule().why, refusal::no_contact);
  primary(1s, a, 120);
  EXPECT_EQ(rule().act, rope_act::follow);
  EXPECT_EQ(rule().to, primary_place);
  redis(2s, [](poll_report& r) { in_sync(r), r.replication.link->primary = primary_place; });
  EXPECT_EQ(rule().act, rope_act::leave);
}

TEST_F(watched_replica, forgets_a_primary_that_has_been_silent) {
  primary(1s, a, 120);
  redis(1s + settings_.contact_timeout + 1ms);
  EXPECT_EQ(rule().act, rope_act::park);
  EXPECT_EQ(rule().why, refusal::no_contact);
}

TEST_F(watched_replica, moves_a_link_by_name_that_is_up_to_the_address) {
  primary(1s, a, 120);
  redis(1s, in_sync);
  EXPECT_EQ(rule().act, rope_act::follow);
}

TEST_F(watched_replica, takes_another_address_of_the_primary_for_as_good_while_it_works) {
  tell(0s, addresses_resolved{{{"10.0.0.1", "fd00::1"}, 5s}});
  primary(1s, a, 120);
  const auto other = [](poll_report& r) { r.replication.link->primary = {"fd00::1", 6379}; };
  redis(1s, [&](poll_report& r) { in_sync(r), other(r); });
  EXPECT_EQ(rule().act, rope_act::leave);
  redis(1s, other);
  EXPECT_EQ(rule().act, rope_act::follow);
}

TEST_F(watched_replica, waits_three_seconds_for_the_primary_s_agent) {
  primary(1s, b, 700);
  redis(1s);
  EXPECT_EQ(rule().why, refusal::not_yet_known);
  says(2s, "ours", {b, 700, {{a, 101}}});
  EXPECT_EQ(rule().act, rope_act::follow) << "its agent knows that it goes on from here";
}

TEST_F(watched_replica, takes_the_server_s_word_where_there_is_no_agent) {
  primary(1s, b, 700);
  primary(4s, b, 700);
  redis(4s);
  EXPECT_EQ(rule().why, refusal::another_history);
}

TEST_F(watched_replica, believes_no_statement_about_another_run) {
  says(1s, "ours", {b, 700, {{a, 101}}});
  primary(2s, b, 700, "another-run");
  redis(2s);
  EXPECT_EQ(rule().why, refusal::not_yet_known);
}

TEST_F(watched_replica, refuses_another_cluster_for_thirty_seconds) {
  primary(1s, b, 700);
  says(1s, "theirs", {b, 700});
  redis(1s, [](poll_report& r) { r.details->keys = 0; });
  EXPECT_EQ(rule().why, refusal::another_cluster) << "also where nothing can be lost";
  primary(30s, b, 700);
  EXPECT_EQ(rule().why, refusal::another_cluster);
  primary(31s, b, 700);
  EXPECT_EQ(rule().act, rope_act::follow) << "who is still there is the primary";
}

TEST_F(watched_replica, leaves_a_stranger_whose_data_it_has_begun_to_copy) {
  primary(1s, b, 700);
  says(1s, "theirs", {b, 700});
  redis(1s, [](poll_report& r) {
    in_sync(r);
    r.replication.replid = b;
    r.replication.link->primary = primary_place;
  });
  EXPECT_EQ(rule().act, rope_act::park);
}

TEST_F(watched_replica, is_left_alone_while_an_anchor_holds_it) {
  const auto anchored = [](std::int64_t down_for) {
    return [down_for](poll_report& r) {
      r.replication.link->primary = {"10.0.0.1", 9122};
      r.replication.link->down_for_seconds = down_for;
    };
  };
  redis(1s, anchored(5));
  EXPECT_EQ(rule().act, rope_act::leave) << "Redis renews a silent link by itself";
  redis(1s, anchored(6));
  EXPECT_EQ(rule().act, rope_act::park);
}

TEST_F(watched_replica, is_left_alone_before_its_volume_has_been_read) {
  memory_.volume_is_read = false;
  redis(1s);
  EXPECT_EQ(rule().act, rope_act::none);
}

TEST_F(watched_replica, is_left_alone_while_it_loads_its_own_data) {
  redis(1s, [](poll_report& r) { r.loading = loading_report{true, false, 10}; });
  EXPECT_EQ(rule().act, rope_act::leave);
  EXPECT_EQ(rule().why, refusal::none);
}

TEST_F(watched_replica, does_what_a_person_says_about_a_primary_without_its_data) {
  primary(1s, b, 700);
  primary(5s, b, 700);
  redis(5s);
  EXPECT_EQ(rule().act, rope_act::park);
  tell(5s, person_decided{"theirs"});
  EXPECT_EQ(rule().act, rope_act::follow);
}

TEST_F(watched_replica, a_proof_lasts_while_the_primary_is_in_contact) {
  redis(1s);
  primary(1s, a, 120);
  primary(2s, b, 0);  // its first replica has attached
  EXPECT_EQ(rule().why, refusal::none);
  tell(3s, failed{peer::primary, link_condition::closed, "", ""});
  primary(4s, b, 0);
  EXPECT_NE(rule().why, refusal::none);
}

}  // namespace
}  // namespace redis_agent::core
