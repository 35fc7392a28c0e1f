// An RDB on a replica's volume that its server, empty beside a new AOF, has not loaded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/core/safety/primary_agent.hpp"
#include "unit/core/safety/watched_replica.hpp"

namespace redis_agent::core {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const rdb_header saved_at_100{.replid = std::string(40, 'a'), .offset = 100, .keys = 7};

void empty_beside_an_aof(poll_report& r) {
  r.details = server_details{};
  r.aof = aof_report{.is_enabled = true};
  r.replication.replid = std::string(40, 'd');
  r.replication.offset = 0;
}

class a_replica_beside_an_rdb : public watched_replica {
 protected:
  a_replica_beside_an_rdb() { read(false, saved_at_100); }

  void read(bool had_aof, const rdb_header& rdb) {
    volume_memory remembered;
    remembered.cluster_id = "ours";
    remembered.history = {a, 90};
    if (had_aof) remembered.aof_offset = 90;
    tell(0s, volume_read{remembered, rdb});
  }

  void starts(duration when) {
    memory_.rdb_at_start.reset();
    redis(when, empty_beside_an_aof);
    memory_.rdb_at_start = saved_at_100;
  }
};

TEST_F(a_replica_beside_an_rdb, says_what_is_in_it) {
  starts(1s);
  const auto said = statement_of(memory_);
  ASSERT_TRUE(said && said->unread);
  EXPECT_THAT(said->unread->what, HasSubstr("dump.rdb holds at least 7 keys"));
  EXPECT_EQ(said->unread->history.id, a);
  EXPECT_EQ(said->unread->history.offset, 100);
}

TEST_F(a_replica_beside_an_rdb, follows_nobody_who_lacks_what_is_in_it) {
  starts(1s);
  primary(2s, a, 99);
  primary(5s, a, 99);
  EXPECT_EQ(rule().act, rope_act::park);
  EXPECT_EQ(rule().why, refusal::behind);
  EXPECT_THAT(rule().evidence, HasSubstr("dump.rdb holds at least 7 keys"));
  primary(6s, b, 700);
  primary(9s, b, 700);
  EXPECT_EQ(rule().why, refusal::another_history);
  EXPECT_THAT(rule().evidence, HasSubstr("dump.rdb holds at least 7 keys"));
}

TEST_F(a_replica_beside_an_rdb, follows_who_has_it_all) {
  starts(1s);
  primary(5s, a, 100);
  EXPECT_EQ(rule().act, rope_act::follow);
}

// A full sync leaves an RDB beside the AOF.
TEST_F(a_replica_beside_an_rdb, has_nothing_there_from_which_an_aof_went_on) {
  read(true, saved_at_100);
  starts(1s);
  EXPECT_FALSE(find_unread_rdb(memory_));
}

TEST_F(a_replica_beside_an_rdb, has_nothing_there_once_it_is_in_sync) {
  starts(1s);
  redis(2s, [](poll_report& r) { empty_beside_an_aof(r), in_sync(r); });
  EXPECT_FALSE(find_unread_rdb(memory_));
}

class a_gate_over_an_rdb : public testing::Test {
 protected:
  explicit a_gate_over_an_rdb() : agent(std::nullopt) { agent.at(1s).redis(own); }

  static void own(poll_report& r) { r.aof = aof_report{.is_enabled = true}; }

  void says(const std::optional<unread_rdb>& unread) {
    statement said{.pod = "redis-slave-0", .run_id = "redis-slave-0-run"};
    said.history = {std::string(40, 'd'), 0};
    said.unread = unread;
    agent.tell(stated{peer::pod, said, "redis-slave-0"});
  }

  primary_agent agent;
  const unread_rdb seven{"dump.rdb holds at least 7 keys", {former_history, 100}};
};

TEST_F(a_gate_over_an_rdb, waits_for_the_agent_of_who_is_empty_beside_an_aof) {
  agent.at(70s).redis(own).replica(empty_beside_an_aof);
  EXPECT_THAT(agent.decision(),
              StartsWith("waits (rule 7): redis-slave-0 is empty, and its agent"));
  says(std::nullopt);
  EXPECT_THAT(agent.decision(), StartsWith("opens (rule 3)"));
}

TEST_F(a_gate_over_an_rdb, holds_and_is_opened_by_a_person_alone) {
  agent.at(70s).redis(own).replica(empty_beside_an_aof);
  says(seven);
  EXPECT_THAT(agent.decision(), StartsWith("holds (rule 7): redis-slave-0 is empty, and has not "
                                           "loaded what it has: dump.rdb holds at least 7 keys"));
  EXPECT_THAT(agent.orders(), IsEmpty());
  EXPECT_THAT(agent.decides(keeping::mine).decision(), StartsWith("opens (rule 6)"));
}

TEST_F(a_gate_over_an_rdb, copies_from_another_that_has_it) {
  agent.lists({"redis-master-0", "redis-slave-0", "redis-slave-1"});
  agent.at(70s).redis(own).replica(empty_beside_an_aof).replica({}, "redis-slave-1");
  says(seven);
  EXPECT_THAT(agent.decision(), StartsWith("catches up from redis-slave-1 (rule 5)"));
}

TEST_F(a_gate_over_an_rdb, opens_with_what_carries_it) {
  const auto whole = [](poll_report& r) { serving(r), own(r), r.bind = "127.0.0.1 -::1"; };
  agent.at(70s).redis(whole).replica(empty_beside_an_aof);
  says(seven);
  EXPECT_THAT(agent.decision(), StartsWith("opens (rule 4)"));
}

}  // namespace
}  // namespace redis_agent::core
