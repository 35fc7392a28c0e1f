#include "core/configuration/tls_places.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/configuration/redis_conf.hpp"

namespace redis_agent::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::vector<std::string> domains = {"redis.svc.cluster.local", "svc.cluster.local",
                                          "cluster.local"};

parsed_settings parse(subcommand command, std::vector<given_value> given) {
  return parse_settings(command, given, "redis-slave-0");
}

std::string conf_with(std::vector<given_value> given) {
  given.push_back({"redis-version", "7.0", ""});
  const parsed_settings parsed = parse(subcommand::init, given);
  EXPECT_THAT(parsed.complaints, IsEmpty());
  return render(plan_redis_conf(parsed.values, secret("x"), std::nullopt));
}

TEST(tls_places, names_a_pod_by_all_that_its_name_begins_with) {
  EXPECT_THAT(names_in_certificate("a-0.b.redis.svc.cluster.local.", domains),
              ElementsAre("a-0.b.redis.svc.cluster.local", "a-0.b.redis.svc.cluster",
                          "a-0.b.redis.svc", "a-0.b.redis", "a-0.b"));
  const auto names = names_in_certificate("a-0.b", domains);
  EXPECT_THAT(names, Contains("a-0.b"));
  EXPECT_THAT(names, Contains("a-0.b.redis"));
  EXPECT_THAT(names, Contains("a-0.b.redis.svc.cluster.local"));
  EXPECT_THAT(names_in_certificate("10.0.0.1", domains), ElementsAre("10.0.0.1"));
  EXPECT_THAT(names_in_certificate("a-0.b", {}), ElementsAre("a-0.b"));
}

TEST(tls_places, never_takes_a_pods_bare_name) {
  for (const char* const host : {"a-0.b", "a-0.b.redis.svc.cluster.local"}) {
    EXPECT_THAT(names_in_certificate(host, domains), Not(Contains("a-0")));
  }
}

TEST(tls_places, reads_the_last_search_line) {
  EXPECT_THAT(search_domains("domain x\nnameserver 1.2.3.4\nsearch a.b c\n"),
              ElementsAre("a.b", "c"));
  EXPECT_THAT(search_domains(""), IsEmpty());
}

TEST(tls_places, writes_nothing_of_tls_where_it_is_off) {
  const std::string conf = conf_with({});
  EXPECT_THAT(conf, Not(HasSubstr("tls")));
  EXPECT_THAT(conf, Not(HasSubstr("unixsocket")));
  EXPECT_THAT(conf, HasSubstr("\nport 6379\n"));
}

TEST(tls_places, writes_one_port_with_tls_alone) {
  const std::string conf = conf_with({{"tls", "only", ""}});
  EXPECT_THAT(conf, HasSubstr("\nport 0\ntls-port 6379\ntls-replication yes\n"
                              "tls-cert-file /run/redis-agent/tls/tls.crt\n"
                              "tls-key-file /run/redis-agent/tls/tls.key\n"
                              "tls-ca-cert-file /run/redis-agent/tls/ca.crt\n"
                              "tls-auth-clients yes\n"
                              "unixsocket /run/redis-agent/redis.sock\nunixsocketperm 700\n"));
  EXPECT_THAT(conf, HasSubstr("\nreplicaof redis-master-0.redis-headless 6379\n"));
}

TEST(tls_places, lets_replicas_come_by_tls_where_both_are_spoken) {
  const std::string conf = conf_with({{"tls", "both", ""}, {"output-mode", "0640", ""}});
  EXPECT_THAT(conf, HasSubstr("\nport 6379\ntls-port 6380\n"));
  EXPECT_THAT(conf, HasSubstr("\nreplicaof redis-master-0.redis-headless 6380\n"));
  EXPECT_THAT(conf, HasSubstr("\nunixsocketperm 770\n"));
}

TEST(tls_places, has_replicas_go_by_plain_tcp_where_tls_is_allowed) {
  const std::string conf = conf_with({{"tls", "allow", ""}});
  EXPECT_THAT(conf, HasSubstr("\nport 6379\ntls-port 6380\ntls-replication no\ntls-cert-file "));
  EXPECT_THAT(conf, HasSubstr("\nreplicaof redis-master-0.redis-headless 6379\n"));
  EXPECT_THAT(conf, HasSubstr("\nunixsocket "));
}

TEST(tls_places, keeps_the_port_of_tls_from_both_to_only_where_that_is_wanted) {
  const std::string conf = conf_with({{"tls", "only", ""}, {"redis-port", "6380", ""}});
  EXPECT_THAT(conf, HasSubstr("\nport 0\ntls-port 6380\n"));
  EXPECT_THAT(conf, HasSubstr("\nreplicaof redis-master-0.redis-headless 6380\n"));
}

TEST(tls_places, leaves_to_the_user_who_needs_a_certificate) {
  parsed_settings parsed = parse(subcommand::init, {{"tls", "only", ""}});
  redis_conf_plan plan = plan_redis_conf(parsed.values, secret("x"), std::nullopt);
  plan.tls.keeps_strangers = true;
  EXPECT_THAT(render(plan), Not(HasSubstr("tls-auth-clients")));
}

TEST(tls_places, refuses_what_cannot_be) {
  EXPECT_THAT(parse(subcommand::init, {{"tls", "only", ""}}).complaints,
              ElementsAre(HasSubstr("--tls: needs Redis 6 or later")));
  EXPECT_THAT(
      parse(subcommand::sidecar, {{"tls", "both", ""}, {"tls-port", "6379", ""}}).complaints,
      ElementsAre(HasSubstr("--tls-port=6379: is --redis-port too")));
  EXPECT_THAT(
      parse(subcommand::sidecar, {{"tls", "allow", ""}, {"tls-port", "6379", ""}}).complaints,
      ElementsAre(HasSubstr("--tls-port=6379: is --redis-port too")));
  EXPECT_THAT(
      parse(subcommand::sidecar, {{"tls", "both", ""}, {"tls-folder", "/run/redis-agent/tls", ""}})
          .complaints,
      ElementsAre(HasSubstr("expected the mounted Secret")));
  EXPECT_THAT(parse(subcommand::sidecar, {{"tls", "maybe", "--tls"}}).complaints,
              ElementsAre("--tls: got \"maybe\", expected one of off, allow, both, only"));
  EXPECT_THAT(parse(subcommand::sidecar,
                    {{"tls", "both", ""}, {"output", "/" + std::string(120, 'a') + "/r", ""}})
                  .complaints,
              ElementsAre(HasSubstr("too long for a socket")));
}

}  // namespace
}  // namespace redis_agent::core
