// The gate's rules about pods whose servers do not tell where their data comes from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/safety/gate.hpp"
#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

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

TEST(a_pod_with_data, is_waited_for_after_the_limit_while_it_may_be_introduced) {
  const auto of_an_unknown_name = [](poll_report& r) {
    from_an_aof(r);
    r.replication.replid = own_history;
  };
  primary_agent agent;
  agent.at(1s).redis(whole).at(90s).redis(whole).replica(of_an_unknown_name);
  EXPECT_THAT(agent.decision(),
              StartsWith("waits (rule 7): redis-slave-0 has data, and its agent"));
  agent.at(93s).redis(whole).replica(of_an_unknown_name);
  EXPECT_THAT(agent.decision(), StartsWith("waits (rule 7): redis-slave-0 has data, and its agent "
                                           "has not said yet what that is; waiting up to 30 s"));
  agent.at(120s).redis(whole).replica(of_an_unknown_name);
  EXPECT_THAT(agent.decision(), StartsWith("opens (rule 3)"));
  agent.replica([&](poll_report& r) { of_an_unknown_name(r), r.details->keys = 6; });
  EXPECT_THAT(agent.decision(),
              StartsWith("holds (rule 7): redis-slave-0 has 6 keys, and its agent "
                         "has not said what that is; this pod has 5 keys"));
}

TEST(a_pod_with_data, is_taken_at_its_server_s_word_where_there_is_no_other) {
  primary_agent agent;
  agent.at(1s).redis().at(90s).redis().replica(from_an_aof);
  EXPECT_THAT(agent.decision(), StartsWith("waits (rule 7)"));
  agent.at(93s).redis().replica(from_an_aof);
  EXPECT_THAT(agent.decision(), StartsWith("catches up from redis-slave-0 (rule 5)"));
}

TEST(a_pod_that_has_heard_of_a_later_memory, knows_that_this_volume_is_an_older_one) {
  primary_agent agent;
  agent.at(1s).redis(whole).replica(from_an_aof);
  statement said = {"redis-slave-0", "ours", "redis-slave-0-run", {next_history, 0}};
  const auto is_known = [&](const noted_offset& noted) {
    said.noted = noted;
    agent.tell(stated{peer::pod, said, slave});
    return facts_of(agent, 1s).pods.at(0).knows_a_later_volume;
  };
  EXPECT_FALSE(is_known({"redis-master-0", former_history, 100}));
  EXPECT_TRUE(is_known({"redis-master-0", former_history, 101}));
  EXPECT_TRUE(is_known({"redis-master-0", next_history, 1}));
  EXPECT_FALSE(is_known({"redis-slave-1", former_history, 101})) << "another's volume";
  agent.seen().sync.whole_stream = former_history;
  EXPECT_FALSE(is_known({"redis-master-0", former_history, 101})) << "what is here was copied";
}

TEST(a_pod_with_data, that_falls_silent_before_it_is_introduced_is_waited_for_from_then_on) {
  const auto of_an_unknown_name = [](poll_report& r) {
    from_an_aof(r);
    r.replication.replid = own_history;
  };
  primary_agent agent;
  agent.at(1s).redis(whole).at(90s).redis(whole).replica(of_an_unknown_name);
  agent.at(92s).tell(failed{peer::pod, link_condition::timed_out, "", slave}).redis(whole);
  EXPECT_THAT(agent.decision(), StartsWith("waits (rule 7)"));
}

// It is in the stream that this pod's volume knows to go on from the one that is here.
TEST(a_pod_without_an_agent, is_known_by_what_this_volume_remembers_of_its_stream) {
  volume_memory remembered = remembered_data(100);
  remembered.history = {next_history, 140, {{former_history, 101}}, 100};
  primary_agent agent(remembered);
  agent.at(1s).redis([](poll_report& r) { whole(r), r.replication.replid = own_history; });
  agent.at(90s).redis([](poll_report& r) { whole(r), r.replication.replid = own_history; });
  agent.replica([](poll_report& r) { r.replication.replid = next_history, ahead(r); });
  EXPECT_THAT(agent.decision(), StartsWith("catches up from redis-slave-0 (rule 5)"));
}

}  // namespace
}  // namespace redis_agent::core
