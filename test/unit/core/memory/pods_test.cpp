// What is kept of the pods' and the primary's words, and what a server that loads does not say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string slave = "redis-slave-0";

void loads(poll_report& r) { r.loading = loading_report{true, false, 10}; }

failed silence(link_condition how) { return {peer::pod, how, "", slave}; }

TEST(a_loading_server, has_no_history_and_no_details) {
  primary_agent agent;
  agent.at(1s).redis(serving);
  EXPECT_EQ(own_lineage(agent.seen()).id, next_history);
  agent.redis([](poll_report& r) { serving(r), loads(r); });
  EXPECT_EQ(own_lineage(agent.seen()), lineage{});
  EXPECT_EQ(agent.seen().details, std::nullopt) << "what is counted meanwhile is half of it";
  EXPECT_EQ(agent.seen().aof.is_enabled(), false);
  EXPECT_FALSE(is_settled(agent.seen()));
  EXPECT_EQ(statement_of(agent.seen()), std::nullopt);
  agent.at(2s).redis(serving);
  EXPECT_TRUE(is_settled(agent.seen()));
  ASSERT_TRUE(statement_of(agent.seen()));
  EXPECT_EQ(statement_of(agent.seen())->history.id, next_history);
  EXPECT_EQ(statement_of(agent.seen())->run_id, "run-1");
}

TEST(a_loading_server, has_its_data_from_when_it_has_loaded_first) {
  primary_agent agent;
  agent.at(1s).redis(loads);
  EXPECT_EQ(agent.seen().settled_at, std::nullopt);
  agent.at(9s).redis();
  EXPECT_EQ(agent.seen().settled_at, instant(9s));
  agent.at(10s).redis().redis(loads).redis();
  EXPECT_EQ(agent.seen().settled_at, instant(9s)) << "of its run";
  agent.at(11s).redis([](poll_report& r) { loads(r), r.server->run_id = "run-2"; });
  EXPECT_EQ(agent.seen().settled_at, std::nullopt);
}

TEST(a_statement, is_made_by_an_agent_whose_server_answers_alone) {
  primary_agent agent;
  agent.at(1s).redis(serving).tell(failed{peer::redis, link_condition::timed_out, "", ""});
  EXPECT_EQ(statement_of(agent.seen()), std::nullopt);
}

TEST(a_statement, of_a_loading_server_is_not_believed) {
  primary_agent agent;
  agent.at(1s).redis().replica();
  agent.replica_says("ours", {former_history, 100, {{own_history, 31}}, 30});
  agent.replica_says("ours", {});
  const pod_memory& pod = agent.seen().pods.at(slave);
  EXPECT_THAT(lineage_of_word(pod).ancestors, ElementsAre(ancestor{own_history, 31}));
}

TEST(a_statement, belongs_to_the_run_that_it_names) {
  primary_agent agent;
  agent.at(1s).redis().replica();
  agent.replica_says("ours", {former_history, 100, {{own_history, 31}}, 30});
  agent.replica([](poll_report& r) { r.server->run_id = "another"; });
  EXPECT_THAT(lineage_of_word(agent.seen().pods.at(slave)).ancestors, IsEmpty());
}

// REPLICAOF NO ONE gives it a new name before its agent has looked again.
TEST(a_statement, counts_for_the_name_that_its_server_has_taken_since) {
  primary_agent agent;
  agent.at(1s).redis().replica();
  const lineage from_an_aof{former_history, 100, {{own_history, 31, -1, 40}}, 100, true};
  agent.replica_says("ours", from_an_aof);
  agent.at(2s).replica([](poll_report& r) {
    r.replication.replid = next_history;
    r.replication.replid2 = former_history;
    r.replication.second_offset = 101;
  });
  const lineage renamed = lineage_of_word(agent.seen().pods.at(slave));
  EXPECT_EQ(renamed.id, next_history);
  EXPECT_THAT(renamed.ancestors,
              ElementsAre(ancestor{former_history, 101, 100}, ancestor{own_history, 31, -1, 40}));
  EXPECT_TRUE(renamed.is_estimate) << "its AOF has no less in it for that";
  EXPECT_EQ(lineage_of_pod(agent.seen().pods.at(slave)), renamed);
}

class a_word : public testing::Test {
 protected:
  a_word() { agent.at(1s).redis().replica(); }

