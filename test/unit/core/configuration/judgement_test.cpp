#include "core/configuration/judgement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/core/configuration/user_conf.hpp"

namespace {

using namespace redis_agent::core;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> judged(const std::string& text, const redis_conf_plan& plan) {
  return short_texts(judge_directives(lines_of(text), plan));
}

TEST(judgement, the_files_of_the_article_are_fine_but_for_bind) {
  EXPECT_THAT(judged("bind 0.0.0.0\nprotected-mode no\nport 6379\ntcp-backlog 511\ntimeout 0\n"
                     "tcp-keepalive 300\ndaemonize no\nsupervised no\n"
                     "pidfile /var/run/redis_6379.pid\nloglevel notice\ndir /data\nlogfile \"\"\n",
                     plan_of("redis-master-0")),
              ElementsAre("warning 1 bind 0.0.0.0: is overridden by the agent's own line"));
  EXPECT_THAT(judged("slaveof redis-master-0.redis-headless 6379\nprotected-mode no\ndir /data\n",
                     plan_of("redis-slave-0")),
              IsEmpty());
}

TEST(judgement, what_the_agents_lines_override_is_told) {
  auto plan = plan_of("redis-slave-0");
  plan.maxmemory = 1000;
  plan.announce_ip = "10.0.0.9";
  EXPECT_THAT(judged("slaveof redis-master-1.redis-headless 6379\ndir /data\nMAXMEMORY 100mb\n"
                     "maxmemory-policy allkeys-lru\nprimaryauth other\n",
                     plan),
              ElementsAre(HasSubstr("1 slaveof redis-master-1.redis-headless 6379: is overridden"),
                          HasSubstr("3 maxmemory 100mb: is overridden"),
                          HasSubstr("5 primaryauth: is overridden")));
  plan.maxmemory.reset();
  EXPECT_THAT(judged("maxmemory 100mb\n", plan), IsEmpty());
}

TEST(judgement, what_no_pod_can_live_with_is_refused) {
  for (const char* const text :
       {"cluster-enabled yes", "daemonize YES", "port 0", "tls-replication yes",
        "sentinel monitor a 10.0.0.1 6379 2", "dbfilename redis-agent.json",
        "appenddirname redis-agent.json", "rename-command INFO \"\"", "rename-command ping x",
        "rename-command PSYNC x", "rename-command ROLE x", "rename-command AUTH x",
        "rename-command REPLCONF x"}) {
    for (const char* const pod : {"redis-master-0", "redis-slave-0"}) {
      EXPECT_THAT(judged(text, plan_of(pod)), testing::Contains(HasSubstr("refused 1 "))) << text;
    }
  }
  EXPECT_THAT(judged("cluster-enabled no\ndaemonize no\nport 6379\ntls-replication no\n"
                     "rename-command FLUSHALL \"\"\n",
                     plan_of("redis-master-0")),
              IsEmpty());
}

TEST(judgement, the_last_line_of_a_name_is_the_one_that_counts) {
  EXPECT_THAT(judged("daemonize yes\ndaemonize no\n", plan_of("redis-slave-0")), IsEmpty());
  EXPECT_THAT(judged("slave-read-only yes\nreplica-read-only no\n", plan_of("redis-slave-0")),
              ElementsAre(HasSubstr("warning 2 replica-read-only no")));
}

TEST(judgement, what_changes_something_is_a_warning) {
  for (const char* const text :
       {"tls-port 6380", "logfile /data/redis.log", "syslog-enabled yes", "maxclients 20",
        "slave-read-only no", "replica-serve-stale-data no", "replica-ignore-maxmemory no",
        "replica-announce-ip 10.0.0.1", "replica-announce-port 7", "repl-ping-slave-period 30",
        "repl-timeout 5", "repl-diskless-sync-delay 0", "shutdown-on-sigterm now force",
        "gopher-enabled yes", "rdma-port 6380", "import-mode yes", "no-such-directive yes"}) {
    EXPECT_THAT(judged(text, plan_of("redis-slave-0")), ElementsAre(HasSubstr("warning 1 ")))
        << text;
  }
  EXPECT_THAT(
      judged("tls-port 0\nlogfile \"\"\nmaxclients 10000\nreplica-read-only yes\n"
             "replica-announce-ip \"\"\nreplica-announce-port 0\nbind-source-addr 10.0.0.1\n"
             "repl-ping-replica-period 10\nrepl-timeout 60\nrepl-diskless-sync-delay 5\n"
             "shutdown-on-sigterm default\nmin-replicas-to-write 1\nunixsocket /run/r.sock\n"
             "supervised systemd\nsearch-timeout 5\nmodule.setting 3\n",
             plan_of("redis-slave-0")),
      IsEmpty());
}

TEST(judgement, a_replica_that_starts_parked_has_no_window) {
  auto plan = plan_of("redis-slave-0");
  plan.is_parked = true;
  EXPECT_THAT(judged("repl-diskless-sync-delay 0\n", plan), IsEmpty());
}

TEST(judgement, a_replicaof_makes_no_replica_of_the_primary) {
  const auto plan = plan_of("redis-master-0");
  EXPECT_THAT(judged("port 6379\nSlaveOf a 1\n", plan),
              ElementsAre(HasSubstr("refused 2 slaveof a 1: this pod is the primary")));
  EXPECT_THAT(judged("replicaof a 1\nreplicaof no one\n", plan),
              ElementsAre(HasSubstr("refused 1 ")));
  EXPECT_THAT(judged("replicaof NO ONE\n", plan), IsEmpty());
  auto old = plan;
  old.version = {5, 0};
  old.gate = gate_choice::direct;
  EXPECT_THAT(judged("replicaof no one\n", old), ElementsAre(HasSubstr("refused 1 ")))
      << "Redis 5 takes it for a host";
  old.gate = gate_choice::nowhere;
  EXPECT_THAT(judged("replicaof no one\n", old), ElementsAre(HasSubstr("overridden")));
}

TEST(judgement, a_renamed_command_is_as_bad_as_what_needs_it) {
  auto primary = plan_of("redis-master-0");
  auto replica = plan_of("redis-slave-0");
  EXPECT_THAT(judged("rename-command CONFIG \"\"", primary), ElementsAre(HasSubstr("refused")));
  EXPECT_THAT(judged("rename-command CONFIG \"\"", replica), ElementsAre(HasSubstr("warning")));
  EXPECT_THAT(judged("rename-command REPLICAOF x", primary), ElementsAre(HasSubstr("warning")));
  EXPECT_THAT(judged("rename-command REPLICAOF x", replica), ElementsAre(HasSubstr("warning")));
  primary.gate = gate_choice::nowhere;
  replica.is_parked = true;
  EXPECT_THAT(judged("rename-command CONFIG \"\"", primary), ElementsAre(HasSubstr("warning")));
  EXPECT_THAT(judged("rename-command replicaof x", primary), ElementsAre(HasSubstr("refused")));
  EXPECT_THAT(judged("rename-command replicaof x", replica), ElementsAre(HasSubstr("refused")));
  EXPECT_THAT(judged("rename-command MULTI x", primary), ElementsAre(HasSubstr("warning")));
}

}  // namespace
