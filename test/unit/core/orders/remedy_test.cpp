#include "core/orders/remedy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// An order without its reason.
order plain(order o) {
  o.why.clear();
  return o;
}

std::vector<order> plain(std::vector<order> all) {
  for (order& o : all) o = plain(std::move(o));
  return all;
}

const order hold_the_donor = {peer::pod, "redis-slave-0", {step::follow}, {"10.0.0.1", 9122}};
const order copy_from_it = {peer::redis, "", {step::follow}, {"10.0.0.2", 6379}};
const order open_after_the_copy = {
    peer::redis, "", {step::stand_alone, step::listen_everywhere}, {}};
const order release_the_donor = {peer::pod, "redis-slave-0", {step::follow}, {"10.0.0.1", 6379}};
const order close_again = {peer::redis, "", {step::follow}, {"127.0.0.1", 1}};

std::vector<order> only(const order& o) { return {o}; }

TEST(remedy, an_emptied_primary_copies_from_its_replica_and_opens) {
  primary_agent agent;
  agent.at(1s).redis().replica();
  EXPECT_EQ(plain(agent.orders()), only(hold_the_donor));
  EXPECT_THAT(agent.decision(), HasSubstr("catches up from redis-slave-0 (rule 5): "));

  agent.replica(held_by_the_anchor);
  EXPECT_THAT(agent.orders(), IsEmpty()) << "that it copies is on the volume first";
  agent.remember();
  EXPECT_EQ(plain(agent.orders()), only(copy_from_it));

  agent.at(2s).redis(copying).replica(held_by_the_anchor);
  EXPECT_THAT(agent.orders(), IsEmpty()) << "it is under way";

  agent.at(3s).redis(copied).replica(held_by_the_anchor);
  EXPECT_THAT(agent.decision(), HasSubstr("opens (rule 4): "));
  EXPECT_THAT(agent.orders(), IsEmpty()) << "what it opens with is on the volume first";
  agent.remember();
  EXPECT_EQ(plain(agent.orders()), only(open_after_the_copy));

  agent.at(4s).redis(serving).replica(held_by_the_anchor);
  EXPECT_EQ(agent.decision(), "");
  EXPECT_EQ(plain(agent.orders()), only(release_the_donor));
  agent.replica();
  EXPECT_THAT(agent.orders(), IsEmpty());
}

TEST(remedy, its_own_link_goes_by_what_is_spoken_there_where_that_may_change) {
  primary_agent agent;
  agent.set().tls_file = "/tls";
  agent.set().tls = tls_mode::both;
  agent.at(1s).redis().replica();
  EXPECT_EQ(plain(agent.orders()), only(hold_the_donor)) << "the other pod's is its agent's";
  agent.replica(held_by_the_anchor).remember();
  order copy = copy_from_it;
  copy.steps = {step::go_by_tls, step::follow};
  EXPECT_EQ(plain(agent.orders()), only(copy));
  EXPECT_EQ(describe(copy), "CONFIG SET tls-replication yes; REPLICAOF 10.0.0.2 6379");
  agent.set().tls = tls_mode::allow;
  copy.steps = {step::go_by_plain_tcp, step::follow};
  EXPECT_EQ(plain(agent.orders()), only(copy));
  EXPECT_TRUE(is_still_wanted(copy, agent.seen(), agent.set(), instant(1s)));
}

TEST(remedy, another_agent_goes_on_where_one_has_stopped) {
  primary_agent agent;
  volume_memory noted = remembered_data(100);
  noted.is_copying = true;
  agent.tell(volume_written{noted}).at(1s).redis(copied).replica(held_by_the_anchor);
  agent.remember();
  EXPECT_EQ(plain(agent.orders()), only(open_after_the_copy));
}

TEST(remedy, a_donor_from_an_aof_takes_a_place_in_its_own_stream_first) {
  primary_agent agent;
  agent.at(1s).redis().replica(from_an_aof);
  EXPECT_THAT(agent.decision(), HasSubstr("redis-slave-0 has data, and its agent has not said"))
      << "not before its agent has said where its data comes from";
  agent.replica_says("ours", {next_history, 0, {{former_history, 101}}, 0});
  order hold = hold_the_donor;
  hold.steps = {step::stand_alone, step::follow};
  EXPECT_EQ(plain(agent.orders()), only(hold));

  agent.replica([](poll_report& r) {
    held_by_the_anchor(r);
    r.replication.offset = r.replication.link->offset = 0;
    r.replication.replid = std::string(40, 'd');
    r.replication.replid2 = next_history;
    r.replication.second_offset = 1;
  });
  agent.replica_says("ours", {std::string(40, 'd'), 0, {{next_history, 1, 0}}, 0});
  agent.remember();
  EXPECT_EQ(plain(agent.orders()), only(copy_from_it));
}