  const pod_memory& pod() { return agent.seen().pods.at(slave); }
  void expect_to_be_known(const std::string& after) {
    ASSERT_TRUE(agent.seen().pods.contains(slave)) << after;
    ASSERT_TRUE(pod().word) << after;
    EXPECT_EQ(pod().word->details.keys, 5) << after;
    EXPECT_EQ(pod().word->asked_at, instant(1s)) << after;
    EXPECT_EQ(lineage_of_word(pod()), (lineage{former_history, 100})) << after;
  }

  primary_agent agent;
};

TEST_F(a_word, stays_while_the_pod_is_silent) {
  for (const link_condition how : {link_condition::timed_out, link_condition::closed,
                                   link_condition::refused, link_condition::unresolved}) {
    agent.at(9s).tell(silence(how));
    expect_to_be_known(std::string(to_text(how)));
  }
}

TEST_F(a_word, stays_while_the_pod_loads) {
  agent.at(9s).replica([](poll_report& r) {
    loads(r);
    r.server->run_id = "another";
    r.details->keys = 1;
    r.replication.replid = own_history;
  });
  expect_to_be_known("loading");
  EXPECT_EQ(lineage_of_pod(pod()), lineage{});
}

TEST_F(a_word, stays_while_dns_does_not_list_the_pod_and_the_gate_is_closed) {
  agent.at(9s).lists({"redis-master-0"}).at(1h).lists({"redis-master-0"});
  expect_to_be_known("unlisted");
}

TEST_F(a_word, is_replaced_by_what_the_pod_says_next) {
  agent.at(9s).replica([](poll_report& r) { r.details->keys = 0; });
  EXPECT_EQ(pod().word->details.keys, 0);
  EXPECT_EQ(pod().word->asked_at, instant(9s));
}

TEST_F(a_word, is_only_of_a_server_that_has_told_who_it_is_and_what_it_has) {
  agent.replica([](poll_report& r) { r.server.reset(), r.details.reset(); }, "redis-slave-1");
  EXPECT_EQ(agent.seen().pods.at("redis-slave-1").word, std::nullopt);
  agent.replica({}, "redis-slave-1");
  EXPECT_NE(agent.seen().pods.at("redis-slave-1").word, std::nullopt);
}

TEST(an_unlisted_pod, is_forgotten_after_ten_minutes_by_a_primary_that_serves) {
  primary_agent agent;
  agent.at(1s).replica().redis(serving).lists({"redis-master-0"});
  agent.at(601s).lists({"redis-master-0"});
  EXPECT_TRUE(agent.seen().pods.contains(slave)) << "a node's death takes less";
  agent.at(602s).lists({"redis-master-0"});
  EXPECT_FALSE(agent.seen().pods.contains(slave));
}

TEST(an_unlisted_pod, is_not_forgotten_if_it_is_listed_in_between) {
  primary_agent agent;
  agent.at(1s).replica().redis(serving).lists({"redis-master-0"});
  agent.at(300s).lists({"redis-master-0", slave});
  agent.at(602s).lists({"redis-master-0"});
  EXPECT_TRUE(agent.seen().pods.contains(slave));
}

TEST(an_unlisted_pod, is_none_that_a_cut_list_leaves_out) {
  primary_agent agent;
  agent.at(1s).redis(serving).replica();
  service_answer cut{{{"redis-master-0.redis-headless", 6379}}, 5s, true};
  agent.tell(peers_resolved{cut}).at(1h).tell(peers_resolved{cut});
  EXPECT_TRUE(agent.seen().pods.contains("redis-slave-0"));
  EXPECT_TRUE(lists(*agent.seen().service_name.answer, "redis-slave-0")) << "it was listed before";
}

TEST(loading, of_a_pod_is_known_for_as_long_as_its_bytes_move_on) {
  primary_agent agent;
  const auto at_byte = [&](duration when, std::int64_t bytes) {
    agent.at(when).replica([&](poll_report& r) { r.loading = loading_report{true, false, bytes}; });
    return agent.seen().pods.at(slave).loading_since;
  };
  EXPECT_EQ(at_byte(1s, 10), instant(1s));
  EXPECT_EQ(at_byte(5s, 10), instant(1s));
  EXPECT_EQ(at_byte(6s, 20), instant(6s));
  agent.at(7s).replica();
  EXPECT_EQ(agent.seen().pods.at(slave).loading_since, std::nullopt);
  EXPECT_EQ(agent.seen().pods.at(slave).settled_at, instant(7s));
}

