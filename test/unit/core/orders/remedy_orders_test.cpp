// When an order is given again, when it is taken back, and how often the server is looked at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/core/safety/primary_agent.hpp"
#include "unit/core/safety/watched_replica.hpp"

namespace redis_agent::core {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const std::string slave = "redis-slave-0";

// An emptied primary whose donor does not come to the anchor.
class refused_order : public testing::Test {
 protected:
  std::vector<order> orders(duration when) { return agent.at(when).redis().replica().orders(); }
  void send(duration when) {
    ASSERT_THAT(orders(when), SizeIs(1));
    agent.tell(ordered{peer::pod, describe(orders(when).front()), slave});
  }

  primary_agent agent;
};

TEST_F(refused_order, is_given_again_after_twice_as_long_each_time) {
  send(10s);
  EXPECT_THAT(orders(10499ms), IsEmpty());
  send(10500ms);
  EXPECT_THAT(orders(11499ms), IsEmpty());
  send(11500ms);
  EXPECT_THAT(orders(13499ms), IsEmpty());
  EXPECT_THAT(orders(13500ms), SizeIs(1));
}

TEST_F(refused_order, is_given_again_each_thirty_seconds_in_the_end) {
  send(100s);
  for (int i = 1; i < 20; ++i) send(100s + i * 30s);
  EXPECT_THAT(orders(699s), IsEmpty());
  EXPECT_THAT(orders(700s), SizeIs(1));
}

TEST_F(refused_order, does_not_delay_another_order) {
  send(10s);
  agent.redis().replica([](poll_report& r) {
    r.replication.server_role = role::primary;
    r.replication.link.reset();
    r.details = server_details{};
  });
  ASSERT_THAT(agent.orders(), SizeIs(1));
  EXPECT_EQ(describe(agent.orders().front()), "REPLICAOF 127.0.0.1 1");
}

// An order to its own server, after which that says what it says.
class order_to_itself : public testing::Test {
 protected:
  std::vector<order> orders(duration when, const std::string& refusal = "") {
    const auto whole = [&](poll_report& r) {
      serving(r);
      r.bind = "127.0.0.1 -::1";
      r.took_order = true;
      r.order_refusal = refusal;
    };
    return agent.at(when).redis(whole).replica().remember().orders();
  }