TEST(remedy, a_donor_without_an_agent_is_taken_at_its_word_after_three_seconds) {
  primary_agent agent(std::nullopt);
  agent.redis().at(2s).redis().replica(from_an_aof);
  agent.at(4900ms).redis().replica(from_an_aof);
  EXPECT_THAT(agent.orders(), IsEmpty()) << "its server has its data since 2.9 s";
  agent.at(5s).redis().replica(from_an_aof);
  ASSERT_EQ(agent.orders().size(), 1U);
  EXPECT_EQ(agent.orders().front().steps, (std::vector{step::stand_alone, step::follow}));
}

TEST(remedy, a_donor_that_has_lost_its_anchor_is_held_by_redis_itself) {
  primary_agent agent;
  agent.at(1s).redis().replica([](poll_report& r) {
    held_by_the_anchor(r);
    r.replication.link->is_up = false;
  });
  agent.remember();
  EXPECT_THAT(agent.orders(), IsEmpty()) << "it tries again, and nothing is copied meanwhile";
}

TEST(remedy, a_primary_that_has_all_opens_without_a_copy) {
  primary_agent agent;
  const auto whole = [](poll_report& r) { serving(r), r.bind = "127.0.0.1 -::1"; };
  agent.at(1s).redis(whole).replica();
  agent.remember();
  const order listen = {peer::redis, "", {step::listen_everywhere}, {}};
  EXPECT_EQ(plain(agent.orders()), only(listen));
  EXPECT_THAT(agent.orders().front().why, HasSubstr("it carries what redis-slave-0"));
}

TEST(remedy, a_primary_that_started_as_a_replica_of_nobody_stands_alone) {
  primary_agent agent;
  agent.at(1s).replica().redis(replica_of_nobody);
  agent.remember();
  const order stand = {peer::redis, "", {step::stand_alone}, {}};
  EXPECT_EQ(plain(agent.orders()), only(stand));
}

TEST(remedy, nothing_is_ordered_while_the_gate_waits_or_holds) {
  primary_agent agent;
  agent.at(1s).redis();
  EXPECT_THAT(agent.decision(), HasSubstr("waits (rule 7): redis-slave-0 did not answer"));
  EXPECT_THAT(agent.orders(), IsEmpty());
  agent.at(61s).redis();
  EXPECT_THAT(agent.decision(), HasSubstr("holds (rule 7): "));
  EXPECT_THAT(agent.orders(), IsEmpty());
}

TEST(remedy, a_pod_is_silent_that_answered_before_this_server_started) {
  primary_agent agent;
  agent.replica().at(1s).redis();
  EXPECT_THAT(agent.decision(), HasSubstr("redis-slave-0 did not answer"));
}

TEST(remedy, a_pod_of_another_cluster_is_nobody_to_copy_from) {
  primary_agent agent;
  const std::string other(40, 'c');
  agent.at(1s).redis().replica([&](poll_report& r) { r.replication.replid = other; });
  agent.replica_says("theirs", {other, 100});
  EXPECT_THAT(agent.decision(), HasSubstr("redis-slave-0 did not answer"));
}

TEST(remedy, a_person_s_word_makes_another_primary_follow_and_opens) {
  primary_agent agent;
  const auto by_hand = [](poll_report& r) {
    r.replication.server_role = role::primary;
    r.replication.link.reset();
    r.replication.replid = next_history;
    r.replication.replid2 = former_history;
    r.replication.second_offset = 101;
  };
  agent.at(1s).redis().replica(by_hand);
  EXPECT_THAT(agent.decision(), HasSubstr("holds (rule 2): "));
  agent.decides(keeping::mine);
  const order demote = {peer::pod, "redis-slave-0", {step::follow}, {"127.0.0.1", 1}};
  EXPECT_EQ(plain(agent.orders()), only(demote));
  EXPECT_THAT(agent.decision(), HasSubstr("demotes redis-slave-0 (rule 2): "));
  agent.set().rope = false;
  EXPECT_EQ(agent.orders().front().to, agent.set().primary) << "nobody would bring it there later";
  agent.set().rope = true;
  const auto demoted = [&](poll_report& r) {
    const auto link = r.replication.link;
    by_hand(r);
    r.replication.server_role = role::replica;
    r.replication.link = link;
    r.replication.link->primary = {"127.0.0.1", 1};
  };
  agent.replica(demoted).remember();
  EXPECT_EQ(agent.orders().front().steps, (std::vector{step::listen_everywhere}));
}