TEST(pods_to_ask, are_those_that_dns_lists_and_those_that_the_volume_remembers) {
  volume_memory remembered = remembered_data(100);
  remembered.pods = {{slave, former_history, 100, 5}, {"redis-slave-7", former_history, 90, 5}};
  primary_agent agent(remembered);
  const std::vector<service_target> expected = {{"redis-slave-0.redis-headless", 6379},
                                                {"redis-slave-7.redis-headless", 6379}};
  EXPECT_EQ(pods_to_ask(agent.seen(), "redis-headless"), expected);
  agent.lists({});
  EXPECT_EQ(pods_to_ask(agent.seen(), "redis-headless"), expected) << "over UDP alone, say";
}

// A force-deleted primary that still runs: its name leads to the new one.
class its_own_name : public testing::Test {
 protected:
  its_own_name() {
    agent.at(1s).redis(serving).tell(own_addresses_known{{"10.0.0.1"}});
    leads_to("10.0.0.1");
  }

  void leads_to(const std::string& address) { agent.tell(addresses_resolved{{{address}, 5s}}); }
  std::optional<instant> since() { return agent.seen().led_elsewhere_since; }

  primary_agent agent;
};

TEST_F(its_own_name, is_known_to_lead_elsewhere_since_it_does) {
  EXPECT_EQ(since(), std::nullopt);
  agent.at(5s);
  leads_to("10.0.0.9");
  agent.at(7s);
  leads_to("10.0.0.9");
  EXPECT_EQ(since(), instant(5s));
  leads_to("10.0.0.1");
  EXPECT_EQ(since(), std::nullopt);
}

TEST_F(its_own_name, may_have_more_addresses_than_one) {
  agent.tell(addresses_resolved{{{"10.0.0.1", "fd00::1"}, 5s}});
  EXPECT_EQ(since(), std::nullopt);
}

TEST_F(its_own_name, says_nothing_where_its_own_addresses_are_not_known) {
  agent.tell(own_addresses_known{});
  leads_to("10.0.0.9");
  EXPECT_EQ(since(), std::nullopt);
}

TEST(why_nobody_is_listed, is_known_until_dns_lists_somebody) {
  primary_agent agent;
  agent.tell(peers_failed{"no such name", absence::no_pods});
  EXPECT_EQ(agent.seen().service_absence, absence::no_pods);
  agent.lists({"redis-master-0"});
  EXPECT_EQ(agent.seen().service_absence, absence::unknown);
}

// It dies while it loads, again and again at the same place: its loading is no sign that it comes.
TEST(a_pod_that_crashes, is_not_taken_to_move_on_once_it_gets_no_further) {
  primary_agent agent;
  agent.at(1s).redis(serving);
  int run = 0;
  const auto loads_up_to = [&](duration when, std::int64_t bytes) {
    agent.at(when).replica([&](poll_report& r) {
      r.server->run_id = "run-" + std::to_string(run);
      r.loading = loading_report{true, false, bytes};
    });
    return *agent.seen().pods.at(slave).loading_since;
  };
  const auto crashes_at = [&](duration when, std::int64_t bytes) {
    ++run;
    loads_up_to(when, bytes / 2);
    return loads_up_to(when + 1s, bytes);
  };
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(crashes_at(i * 10s, 100), instant(i * 10s + 1s)) << i;
  EXPECT_EQ(crashes_at(50s, 100), instant(41s)) << "the fourth in a row";
  EXPECT_EQ(crashes_at(60s, 100), instant(41s));
  EXPECT_EQ(loads_up_to(62s, 101), instant(62s)) << "one that gets further loads on";
  EXPECT_EQ(crashes_at(70s, 90), instant(71s));
}

TEST(a_pod_that_crashes, is_counted_anew_once_it_has_lasted) {
  primary_agent agent;
  agent.at(1s).redis(serving);
  const auto runs = [&](duration when, int run) {
    agent.at(when).replica(
        [&](poll_report& r) { r.server->run_id = "run-" + std::to_string(run); });
    return gets_nowhere(agent.seen().pods.at(slave));
  };
  EXPECT_FALSE(runs(10s, 1));
  EXPECT_FALSE(runs(11s, 2));
  EXPECT_FALSE(runs(12s, 3));
  EXPECT_TRUE(runs(13s, 4));
  EXPECT_TRUE(runs(16s, 4));
  EXPECT_FALSE(runs(17s, 5));
}

TEST(pods_to_ask, are_those_that_dns_has_listed_too) {
  primary_agent agent;
  agent.at(1s).redis().replica().lists({"redis-master-0"});
  EXPECT_THAT(pods_to_ask(agent.seen(), "redis-headless"),
              ElementsAre(service_target{slave + ".redis-headless", 6379}));
}

}  // namespace
}  // namespace redis_agent::core
