// Which of a primary's replicas is a pod, and which of the pods is away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

using testing::ElementsAre;

// A backup, a migration, a reader of changes.
TEST(an_attached_replica, that_is_no_pod_is_known_not_to_be_the_one_that_is_away) {
  primary_agent agent;
  const auto feeds = [](std::vector<std::string> hosts) {
    return [hosts](poll_report& r) {
      serving(r);
      for (const std::string& host : hosts) {
        r.replication.replicas.push_back({{host, 6379}, "online", 60, 1});
      }
    };
  };
  agent.at(1s).redis(serving).replica();
  const auto bound = [&] { return agent.memory_to_be()->pods.at(0).bound; };
  agent.redis(feeds({"172.16.0.1"}));
  EXPECT_EQ(bound(), -1) << "it may be that pod";
  agent.redis(feeds({"10.0.0.2", "172.16.0.1"}));
  EXPECT_EQ(bound(), -1);
  agent.redis(feeds({"172.16.0.1"}));
  EXPECT_EQ(bound(), 100) << "it was there beside that pod";
  agent.redis(feeds({"172.16.0.1", "172.16.0.2"}));
  EXPECT_EQ(bound(), -1) << "this one may be it";
}

// It has connected anew and is announced under another address, of a proxy say.
TEST(an_attached_replica, beside_which_a_pods_link_is_dead_may_be_that_pod) {
  primary_agent agent;
  const auto feeds = [](std::int64_t lag_seconds) {
    return [lag_seconds](poll_report& r) {
      serving(r);
      r.replication.replicas = {{{"10.0.0.2", 6379}, "online", 60, lag_seconds},
                                {{"172.16.0.1", 6379}, "online", 60, 1}};
    };
  };
  const auto under_another_address = [](poll_report& r) {
    serving(r);
    r.replication.replicas = {{{"172.16.0.1", 6379}, "online", 60, 1}};
  };
  agent.at(1s).redis(serving).replica().redis(feeds(3)).redis(under_another_address);
  EXPECT_EQ(agent.memory_to_be()->pods.at(0).bound, -1);
  agent.redis(feeds(2)).redis(under_another_address);
  EXPECT_EQ(agent.memory_to_be()->pods.at(0).bound, 100) << "both were alive, so it is no pod";
}

// Its link comes from the address of the other family.
TEST(an_attached_pod, of_two_addresses_is_no_stranger_who_might_be_the_one_that_is_away) {
  primary_agent agent;
  const auto feeds_it = [](poll_report& r) {
    serving(r);
    r.replication.replicas = {{{"fd00::2", 6379}, "online", 60, 1}};
  };
  agent.at(1s).redis(feeds_it).replica().replica(
      [](poll_report& r) { r.server_address = "10.0.0.3"; }, "redis-slave-1");
  const auto bounds = [&] {
    const auto memory = agent.memory_to_be();
    std::vector<std::int64_t> found;
    for (const auto& pod : memory.value().pods) found.push_back(pod.bound);
    return found;
  };
  EXPECT_THAT(bounds(), ElementsAre(-1, -1)) << "whose that is nobody knows";
  statement said = {"redis-slave-0", "ours", "redis-slave-0-run", {next_history, 60}};
  said.addresses = {"10.0.0.2", "fd00::2"};
  agent.tell(stated{peer::pod, said, "redis-slave-0"});
  EXPECT_THAT(bounds(), ElementsAre(-1, 100));
}

}  // namespace
}  // namespace redis_agent::core