// It serves no more once it is held, which is before the copy begins.
TEST(remedy, a_person_s_word_to_keep_theirs_lasts_until_the_other_primary_is_copied) {
  primary_agent agent;
  const auto full = [](poll_report& r) { r.details->keys = 5; };
  const auto by_hand = [](poll_report& r) {
    r.replication.server_role = role::primary;
    r.replication.link.reset();
    r.replication.replid = next_history;
  };
  agent.at(1s).redis(full).replica(by_hand);
  EXPECT_THAT(agent.decision(), HasSubstr("holds (rule 2): "));
  agent.decides(keeping::theirs);
  EXPECT_THAT(agent.decision(), HasSubstr("a person has decided to keep theirs"));
  const auto held = [](poll_report& r) {
    held_by_the_anchor(r);
    r.replication.replid = next_history;
  };
  agent.redis(full).replica(held);
  EXPECT_THAT(agent.decision(), HasSubstr("a person has decided to keep theirs"));
  agent.replica(held, "redis-slave-1");
  EXPECT_THAT(agent.decision(), HasSubstr("neither has what the other has"))
      << "he has not seen it";
}

TEST(remedy, what_was_opened_too_early_closes_while_it_is_empty) {
  primary_agent agent(std::nullopt);
  const auto open_and_empty = [](poll_report& r) { r.bind = "* -::*"; };
  agent.at(1s).redis(open_and_empty).replica();
  EXPECT_EQ(plain(agent.orders()), only(close_again));
  agent.redis([&](poll_report& r) { open_and_empty(r), r.details->keys = 1; });
  EXPECT_THAT(agent.orders(), IsEmpty()) << "somebody has written";
}

TEST(remedy, what_was_empty_a_while_ago_is_not_closed) {
  primary_agent agent(std::nullopt);
  agent.at(1s).replica().redis([](poll_report& r) { r.bind = "* -::*"; });
  EXPECT_EQ(plain(agent.orders()), only(close_again));
  agent.redis([](poll_report& r) { r.details.reset(); });
  EXPECT_THAT(agent.orders(), IsEmpty()) << "nobody knows how many keys there are now";
  agent.redis([](poll_report& r) { r.bind = "* -::*", r.replication.connected_replicas = 1; });
  EXPECT_THAT(agent.orders(), IsEmpty()) << "a replica copies from it";
}

TEST(remedy, what_was_empty_when_a_late_answer_was_asked_for_is_not_closed) {
  primary_agent agent(std::nullopt);
  const auto open_and_empty = [](poll_report& r) { r.bind = "* -::*"; };
  agent.at(1s).redis(open_and_empty).at(3s).replica();
  agent.redis([&](poll_report& r) { open_and_empty(r), r.asked_at = instant(2900ms); });
  EXPECT_THAT(agent.orders(), IsEmpty()) << "somebody may have written since";
  agent.redis([&](poll_report& r) { open_and_empty(r), r.asked_at = instant(2950ms); });
  EXPECT_EQ(plain(agent.orders()), only(close_again));
}

// What a server that loads says of its place is invented: by that it would get a name of its own.
TEST(remedy, a_donor_that_loads_is_told_nothing) {
  primary_agent agent;
  agent.at(1s).redis().replica();
  EXPECT_EQ(plain(agent.orders()), only(hold_the_donor));
  agent.replica([](poll_report& r) {
    r.loading = loading_report{true, false, 10};
    r.replication.link->offset = 1;
  });
  EXPECT_THAT(agent.orders(), IsEmpty());
}

// Whoever is at the donor's address by the time the volume takes it may be another server.
TEST(remedy, a_whole_copy_follows_nobody_while_the_volume_refuses_what_it_would_open_with) {
  primary_agent agent;
  agent.at(1s).redis().replica().remember();
  agent.at(3s).redis(copied).replica(held_by_the_anchor);
  EXPECT_THAT(agent.orders(), IsEmpty());
  agent.tell(volume_refused{"write: No space left on device"});
  EXPECT_EQ(plain(agent.orders()), only(close_again));
}

