// The gate's rules out of what the agent has seen: who is silent, who is missing, who is fed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/safety/gate.hpp"
#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const std::string slave = "redis-slave-0";

gate_facts facts_of(primary_agent& agent, duration now) {
  return assess_gate(agent.seen(), agent.set(), instant(now));
}

void loads(poll_report& r) { r.loading = loading_report{true, false, 10}; }

// With all that was remembered, as an RDB brings it back.
void whole(poll_report& r) {
  serving(r);
  r.bind = "127.0.0.1 -::1";
}

void ahead(poll_report& r) { r.replication.offset = r.replication.link->offset = 140; }

TEST(a_silent_donor, is_waited_for_and_then_held_for_where_this_pod_is_empty) {
  primary_agent agent;
  agent.at(1s).redis().replica().at(90s).replica().redis();
  EXPECT_THAT(agent.decision(), StartsWith("catches up from redis-slave-0 (rule 5)"));
  agent.at(93s).redis();
  EXPECT_THAT(agent.decision(), StartsWith("catches up")) << "one late answer is no silence";
  agent.at(94s).redis();
  EXPECT_THAT(agent.decision(), StartsWith("waits (rule 7): redis-slave-0 had 5 keys"));
  EXPECT_THAT(agent.orders(), IsEmpty());
  agent.at(149s).redis();
  EXPECT_THAT(agent.decision(), StartsWith("waits (rule 7)"));
  agent.at(151s).redis();
  EXPECT_THAT(agent.decision(), StartsWith("holds (rule 7)"));
}

TEST(a_silent_donor, is_waited_for_and_then_given_up_where_this_pod_has_data) {
  primary_agent agent;
  agent.at(90s).redis(whole).replica(ahead);
  EXPECT_THAT(agent.decision(), StartsWith("catches up from redis-slave-0"));
  for (const link_condition how : {link_condition::closed, link_condition::timed_out}) {
    agent.at(91s).tell(failed{peer::pod, how, "", slave});
    EXPECT_THAT(agent.decision(), StartsWith("waits (rule 7)")) << to_text(how);
  }
  agent.at(119s).redis(whole);
  EXPECT_THAT(agent.decision(), StartsWith("waits (rule 7)"));
  agent.at(120s).redis(whole);
  EXPECT_THAT(agent.decision(), StartsWith("opens (rule 7)"));
}

TEST(a_silent_donor, is_what_it_was_though_it_is_deleted_and_dns_lists_it_no_more) {
  primary_agent agent;
  agent.at(90s).redis().replica().tell(failed{peer::pod, link_condition::closed, "", slave});
  agent.lists({"redis-master-0"}).at(1h).redis().lists({"redis-master-0"});
  EXPECT_THAT(agent.decision(), StartsWith("holds (rule 7): redis-slave-0 had 5 keys"));
}

TEST(a_silent_primary, is_one_still) {
  primary_agent agent;
  agent.at(90s).redis(whole).replica([](poll_report& r) {
    r.replication.server_role = role::primary;
    r.replication.link.reset();
    r.replication.replid2 = own_history;
    r.replication.second_offset = 1;
  });
  EXPECT_THAT(agent.decision(), StartsWith("holds (rule 2)"));
  agent.at(1h).redis(whole);
  EXPECT_THAT(agent.decision(), StartsWith("holds (rule 2)"));
}

TEST(waiting, begins_when_this_server_has_its_data) {
  primary_agent agent;
  agent.at(1s).redis(loads).at(100s).redis(loads);
  EXPECT_THAT(agent.decision(), StartsWith("waits (rule 1)"));
  agent.at(101s).redis(whole);
  EXPECT_THAT(agent.decision(), StartsWith("waits (rule 7): redis-slave-0 did not answer"));
  EXPECT_EQ(facts_of(agent, 101s).waited, 0s);
  agent.at(130s).redis(whole);
  EXPECT_THAT(agent.decision(), StartsWith("waits (rule 7)"));
  agent.at(131s).redis(whole);
  EXPECT_THAT(agent.decision(), StartsWith("opens (rule 3)"));
}

