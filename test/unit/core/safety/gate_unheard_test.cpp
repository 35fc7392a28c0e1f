// Who answers the primary's agent and does not tell what it has, or is not who it is taken for.
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/safety/gate.hpp"
#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string slave = "redis-slave-0";

gate_facts facts_of(primary_agent& agent, duration now) {
  return assess_gate(agent.seen(), agent.set(), instant(now));
}

// With all that was remembered, as an RDB brings it back.
void whole(poll_report& r) {
  serving(r);
  r.bind = "127.0.0.1 -::1";
}

void ahead(poll_report& r) { r.replication.offset = r.replication.link->offset = 140; }

class a_refusing_pod : public testing::Test {
 protected:
  std::string refuses(duration when, link_condition how, const std::string& words) {
    agent.at(when).redis(whole).tell(failed{peer::pod, how, words, slave});
    return agent.decision();
  }

  primary_agent agent;
};

TEST_F(a_refusing_pod, is_waited_for_and_then_held_for) {
  struct refusal {
    link_condition how;
    const char* words;
  };
  for (const auto& [how, words] :
       {refusal{link_condition::busy, "BUSY Redis is busy running a script."},
        refusal{link_condition::password_required, "NOAUTH Authentication required."},
        refusal{link_condition::password_refused, "WRONGPASS invalid username-password pair"},
        refusal{link_condition::not_permitted, "NOPERM this user has no permissions"},
        refusal{link_condition::too_many_clients, "ERR max number of clients reached"}}) {
    agent = primary_agent();
    agent.at(1s).redis(whole);
    EXPECT_THAT(refuses(2s, how, words), StartsWith("waits (rule 7): redis-slave-0 is there"));
    EXPECT_THAT(refuses(1h, how, words), StartsWith("holds (rule 7): redis-slave-0 is there"));
    EXPECT_THAT(agent.decision(), HasSubstr(words));
    EXPECT_THAT(agent.orders(), IsEmpty());
  }
}

TEST_F(a_refusing_pod, that_ends_some_connections_without_a_word_is_one_still) {
  agent.at(1s).redis(whole);
  refuses(1h, link_condition::too_many_clients, "ERR max number of clients reached");
  EXPECT_THAT(refuses(1h + 1s, link_condition::closed, "End of file"),
              HasSubstr("does not tell what it has (too_many_clients)"));
  EXPECT_THAT(refuses(1h + 4s, link_condition::closed, "End of file"), StartsWith("opens"));
}

TEST_F(a_refusing_pod, has_nothing_more_if_its_agent_says_so) {
  agent.at(1s).redis(whole).replica_says("ours", {former_history, 100});
  EXPECT_THAT(refuses(2s, link_condition::password_refused, "WRONGPASS"), StartsWith("waits"));
  EXPECT_THAT(refuses(1h, link_condition::password_refused, "WRONGPASS"), StartsWith("opens"));
  agent.replica_says("ours", {former_history, 101});
  EXPECT_THAT(agent.decision(), StartsWith("holds (rule 7)"));
}

TEST_F(a_refusing_pod, that_was_heard_to_have_more_is_held_for) {
  agent.at(1s).redis(whole).replica(ahead);
  refuses(2s, link_condition::busy, "BUSY");
  EXPECT_THAT(refuses(1h, link_condition::busy, "BUSY"),
              StartsWith("holds (rule 7): redis-slave-0 is there, and does not tell"));
}

TEST_F(a_refusing_pod, may_be_given_up_by_a_person) {
  agent.at(1s).redis(whole);
  refuses(1h, link_condition::password_required, "NOAUTH");
  EXPECT_THAT(agent.decides(keeping::mine).decision(), StartsWith("opens (rule 6)"));
}

// Redis's own FAILOVER, or a REPLICAOF by hand: others may have taken writes since.
TEST(a_primary_that_serves_no_more, takes_no_word_from_before) {
  primary_agent agent;
  agent.at(1s).redis(whole).replica().at(10s).redis(serving);
  EXPECT_EQ(agent.decision(), "");
  agent.at(60s).redis([](poll_report& r) { copied(r), r.bind = "* -::*"; });
  EXPECT_THAT(agent.decision(), StartsWith("waits (rule 7): redis-slave-0 did not answer"));
  agent.replica(ahead);
  EXPECT_THAT(agent.decision(), StartsWith("catches up from redis-slave-0 (rule 5)"));
}

TEST(a_primary_that_serves_no_more, has_its_place_back_from_whom_it_was_given_to) {
  const auto given = [](poll_report& r) {
    r.replication.server_role = role::primary;
    r.replication.link.reset();
    r.replication.offset = 140;
  };
  primary_agent agent;
  agent.at(1s).redis(serving).at(10s).redis([](poll_report& r) { copied(r), r.bind = "* -::*"; });
  agent.replica(given);
  EXPECT_THAT(agent.decision(), StartsWith("demotes redis-slave-0 (rule 2)"));
  ASSERT_EQ(agent.orders().size(), 1U);
  EXPECT_EQ(describe(agent.orders()[0]), "REPLICAOF 127.0.0.1 1");
  agent.replica(ahead);
  EXPECT_THAT(agent.decision(), StartsWith("catches up from redis-slave-0 (rule 5)"));
  agent.replica([&](poll_report& r) { given(r), r.replication.replid = next_history; });
  EXPECT_THAT(agent.decision(), StartsWith("holds (rule 2)")) << "promoted by hand";
}

class an_old_address : public testing::Test {
 protected:
  void answers_as(const std::string& name, const std::string& run) {
    agent.redis(whole).replica([&](poll_report& r) { r.server->run_id = run; }, name);
  }
  void says(const std::string& at, const std::string& pod, const std::string& run) {
    agent.tell(stated{peer::pod, {pod, "ours", run, {former_history, 100}}, at});
  }
  bool is_missing(const std::string& name) {
    const auto facts = facts_of(agent, 1h);
    return std::ranges::any_of(facts.missing, [&](const auto& pod) { return pod.name == name; });
  }

  primary_agent agent;
};

TEST_F(an_old_address, is_told_by_the_agent_there) {
  agent.lists({"redis-master-0", slave, "redis-slave-1"}).at(1s);
  answers_as(slave, "run-of-1");
  answers_as("redis-slave-1", "run-of-1");
  EXPECT_NE(is_missing(slave), is_missing("redis-slave-1")) << "one server is one pod's";
  says(slave, "redis-slave-1", "run-of-1");
  EXPECT_TRUE(is_missing(slave));
  says("redis-slave-1", "redis-slave-1", "run-of-1");
  EXPECT_TRUE(is_missing(slave));
  EXPECT_FALSE(is_missing("redis-slave-1"));
  answers_as(slave, "run-of-0");
  EXPECT_FALSE(is_missing(slave));
}

TEST_F(an_old_address, is_no_news_of_the_pod_that_was_there) {
  agent.lists({"redis-master-0", slave, "redis-slave-1"}).at(1s).redis(whole).replica(ahead);
  answers_as("redis-slave-1", "run-of-1");
  says("redis-slave-1", "redis-slave-1", "run-of-1");
  agent.at(2s);
  answers_as(slave, "run-of-1");
  says(slave, "redis-slave-1", "run-of-1");
  EXPECT_THAT(agent.decision(), StartsWith("catches up from redis-slave-0 (rule 5)"));
}

TEST_F(an_old_address, may_be_this_pods_own) {
  agent.at(1s);
  answers_as(slave, "run-1");
  EXPECT_TRUE(is_missing(slave));
}

}  // namespace
}  // namespace redis_agent::core
