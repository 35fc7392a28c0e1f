#include "core/orders/certificate_peers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

settings by(tls_mode tls) {
  settings s;
  s.tls = tls;
  s.primary = {"redis-0.redis", 6379};
  s.headless_service = "redis";
  return s;
}

memory pod(const std::string& name, role derived) {
  memory m;
  m.pod = name;
  m.derived = derived;
  m.primary_address = "10.0.0.1";
  m.service_name.answer = service_answer{
      {{"redis-0.redis", 6379}, {"redis-1.redis", 6379}, {"redis-2.redis", 6379}}, {}, false};
  m.pods["redis-1"].report.server_address = "10.0.0.2";
  return m;
}

std::vector<std::string> hosts(const memory& m, const settings& s) {
  std::vector<std::string> names;
  const std::vector<certificate_peer> peers = certificate_peers(m, s);
  for (const certificate_peer& peer : peers) names.push_back(peer.host + " " + peer.address);
  return names;
}

TEST(certificate_peers, of_a_primary_are_all_pods_whether_they_are_known_yet_or_not) {
  EXPECT_THAT(hosts(pod("redis-0", role::primary), by(tls_mode::only)),
              ElementsAre("redis-1.redis 10.0.0.2", "redis-2.redis "));
}

TEST(certificate_peers, of_a_replica_is_the_primary) {
  EXPECT_THAT(hosts(pod("redis-2", role::replica), by(tls_mode::both)),
              ElementsAre("redis-0.redis 10.0.0.1"));
}

TEST(certificate_peers, is_the_primary_where_dns_says_while_it_refuses_this_pod) {
  memory m = pod("redis-2", role::replica);
  m.primary_address.clear();
  m.primary_name.answer = address_answer{{"10.0.0.9"}, {}};
  EXPECT_THAT(hosts(m, by(tls_mode::only)), ElementsAre("redis-0.redis 10.0.0.9"));
}

TEST(certificate_peers, are_all_pods_where_any_may_become_the_primary) {
  memory m = pod("redis-2", role::replica);
  m.lock.identity = "redis-2/uid";
  EXPECT_THAT(hosts(m, by(tls_mode::only)),
              ElementsAre("redis-0.redis 10.0.0.1", "redis-1.redis 10.0.0.2"));
}

TEST(certificate_peers, are_not_those_that_are_scaled_away) {
  memory m = pod("redis-0", role::primary);
  m.service_name.answer->targets.pop_back();
  m.pods["redis-2"].report.server_address = "10.0.0.3";
  EXPECT_THAT(hosts(m, by(tls_mode::only)), ElementsAre("redis-1.redis 10.0.0.2"));
}

TEST(certificate_peers, are_none_where_pods_reach_each_other_without_tls) {
  EXPECT_THAT(hosts(pod("redis-0", role::primary), by(tls_mode::allow)), IsEmpty());
  EXPECT_THAT(hosts(pod("redis-0", role::primary), by(tls_mode::off)), IsEmpty());
  EXPECT_EQ(link_peers(pod("redis-0", role::primary), by(tls_mode::allow)).size(), 2U);
}

}  // namespace
}  // namespace redis_agent::core
