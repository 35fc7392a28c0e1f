#include "core/configuration/redis_conf.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <rapidcheck/gtest.h>

namespace {

using namespace redis_agent::core;
using testing::Contains;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;

redis_conf_plan plan_for(const std::string& pod) {
  redis_conf_plan plan;
  plan.pod = pod;
  plan.primary = {"redis-master-0.redis-headless", 6379};
  plan.own_role = derive_role(pod, plan.primary);
  plan.data_dir = "/data";
  plan.port = 6379;
  return plan;
}

// What Redis makes of the file: the last line of a name wins.
std::map<std::string, std::vector<std::string>> meaning_of(const std::string& text) {
  std::map<std::string, std::vector<std::string>> meaning;
  for (const directive& d : read_directives(text)) meaning[d.name] = d.values;
  return meaning;
}

TEST(redis_conf, a_replica_s_file_says_whom_it_follows) {
  EXPECT_EQ(render(plan_for("redis-slave-0")),
            "# Written by redis-agent init for redis-slave-0, a replica of "
            "redis-master-0.redis-headless:6379.\n"
            "# Do not edit: it is written anew whenever the pod starts.\n"
            "dir /data\n"
            "port 6379\n"
            "bind 0.0.0.0 ::\n"
            "protected-mode no\n"
            "replicaof redis-master-0.redis-headless 6379\n");
}

TEST(redis_conf, the_primary_s_file_follows_nobody_and_has_masterauth_all_the_same) {
  auto plan = plan_for("redis-master-0");
  plan.password = secret("frieza-redis-pass");
  EXPECT_EQ(render(plan),
            "# Written by redis-agent init for redis-master-0, the primary.\n"
            "# Do not edit: it is written anew whenever the pod starts.\n"
            "dir /data\n"
            "port 6379\n"
            "bind 0.0.0.0 ::\n"
            "protected-mode no\n"
            "masterauth \"frieza-redis-pass\"\n"
            "requirepass \"frieza-redis-pass\"\n");
}

TEST(redis_conf, everything_that_can_be_asked_for_is_written) {
  auto plan = plan_for("redis-slave-3");
  plan.version = {7, 2};
  plan.user_config = "/etc/my redis/user.conf";
  plan.data_dir = "/my data";
  plan.port = 6380;
  plan.username = "replicator";
  plan.password = secret("a b");
  plan.announce_ip = "fd00::1";
  plan.announce_port = 16380;
  plan.shutdown_timeout = std::chrono::seconds(20);
  plan.maxmemory = 201326592;
  EXPECT_THAT(render(plan), HasSubstr(" Your own lines belong in the included file.\n"
                                      "include \"/etc/my\\x20redis/user.conf\"\n"
                                      "dir \"/my\\x20data\"\n"
                                      "port 6380\n"
                                      "bind * -::*\n"
                                      "protected-mode no\n"
                                      "replicaof redis-master-0.redis-headless 6379\n"
                                      "masteruser replicator\n"
                                      "masterauth \"a\\x20b\"\n"
                                      "requirepass \"a\\x20b\"\n"
                                      "replica-announce-ip fd00::1\n"
                                      "replica-announce-port 16380\n"
                                      "shutdown-timeout 20\n"
                                      "maxmemory 201326592\n"));
}

TEST(redis_conf, the_optional_bind_is_for_those_who_know_it) {
  auto plan = plan_for("redis-slave-0");
  for (const redis_version old : {redis_version{5, 0}, redis_version{6, 0}}) {
    plan.version = old;
    EXPECT_THAT(render(plan), HasSubstr("\nbind 0.0.0.0 ::\n"));
  }
  for (const redis_version later :
       {redis_version{6, 2}, redis_version{7, 0}, redis_version{8, 1}}) {
    plan.version = later;
    EXPECT_THAT(render(plan), HasSubstr("\nbind * -::*\n"));
  }
}

TEST(redis_conf, a_primary_s_address_is_written_exactly_as_it_was_given) {
  auto plan = plan_for("redis-slave-0");
  const endpoint addresses[] = {
      {"fd00::1", 6379}, {"10.0.0.7", 1}, {"redis-0.redis.prod.svc.cluster.local.", 6379}};
  for (const endpoint& address : addresses) {
    plan.primary = address;
    EXPECT_THAT(render(plan), HasSubstr("\nreplicaof " + address.host + " " +
                                        std::to_string(address.port) + "\n"));
  }
}

TEST(redis_conf, secrets_are_replaced_for_the_eye) {
  auto plan = plan_for("redis-slave-0");
  plan.password = secret("hunter2");
  const std::string shown = render(plan, secrets_are::replaced);
  EXPECT_THAT(shown, Not(HasSubstr("hunter2")));
  EXPECT_THAT(shown, HasSubstr("masterauth <secret>\nrequirepass <secret>\n"));
  EXPECT_THAT(shown, HasSubstr("replicaof redis-master-0.redis-headless 6379\n"));
}

TEST(redis_conf, the_plan_comes_from_the_settings) {
  const std::vector<given_value> given = {{"redis-version", "6.2", ""},
                                          {"user-config", "/etc/u.conf", ""},
                                          {"data-dir", "/d", ""},
                                          {"redis-port", "6390", ""},
                                          {"username", "u", ""},
                                          {"replica-announce-ip", "10.0.0.9", ""},
                                          {"replica-announce-port", "1", ""},
                                          {"primary", "redis-0.redis:7000", ""}};
  const auto parsed = parse_settings(subcommand::init, given, "redis-4");
  ASSERT_THAT(parsed.complaints, IsEmpty());
  const auto plan = plan_redis_conf(parsed.values, secret("p"), 1000);
  EXPECT_EQ(plan.pod, "redis-4");
  EXPECT_EQ(plan.own_role, role::replica);
  EXPECT_EQ(plan.primary, (endpoint{"redis-0.redis", 7000}));
  EXPECT_EQ(plan.version, (redis_version{6, 2}));
  EXPECT_EQ(plan.user_config, "/etc/u.conf");
  EXPECT_EQ(plan.data_dir, "/d");
  EXPECT_EQ(plan.port, 6390);
  EXPECT_EQ(plan.username, "u");
  EXPECT_EQ(plan.password.reveal(), "p");
  EXPECT_EQ(plan.announce_ip, "10.0.0.9");
  EXPECT_EQ(plan.announce_port, 1);
  EXPECT_EQ(plan.maxmemory, 1000U);
}

TEST(redis_conf, maxmemory_is_a_part_of_the_limit_and_cannot_overflow) {
  EXPECT_EQ(maxmemory_of(268435456, 75), 201326592U);
  EXPECT_EQ(maxmemory_of(268435457, 100), 268435457U);
  EXPECT_EQ(maxmemory_of(199, 50), 99U);
  EXPECT_EQ(maxmemory_of(0, 75), 0U);
  EXPECT_EQ(maxmemory_of(UINT64_MAX, 100), UINT64_MAX);
}

TEST(redis_conf, what_the_user_s_file_says_of_users_is_not_said_again) {
  auto plan = plan_for("redis-slave-0");
  plan.password = secret("p");
  plan.username = "agent";
  plan.access.keeps_masterauth = true;
  EXPECT_THAT(meaning_of(render(plan)), Not(Contains(Key("masteruser"))));
  EXPECT_THAT(meaning_of(render(plan)), Not(Contains(Key("masterauth"))));
  EXPECT_THAT(meaning_of(render(plan)), Contains(Key("requirepass")));
  plan.access = {.keeps_requirepass = true};
  EXPECT_THAT(meaning_of(render(plan)), Not(Contains(Key("requirepass"))));
  plan.access = {.leaves_protected_mode = true};
  EXPECT_THAT(meaning_of(render(plan)), Not(Contains(Key("protected-mode"))));
}

TEST(redis_conf, the_default_user_s_password_may_be_another) {
  auto plan = plan_for("redis-slave-0");
  plan.password = secret("p");
  plan.username = "agent";
  plan.default_password = secret("q");
  const auto meaning = meaning_of(render(plan));
  EXPECT_THAT(meaning.at("requirepass"), ElementsAre("q"));
  EXPECT_THAT(meaning.at("masterauth"), ElementsAre("p"));
  EXPECT_THAT(meaning.at("masteruser"), ElementsAre("agent"));
}

TEST(redis_conf, warnings_are_read_back) {
  auto plan = plan_for("redis-slave-0");
  plan.warnings = {"/u.conf, line 1, logfile x: it says so", "another"};
  EXPECT_THAT(warnings_in(render(plan)), ElementsAreArray(plan.warnings));
  EXPECT_EQ(meaning_of(render(plan)), meaning_of(render(plan_for("redis-slave-0"))));
  EXPECT_THAT(warnings_in("# warning: the last line has no end"), ElementsAre(HasSubstr("no end")));
  EXPECT_THAT(warnings_in("# a comment\nport 1\n"), IsEmpty());
}

RC_GTEST_PROP(redis_conf_property, whatever_the_password_the_file_means_what_was_planned,
              (const std::string& password, const std::string& path)) {
  auto plan = plan_for("redis-slave-0");
  plan.password = secret(password);
  plan.user_config = "/" + path;
  const auto meaning = meaning_of(render(plan));
  RC_ASSERT(meaning.at("include") == std::vector<std::string>{"/" + path});
  RC_ASSERT(meaning.at("replicaof") ==
            (std::vector<std::string>{"redis-master-0.redis-headless", "6379"}));
  RC_ASSERT(meaning.count("requirepass") == (password.empty() ? 0U : 1U));
  if (!password.empty()) {
    RC_ASSERT(meaning.at("requirepass") == std::vector<std::string>{password});
    RC_ASSERT(meaning.at("masterauth") == std::vector<std::string>{password});
  }
}

RC_GTEST_PROP(redis_conf_property, what_is_shown_does_not_depend_on_the_password,
              (const std::string& one, const std::string& other)) {
  RC_PRE(!one.empty() && !other.empty());
  auto plan = plan_for("redis-slave-0");
  plan.password = secret(one);
  const std::string shown = render(plan, secrets_are::replaced);
  plan.password = secret(other);
  RC_ASSERT(render(plan, secrets_are::replaced) == shown);
}

TEST(begins_behind_gate, is_so_of_what_init_writes_and_not_after_a_rewrite) {
  EXPECT_TRUE(begins_behind_gate("dir /data\nbind 127.0.0.1 -::1\n"));
  EXPECT_TRUE(begins_behind_gate("bind 0.0.0.0 ::\nreplicaof 127.0.0.1 1\n"));
  EXPECT_TRUE(begins_behind_gate("slaveof 127.0.0.1 1\n"));
  EXPECT_FALSE(begins_behind_gate("bind 127.0.0.1 -::1\n# by CONFIG REWRITE\nbind * -::*\n"));
  EXPECT_FALSE(begins_behind_gate("replicaof no one\n"));
  EXPECT_FALSE(begins_behind_gate(""));
}

}  // namespace