TEST(a_loading_pod, is_waited_for_as_long_as_its_loading_moves_on) {
  primary_agent agent;
  const auto loaded_to = [&](duration when, std::int64_t bytes) {
    agent.at(when).redis(whole).replica([&](poll_report& r) {
      r.loading = loading_report{true, false, bytes};
    });
    return agent.decision();
  };
  agent.at(1s).redis(whole);
  for (int i = 1; i < 20; ++i) {
    ASSERT_THAT(loaded_to(i * 20s, i), StartsWith("waits (rule 7): redis-slave-0 loads its data"));
  }
  EXPECT_THAT(loaded_to(410s, 19), HasSubstr("loads its data"));
  EXPECT_THAT(loaded_to(411s, 19), StartsWith("opens (rule 3)")) << "it has stood still for 31 s";
  EXPECT_THAT(loaded_to(412s, 20), StartsWith("waits (rule 7)"));
}

TEST(a_loading_pod, is_waited_for_no_longer_than_others_once_it_is_silent) {
  primary_agent agent;
  agent.at(1s).redis(whole).at(60s).redis(whole).replica(loads);
  EXPECT_THAT(agent.decision(), HasSubstr("loads its data"));
  agent.at(64s).redis(whole);
  EXPECT_THAT(agent.decision(), HasSubstr("redis-slave-0 did not answer; waiting up to 30 s"));
  agent.at(90s).redis(whole);
  EXPECT_THAT(agent.decision(), StartsWith("opens (rule 3)")) << "30 s after its last word";
}

TEST(a_loading_pod, that_was_heard_in_this_run_keeps_its_word) {
  primary_agent agent;
  agent.at(90s).redis(whole).replica(ahead);
  agent.at(91s).redis(whole).replica(
      [](poll_report& r) { loads(r), r.server->run_id = "another"; });
  EXPECT_THAT(agent.decision(), Not(StartsWith("opens")));
}

class a_fed_pod : public testing::Test {
 protected:
  // By a server that is not this pod's, unless `differs` says otherwise.
  std::string fed(duration when, const primary_agent::change& differs = {}) {
    agent.at(when).redis(whole).replica([&](poll_report& r) {
      r.replication.link->primary = {"10.0.0.9", 6379};
      r.replication.link->is_up = true;
      r.replication.link->last_io_seconds = 1;
      if (differs) differs(r);
    });
    return agent.decision();
  }

  primary_agent agent;
};

TEST_F(a_fed_pod, holds_the_gate) {
  EXPECT_THAT(fed(1s), StartsWith("waits (rule 2): redis-slave-0 is fed by 10.0.0.9:6379"));
  EXPECT_THAT(fed(4s), StartsWith("holds (rule 2): redis-slave-0 is fed by 10.0.0.9:6379"));
  EXPECT_THAT(fed(1h), StartsWith("holds (rule 2)"));
}

TEST_F(a_fed_pod, is_none_once_its_link_has_been_silent_for_longer_than_a_primary_is) {
  fed(1s);
  EXPECT_THAT(fed(4s, [](poll_report& r) { r.replication.link->last_io_seconds = 11; }),
              StartsWith("holds (rule 2)"));
  EXPECT_THAT(fed(5s, [](poll_report& r) { r.replication.link->last_io_seconds = 12; }),
              StartsWith("opens (rule 4)"));
}

TEST_F(a_fed_pod, is_none_once_it_says_otherwise_or_is_silent) {
  fed(1s);
  EXPECT_THAT(fed(4s, [](poll_report& r) { r.replication.link->is_up = false; }),
              StartsWith("opens (rule 4)"));
  EXPECT_THAT(fed(5s), StartsWith("holds (rule 2)"));
  agent.tell(failed{peer::pod, link_condition::timed_out, "", slave});
  EXPECT_THAT(agent.decision(), StartsWith("opens (rule 4)"));
}