  primary_agent agent;
};

TEST_F(order_to_itself, is_given_again_when_nothing_has_come_of_it) {
  ASSERT_THAT(orders(1s), SizeIs(1));
  agent.tell(ordered{peer::redis, describe(orders(1s).front())});
  EXPECT_THAT(orders(1249ms), IsEmpty());
  EXPECT_THAT(orders(1250ms), SizeIs(1));
}

TEST_F(order_to_itself, is_given_again_after_twice_as_long_each_time_while_it_is_refused) {
  duration when = 1s;
  for (const duration wait : {500ms, 1000ms, 2000ms, 4000ms}) {
    ASSERT_THAT(orders(when), SizeIs(1));
    agent.tell(ordered{peer::redis, describe(orders(when).front())});
    EXPECT_THAT(orders(when + wait - 1ms, "NOPERM no"), IsEmpty());
    when += wait;
  }
}

bool is_wanted(const order& o, primary_agent& agent, duration now) {
  return is_still_wanted(o, agent.seen(), agent.set(), instant(now));
}

// It copies, and its link has come no further than that.
auto copying_at(link_stage stage) {
  return [stage](poll_report& r) {
    copying(r);
    r.stage = stage;
    r.replication.link->sync_in_progress = false;
  };
}

// It tries to connect to an address behind which another server may be by now.
TEST(a_primary_that_copies, is_parked_when_its_donor_is_not_held_any_more) {
  primary_agent agent;
  agent.at(90s).redis().replica(held_by_the_anchor).remember();
  agent.redis(copying_at(link_stage::connecting));
  EXPECT_THAT(agent.orders(), IsEmpty()) << "its donor is held";
  const order park = {peer::redis, "", {step::follow}, {"127.0.0.1", 1}};
  agent.tell(failed{peer::pod, link_condition::closed, "", slave});
  ASSERT_THAT(agent.orders(), SizeIs(1));
  EXPECT_EQ(describe(agent.orders()[0]), describe(park));
  agent.replica(held_by_the_anchor).redis(copying);
  agent.tell(failed{peer::pod, link_condition::closed, "", slave});
  EXPECT_THAT(agent.orders(), IsEmpty()) << "the copy that has begun is that of one that was held";
}

TEST(a_primary_that_copies, waits_for_a_donor_that_forks_and_answers_nobody) {
  primary_agent agent;
  agent.at(90s).redis().replica(held_by_the_anchor).remember();
  agent.redis(copying_at(link_stage::handshake));
  agent.tell(failed{peer::pod, link_condition::timed_out, "", slave});
  EXPECT_THAT(agent.orders(), IsEmpty());
  agent.tell(failed{peer::pod, link_condition::closed, "", slave});
  EXPECT_THAT(agent.orders(), SizeIs(1)) << "it has ended";
}

TEST(an_order, is_weighed_again_when_it_is_sent) {
  primary_agent agent;
  agent.at(10s).redis().replica();
  const order hold = agent.orders().at(0);
  EXPECT_TRUE(is_wanted(hold, agent, 10s));
  agent.replica([](poll_report& r) { r.details->keys = 6; });
  EXPECT_TRUE(is_wanted(hold, agent, 10s)) << "for another reason";
  order another = hold;
  another.to.port = 1;
  EXPECT_FALSE(is_wanted(another, agent, 10s));
  another = hold;
  another.pod = "redis-slave-1";
  EXPECT_FALSE(is_wanted(another, agent, 10s));
  agent.replica(held_by_the_anchor);
  EXPECT_FALSE(is_wanted(hold, agent, 10s)) << "it has come";
}

TEST(an_order, to_open_is_taken_back_when_a_pod_with_more_is_heard) {
  primary_agent agent(remembered_data(100));
  agent.at(1s).redis([](poll_report& r) { serving(r), r.bind = "127.0.0.1 -::1"; }).replica();
  agent.remember();
  const order open = agent.orders().at(0);
  EXPECT_TRUE(is_wanted(open, agent, 1s));
  agent.replica([](poll_report& r) { r.replication.offset = r.replication.link->offset = 140; });
  EXPECT_FALSE(is_wanted(open, agent, 1s));
}

TEST(an_order, to_copy_is_taken_back_when_the_donor_is_silent) {
  primary_agent agent;
  agent.at(10s).redis().replica(held_by_the_anchor).remember();
  const order copy = agent.orders().at(0);
  EXPECT_EQ(copy.who, peer::redis);
  agent.tell(failed{peer::pod, link_condition::closed, "", slave});
  EXPECT_FALSE(is_wanted(copy, agent, 10s));
}

TEST_F(watched_replica, takes_back_an_order_to_follow_who_has_less_by_now) {
  redis(1s);
  primary(1s, a, 120);
  const auto orders = choose(memory_, settings_, now_);
  ASSERT_THAT(orders, SizeIs(1));
  EXPECT_TRUE(is_still_wanted(orders.front(), memory_, settings_, now_));
  primary(2s, b, 700, "primary-run-2");
  EXPECT_FALSE(is_still_wanted(orders.front(), memory_, settings_, now_));
}

TEST(what_a_pod_says, may_wait_where_there_are_many_and_nothing_is_to_be_decided) {
  primary_agent agent;
  const auto may_wait = [&](const event& e) {
    return may_wait_for_a_turn(e, agent.seen(), agent.set(), instant(1s));
  };
  const reported of_a_pod = {peer::pod, {}, "redis-slave-0"};
  agent.at(1s).redis(serving);
  EXPECT_FALSE(may_wait(of_a_pod)) << "there are few";
  for (int i = 0; i < 20; ++i) agent.seen().pods["redis-slave-" + std::to_string(i)];
  EXPECT_TRUE(may_wait(of_a_pod));
  EXPECT_TRUE(may_wait(stated{peer::pod, {}, "redis-slave-0"}));
  EXPECT_FALSE(may_wait(reported{peer::redis, {}}));
  EXPECT_FALSE(may_wait(failed{peer::pod, link_condition::refused, "", "redis-slave-0"}));
  reported about_an_order = of_a_pod;
  about_an_order.report.took_order = true;
  EXPECT_FALSE(may_wait(about_an_order));
  agent.tell(end_announced{});
  EXPECT_FALSE(may_wait(of_a_pod)) << "an end is under way";
  agent.seen().ending.reset();
  agent.redis();
  EXPECT_FALSE(may_wait(of_a_pod)) << "its gate is closed";
}

TEST(the_local_server, is_looked_at_in_milliseconds_before_it_is_known_and_while_it_loads) {
  primary_agent agent;
  const auto interval = [&] { return local_poll_interval(agent.seen(), agent.set(), instant(1s)); };
  EXPECT_EQ(interval(), 10ms);
  agent.at(1s).redis([](poll_report& r) { r.loading = loading_report{true, false, 1}; });
  EXPECT_EQ(interval(), 25ms);
  agent.redis();
  EXPECT_EQ(interval(), agent.set().poll_interval);
  agent.set().poll_interval = 5ms;
  agent.seen().replication.reset();
  EXPECT_EQ(interval(), 5ms) << "no more seldom than it is told to";
}

TEST_F(watched_replica, is_looked_at_in_milliseconds_while_it_follows_a_name) {
  const auto interval = [&] { return local_poll_interval(memory_, settings_, now_); };
  redis(1s);
  EXPECT_EQ(interval(), 10ms);
  redis(12s);
  EXPECT_EQ(interval(), settings_.poll_interval) << "it leads nowhere";
  redis(13s, [](poll_report& r) { r.replication.link->primary = primary_place; });
  EXPECT_EQ(interval(), settings_.poll_interval);
  redis(14s);
  EXPECT_EQ(interval(), 10ms);
  redis(14s, in_sync);
  EXPECT_EQ(interval(), settings_.poll_interval);
  redis(14s);
  settings_.rope = false;
  EXPECT_EQ(interval(), settings_.poll_interval);
}

}  // namespace
}  // namespace redis_agent::core