TEST(remedy, keys_are_counted_at_each_poll_while_their_number_decides) {
  primary_agent agent;
  const auto interval = [&] { return detail_interval(agent.seen(), agent.set(), instant(1s)); };
  agent.at(1s).redis();
  EXPECT_EQ(interval(), 0s) << "closed";
  agent.redis(serving);
  EXPECT_EQ(interval(), agent.set().detail_interval);
  agent.redis([](poll_report& r) { serving(r), r.details->keys = 0; });
  EXPECT_EQ(interval(), 0s) << "empty";
}

TEST(remedy, what_is_empty_by_a_command_stays_open) {
  primary_agent agent;
  agent.at(1s).replica().redis([](poll_report& r) { serving(r), r.details->keys = 0; });
  EXPECT_THAT(agent.orders(), IsEmpty());
}

TEST(remedy, a_donor_of_another_history_is_not_released) {
  primary_agent agent(std::nullopt);
  agent.at(1s).replica(held_by_the_anchor).redis([](poll_report& r) {
    r.bind = "* -::*";
    r.details->keys = 1;
  });
  EXPECT_THAT(agent.orders(), IsEmpty()) << "it would throw away what it has";
}

TEST(remedy, a_primary_without_a_gate_is_told_nothing) {
  primary_agent agent;
  agent.set().gate = gate_choice::direct;
  agent.at(1s).redis().replica();
  EXPECT_THAT(agent.orders(), IsEmpty());
  EXPECT_EQ(agent.decision(), "");
}

TEST(remedy, a_server_that_does_not_answer_is_told_nothing) {
  primary_agent agent;
  agent.at(1s).redis(serving).replica(held_by_the_anchor);
  agent.tell(failed{peer::redis, link_condition::timed_out, ""});
  EXPECT_THAT(agent.orders(), IsEmpty());
  agent.at(2s).redis().replica().tell(failed{peer::redis, link_condition::refused, ""});
  EXPECT_THAT(agent.orders(), IsEmpty());
}

class replica_agent : public testing::Test {
 protected:
  replica_agent() : settings_(parse_settings(subcommand::sidecar, {}, "redis-slave-0").values) {
    memory_ = begin_memory(settings_, instant(0s));
    take(volume_read{std::nullopt});
    poll_report own;
    own.server = server_report{"7.0.15", "run", 10};
    own.details = server_details{5, {}};
    own.replication.server_role = role::replica;
    own.replication.replid = former_history;
    own.replication.offset = 100;
    own.replication.link.emplace();
    own.replication.link->primary = settings_.primary;
    own.replication.link->offset = 100;
    take(reported{peer::redis, own});
    take(volume_checked{true});
  }

  void take(const event& e) { observe(memory_, e, instant(0s)); }
  std::vector<order> orders() const { return choose(memory_, settings_, instant(0s)); }
  std::string decision() const { return describe_decision(memory_, settings_, instant(0s)); }

  settings settings_;
  memory memory_;
};

TEST_F(replica_agent, parks_without_a_primary_and_follows_one_that_has_proven_itself) {
  EXPECT_EQ(plain(orders()), only(close_again));
  EXPECT_EQ(decision(), "no_contact: the primary does not answer");
  poll_report primary;
  primary.server_address = "10.0.0.1";
  primary.replication.replid = former_history;
  primary.replication.offset = 100;
  take(reported{peer::primary, primary});
  const order follow = {peer::redis, "", {step::follow}, {"10.0.0.1", 6379}};
  EXPECT_EQ(plain(orders()), only(follow));
  EXPECT_EQ(decision(), "");
}

TEST_F(replica_agent, is_told_nothing_with_the_rope_turned_off) {
  settings_.rope = false;
  EXPECT_THAT(orders(), IsEmpty());
}

TEST(describe, writes_an_order_as_its_commands) {
  EXPECT_EQ(describe(hold_the_donor), "REPLICAOF 10.0.0.1 9122");
  EXPECT_EQ(describe(open_after_the_copy), "REPLICAOF NO ONE; CONFIG SET bind \"* -::*\"");
  EXPECT_EQ(describe(order{}), "");
}

}  // namespace
}  // namespace redis_agent::core