TEST_F(a_fed_pod, is_one_in_a_full_sync_too) {
  fed(1s);
  EXPECT_THAT(fed(4s,
                  [](poll_report& r) {
                    r.replication.link->is_up = false;
                    r.replication.link->sync_in_progress = true;
                  }),
              StartsWith("holds (rule 2): redis-slave-0 is fed by 10.0.0.9:6379"));
  EXPECT_THAT(fed(5s,
                  [](poll_report& r) {
                    r.replication.link->is_up = false;
                    r.replication.link->sync_in_progress = true;
                    r.replication.link->sync_idle_seconds = 12;
                  }),
              StartsWith("opens (rule 4)"));
}

TEST_F(a_fed_pod, is_none_that_an_anchor_holds_or_that_is_parked) {
  fed(1s);
  EXPECT_THAT(fed(4s, held_by_the_anchor), StartsWith("opens (rule 4)"));
  EXPECT_THAT(fed(5s,
                  [](poll_report& r) {
                    r.replication.link->primary = {"127.0.0.1", 1};
                  }),
              StartsWith("opens (rule 4)"));
}

// Redis's own FAILOVER has made this server a replica, and nobody has another primary for long.
TEST_F(a_fed_pod, is_none_that_this_server_feeds) {
  agent.tell(own_addresses_known{{"10.0.0.1", "fd00::1"}});
  fed(1s);
  for (const char* const own : {"10.0.0.1", "fd00::1"}) {
    EXPECT_THAT(fed(4s, [&](poll_report& r) { r.replication.link->primary.host = own; }),
                StartsWith("opens (rule 4)"))
        << own;
  }
}

TEST_F(a_fed_pod, that_follows_this_ones_name_is_fed_from_here_if_this_server_lists_it) {
  const auto by_name = [](poll_report& r) {
    r.replication.link->primary.host = "redis-master-0.redis-headless";
  };
  fed(1s);
  EXPECT_THAT(fed(4s, by_name), StartsWith("holds (rule 2): redis-slave-0 is fed by"))
      << "one of this name that was deleted and still runs";
  agent.redis([](poll_report& r) {
    whole(r);
    r.replication.replicas = {{{"10.0.0.2", 6379}, "online", 100, 1}};
  });
  EXPECT_THAT(agent.decision(), StartsWith("opens (rule 4)"));
}

class deposed : public testing::Test {
 protected:
  // Another pod of this one's name has been started, and DNS leads to it.
  deposed() {
    agent.at(1s).tell(own_addresses_known{{"10.0.0.1"}});
    agent.tell(addresses_resolved{{{"10.0.0.9"}, 5s}});
    says("run-of-the-other");
  }

  void says(const std::string& run) {
    agent.tell(stated{peer::primary, {"redis-master-0", "ours", run, {former_history, 100}}});
  }

  primary_agent agent;
};

TEST_F(deposed, holds_a_closed_gate) {
  agent.at(1900ms).redis(whole).replica();
  EXPECT_THAT(agent.decision(), StartsWith("opens (rule 4)")) << "DNS has old answers for a moment";
  agent.at(2s).redis(whole);
  EXPECT_THAT(agent.decision(), StartsWith("holds (rule 2): this pod's name leads to 10.0.0.9"));
  EXPECT_THAT(agent.orders(), IsEmpty());
}

TEST_F(deposed, closes_an_open_gate_and_lets_its_replicas_go) {
  agent.at(1900ms).redis(serving);
  EXPECT_THAT(agent.orders(), IsEmpty());
  agent.at(2s).redis(serving);
  ASSERT_EQ(agent.orders().size(), 1U);
  EXPECT_EQ(describe(agent.orders()[0]), "REPLICAOF 127.0.0.1 1; CLIENT KILL TYPE replica");
  EXPECT_THAT(agent.orders()[0].why, HasSubstr("at 10.0.0.9"));
}

