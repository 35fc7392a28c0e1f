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
  const auto unread = find_unread_rdb(memory_);
  ASSERT_TRUE(unread);
  EXPECT_THAT(unread->what, HasSubstr("dump.rdb holds at least 7 keys"));
  EXPECT_EQ(unread->history.id, a);
  EXPECT_EQ(unread->history.offset, 100);
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

}  // namespace
}  // namespace redis_agent::core
