// What real servers answered, in each phase of a replica's life: test/unit/core/server/info/ has
// their INFO (server, persistence, stats, replication, keyspace) and ROLE.
#include "core/server/replication.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "core/server/info.hpp"
#include "core/server/sync_phase.hpp"

namespace redis_agent::core {
namespace {

std::string read(const std::string& name) {
  std::ifstream file(TEST_FILES "/server/info/" + name);
  EXPECT_TRUE(file) << "no test data " << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// ROLE as redis-cli prints it, an item a line; a replica's fourth is the link's word.
link_stage stage_in(const std::string& role_lines) {
  std::istringstream lines(role_lines);
  std::string line;
  for (int i = 0; i < 4; ++i) std::getline(lines, line);
  return parse_link_stage(line);
}

class real_server : public testing::TestWithParam<std::string> {
 protected:
  std::string info(const std::string& moment) const {
    return read(GetParam() + "-" + moment + ".txt");
  }
  replication_report report(const std::string& moment) const {
    auto parsed = parse_replication(info(moment));
    EXPECT_TRUE(parsed) << moment;
    return *parsed;
  }
  sync_phase phase(const std::string& moment) const {
    return phase_of(*report(moment).link, parse_loading(info(moment)),
                    stage_in(read(GetParam() + "-" + moment + ".role")));
  }
};

TEST_P(real_server, says_its_version_and_run) {
  const auto server = parse_server(info("primary-alone"));
  ASSERT_TRUE(server);
  const auto dash = GetParam().find('-');
  EXPECT_EQ(
      server->version.find(GetParam().substr(0, dash) == "valkey" ? "valkey 8.1"
                                                                  : GetParam().substr(dash + 1)),
      0U)
      << server->version;
  EXPECT_EQ(server->run_id.size(), 40U);
}

TEST(parse_server, knows_redis_cluster_by_its_name_in_redis_and_in_valkey) {
  EXPECT_TRUE(parse_server("run_id:abc\r\nredis_mode:cluster\r\n")->is_clustered);
  EXPECT_TRUE(parse_server("run_id:abc\r\nserver_mode:cluster\r\n")->is_clustered);
  EXPECT_FALSE(parse_server("run_id:abc\r\nredis_mode:standalone\r\n")->is_clustered);
}

TEST_P(real_server, alone_is_a_primary_without_replicas) {
  const auto alone = report("primary-alone");
  EXPECT_EQ(alone.server_role, role::primary);
  EXPECT_FALSE(alone.link);
  EXPECT_EQ(alone.connected_replicas, 0);
  EXPECT_TRUE(alone.replicas.empty());
  EXPECT_EQ(alone.replid.size(), 40U);
  EXPECT_EQ(alone.second_offset, -1);
}

TEST_P(real_server, lists_the_replica_that_it_has) {
  const auto waits = report("primary-wait");
  ASSERT_EQ(waits.replicas.size(), 1U);
  EXPECT_EQ(waits.replicas[0].state, "wait_bgsave");
  const auto has = report("primary-one-replica");
  ASSERT_EQ(has.replicas.size(), 1U);
  EXPECT_EQ(has.replicas[0].address, (endpoint{"127.0.0.1", 7102}));
  EXPECT_EQ(has.replicas[0].state, "online");
  EXPECT_GT(has.replicas[0].offset, 0);
  EXPECT_EQ(has.connected_replicas, 1);
  EXPECT_TRUE(has.backlog_is_active);
}

TEST_P(real_server, waits_for_the_diskless_delay_in_its_handshake) {
  const auto waits = report("replica-handshake");
  ASSERT_TRUE(waits.link);
  EXPECT_FALSE(waits.link->is_up);
  EXPECT_FALSE(waits.link->sync_in_progress) << "INFO alone does not tell that a sync is due";
  EXPECT_EQ(phase("replica-handshake"), sync_phase::handshake);
}

TEST_P(real_server, is_seen_in_the_midst_of_a_full_sync) {
  const auto syncs = phase("replica-receiving");
  EXPECT_TRUE(syncs == sync_phase::receiving || syncs == sync_phase::loading) << to_text(syncs);
  EXPECT_TRUE(report("replica-receiving").link->sync_in_progress);
}

TEST_P(real_server, is_in_sync_with_its_primarys_history) {
  const auto primary = report("primary-one-replica");
  const auto replica = report("replica-up");
  EXPECT_EQ(phase("replica-up"), sync_phase::in_sync);
  EXPECT_EQ(replica.server_role, role::replica);
  EXPECT_EQ(replica.replid, primary.replid);
  EXPECT_EQ(replica.link->offset, primary.offset);
  EXPECT_EQ(replica.link->primary, (endpoint{"127.0.0.1", 7101}));
  EXPECT_TRUE(replica.link->is_read_only);
  EXPECT_TRUE(replica.link->last_io_seconds);
  EXPECT_EQ(replica.link->read_offset.value_or(primary.offset), primary.offset);
  EXPECT_FALSE(replica.link->down_for_seconds);
  EXPECT_EQ(parse_key_count(info("replica-up")), parse_key_count(info("primary-one-replica")));
}

TEST_P(real_server, keeps_its_offset_when_its_primary_has_gone) {
  EXPECT_EQ(phase("replica-down"), sync_phase::no_link);
  const auto cut = report("replica-down");
  EXPECT_EQ(cut.link->offset, report("replica-up").link->offset);
  EXPECT_FALSE(cut.link->last_io_seconds);
  EXPECT_TRUE(cut.link->down_for_seconds);
}

TEST_P(real_server, counts_resyncs_on_the_primary) {
  const auto counters = parse_resync_counters(info("primary-one-replica"));
  EXPECT_EQ(counters.full, 1);
  EXPECT_EQ(counters.partial_accepted, 0);
}

INSTANTIATE_TEST_SUITE_P(each, real_server,
                         testing::Values("redis-5.0", "redis-6.2", "redis-7.0", "redis-8.0",
                                         "valkey-8.1"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           for (char& c : name) c = (c == '-' || c == '.') ? '_' : c;
                           return name;
                         });

TEST(info_fields, are_found_between_the_lines) {
  const info_fields fields(
      "# Replication\r\nrole:master\r\n\r\nconnected_slaves:0\nempty:\nno colon");
  EXPECT_EQ(fields.text("role"), "master");
  EXPECT_EQ(fields.number("connected_slaves"), 0);
  EXPECT_EQ(fields.text("empty"), "");
  EXPECT_EQ(fields.number("empty"), std::nullopt);
  EXPECT_EQ(fields.text("absent"), std::nullopt);
  EXPECT_FALSE(fields.is_set("role"));
}

TEST(parse_key_count, adds_up_all_databases) {
  EXPECT_EQ(parse_key_count("# Keyspace\r\ndb0:keys=20,expires=0\r\ndb13:keys=3\r\ndbsize:7\r\n"),
            23);
  EXPECT_EQ(parse_key_count("# Keyspace\r\n"), 0);
}

TEST(parse_replication, refuses_a_text_without_a_role) {
  EXPECT_FALSE(parse_replication(""));
  EXPECT_FALSE(parse_replication("role:sentinel\r\n"));
}

// Its old connection has died without a word, and Redis lists it until repl-timeout.
TEST(distinct_replicas, are_the_last_of_each_address) {
  const auto parsed = parse_replication(
      "role:master\r\nslave0:ip=10.0.0.7,port=6379,state=online,offset=14,lag=40\r\n"
      "slave1:ip=10.0.0.8,port=6379,state=online,offset=90,lag=1\r\n"
      "slave2:ip=10.0.0.7,port=6379,state=send_bulk,offset=0,lag=0\r\n");
  ASSERT_TRUE(parsed);
  const auto distinct = distinct_replicas(*parsed);
  ASSERT_EQ(distinct.size(), 2U);
  EXPECT_EQ(distinct[0].address.host, "10.0.0.8");
  EXPECT_EQ(distinct[1].state, "send_bulk");
}

TEST(parse_replication, takes_numbers_that_are_none_for_absent) {
  const auto parsed = parse_replication(
      "role:slave\r\nmaster_port:99999\r\nslave_repl_offset:x\r\nslave0:garbage\r\n"
      "master_last_io_seconds_ago:-1\r\n");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->link->primary.port, 0);
  EXPECT_EQ(parsed->link->offset, 0);
  EXPECT_TRUE(parsed->replicas.empty());
  EXPECT_EQ(parsed->link->last_io_seconds, std::nullopt);
}

}  // namespace
}  // namespace redis_agent::core