TEST_F(deposed, is_nobody_whose_name_only_seems_to_lead_elsewhere) {
  says("run-1");
  agent.at(9s).redis(serving);
  EXPECT_THAT(agent.orders(), IsEmpty()) << "it is this very server that answers there";
  agent.tell(stated{peer::primary, {"redis-slave-0", "ours", "run-2", {former_history, 100}}});
  EXPECT_THAT(agent.orders(), IsEmpty()) << "a pod that has the address now";
  agent.seen().primary_said.reset();
  EXPECT_THAT(agent.orders(), IsEmpty()) << "nobody has said that he is the successor";
}

TEST(an_empty_primary, is_made_a_replica_again) {
  primary_agent agent;
  agent.at(1s).redis(whole).replica([](poll_report& r) {
    r.replication.server_role = role::primary;
    r.replication.link.reset();
    r.details = server_details{};
  });
  EXPECT_THAT(agent.decision(), StartsWith("demotes redis-slave-0 (rule 2)"));
  ASSERT_EQ(agent.orders().size(), 1U);
  EXPECT_EQ(describe(agent.orders()[0]), "REPLICAOF 127.0.0.1 1");
  EXPECT_EQ(agent.orders()[0].pod, slave);
}

TEST(functions, are_data_of_a_pod_and_of_this_one) {
  primary_agent agent;
  const auto library = [](poll_report& r) { r.details = server_details{0, {}, 1}; };
  agent.at(1s).redis().replica(library);
  EXPECT_THAT(agent.decision(), StartsWith("catches up from redis-slave-0 (rule 5)"));
  agent.redis(library).replica([](poll_report& r) { r.replication.replid = std::string(40, 'd'); });
  EXPECT_THAT(agent.decision(), StartsWith("holds (rule 6)"));
}

TEST(a_remembered_pod, is_missing_though_dns_does_not_list_it) {
  volume_memory remembered = remembered_data(100);
  remembered.pods = {{slave, former_history, 100, 5}, {"redis-slave-7", former_history, 90, 5}};
  primary_agent agent(remembered);
  agent.at(1s).lists({"redis-master-0"}).redis(whole).replica();
  EXPECT_THAT(agent.decision(), StartsWith("waits (rule 7): redis-slave-7 did not answer"));
  agent.seen().service_name = {};
  EXPECT_THAT(agent.decision(), StartsWith("waits (rule 7): redis-slave-7 did not answer"))
      << "DNS lists nobody at all";
}

TEST(why_nobody_is_listed, is_said) {
  primary_agent agent(std::nullopt);
  agent.seen().service_name = {};
  agent.at(1s).redis().tell(peers_failed{"no such name", absence::no_pods});
  EXPECT_THAT(agent.decision(), HasSubstr("publishNotReadyAddresses: true"));
  agent.tell(peers_failed{"no such name", absence::no_ports});
  EXPECT_THAT(agent.decision(), HasSubstr("it needs ports"));
  agent.at(61s).redis();
  EXPECT_THAT(agent.decision(), StartsWith("opens (rule 3)"));
  agent.tell(peers_failed{"timed out", absence::unknown});
  EXPECT_THAT(agent.decision(), StartsWith("holds (rule 7): DNS does not list the pods"));
}

TEST(a_cut_list, is_not_that_of_all_pods) {
  primary_agent agent(std::nullopt);
  service_answer cut{{{"redis-master-0.redis-headless", 6379}}, 5s, true};
  agent.seen().service_name = {};
  agent.tell(peers_resolved{cut}).at(1s).redis().at(10s).redis();
  EXPECT_THAT(agent.decision(), StartsWith("waits (rule 7): DNS's list of the pods is cut"));
  agent.tell(peers_failed{"timed out", absence::unknown});
  EXPECT_THAT(agent.decision(), StartsWith("waits (rule 7): DNS's list of the pods is cut"));
  cut.is_cut = false;
  agent.tell(peers_resolved{cut});
  EXPECT_THAT(agent.decision(), StartsWith("opens (rule 3)"));
}

class half_a_copy : public testing::Test {
 protected:
  half_a_copy() { agent.at(90s).redis().replica().remember().redis(copying); }

  primary_agent agent;
};

TEST_F(half_a_copy, never_opens_when_its_donor_is_gone) {
  EXPECT_TRUE(facts_of(agent, 90s).is_half_copied);
  agent.at(91s).tell(failed{peer::pod, link_condition::closed, "", slave});
  agent.lists({"redis-master-0"}).at(1h).redis(copying);
  EXPECT_THAT(agent.decision(), StartsWith("holds (rule 7)"));
  EXPECT_TRUE(facts_of(agent, 1h).is_half_copied);
}

// What was here goes when loading begins, and not before (disk-based sync).
TEST(a_copy, that_is_only_being_received_has_cost_nothing_yet) {
  primary_agent agent;
  agent.at(90s).redis(whole).replica(ahead).remember();
  const auto receiving = [](poll_report& r) { copying(r), r.details = server_details{5, {}}; };
  agent.redis(receiving);
  EXPECT_FALSE(facts_of(agent, 90s).is_half_copied);
  agent.redis([&](poll_report& r) { receiving(r), loads(r); });
  EXPECT_TRUE(facts_of(agent, 90s).is_half_copied);
}

// Redis keeps the stream's name until the next copy has come, and no more than that.
TEST(a_whole_copy, is_of_its_donors_history_when_another_is_to_be_copied_from) {
  primary_agent agent;
  const lineage from_an_aof{next_history, 100, {{former_history, 31, -1, 40}}, 100, true};
  const auto renamed = [](poll_report& r) { r.replication.replid = next_history; };
  agent.at(90s).redis().replica(renamed).replica_says("ours", from_an_aof);
  agent.redis([&](poll_report& r) { copied(r), renamed(r); });
  agent.redis([&](poll_report& r) {
    copied(r), renamed(r);
    r.replication.link->primary.host = "10.0.0.3";
    r.replication.link->is_up = false;
    r.stage = link_stage::connecting;
  });
  const gate_facts facts = facts_of(agent, 90s);
  EXPECT_EQ(facts.followed, "");
  EXPECT_EQ(facts.own.ancestors, from_an_aof.ancestors);
  EXPECT_TRUE(facts.own.is_estimate);
}

TEST_F(half_a_copy, is_made_anew_when_its_donor_is_back) {
  agent.at(91s).tell(failed{peer::pod, link_condition::closed, "", slave});
  agent.at(1h).redis(copying).replica();
  EXPECT_THAT(agent.decision(), StartsWith("catches up from redis-slave-0 (rule 5)"));
}

TEST_F(half_a_copy, is_still_one_after_a_restart_of_the_server) {
  agent.at(91s).redis([](poll_report& r) { r.server->run_id = "run-2"; });
  agent.tell(volume_checked{true}).redis([](poll_report& r) { r.server->run_id = "run-2"; });
  EXPECT_TRUE(facts_of(agent, 91s).is_half_copied);
  agent.at(1h).redis([](poll_report& r) { r.server->run_id = "run-2"; });
  EXPECT_THAT(agent.decision(), StartsWith("holds (rule 7)"));
  EXPECT_THAT(agent.decision(), HasSubstr("this pod had begun to copy another's data"));
}

TEST(a_loading_pod, had_data_though_it_is_deleted_and_dns_lists_it_no_more) {
  primary_agent agent{std::optional<volume_memory>()};
  agent.at(1s).redis().replica(loads).lists({"redis-master-0"});
  agent.at(2s).tell(failed{peer::pod, link_condition::closed, "", slave}).redis();
  EXPECT_THAT(agent.decision(), StartsWith("waits (rule 7)"));
  agent.at(1h).redis().lists({"redis-master-0"});
  EXPECT_THAT(agent.decision(), StartsWith("holds (rule 7): redis-slave-0 did not answer"));
}

}  // namespace
}  // namespace redis_agent::core
