// What a server that answers refuses all the same, out of what its agent has seen.
#include <gmock/gmock.h>

#include "core/configuration/parking.hpp"
#include "core/readiness/checks.hpp"
#include "core/readiness/verdict.hpp"
#include "unit/core/safety/primary_agent.hpp"
#include "unit/core/safety/watched_replica.hpp"

namespace redis_agent::core {
namespace {

using testing::HasSubstr;

const std::string disk_is_full = "MISCONF Errors writing to the AOF file: No space left on device";

class a_serving_primary : public testing::Test {
 protected:
  a_serving_primary() { agent_.at(1s).redis(serving); }

  void reports(const primary_agent::change& differs) {
    agent_.redis([&](poll_report& r) { serving(r), differs(r); });
  }
  verdict judged() { return decide(agent_.seen(), agent_.set(), instant(1s)); }

  primary_agent agent_;
};

TEST_F(a_serving_primary, is_not_ready_while_its_disk_refuses_what_it_writes) {
  reports([](poll_report& r) { r.write_refusal = disk_is_full; });
  EXPECT_EQ(to_text(judged().why), to_text(reason::writes_refused));
  EXPECT_THAT(judged().explanation, HasSubstr("No space left on device"));
  reports([](poll_report&) {});
  EXPECT_EQ(to_text(judged().why), to_text(reason::primary_serving));
}

TEST_F(a_serving_primary, is_not_ready_in_cluster_mode) {
  reports([](poll_report& r) { r.server->is_clustered = true; });
  EXPECT_EQ(to_text(judged().why), to_text(reason::cluster_mode));
  EXPECT_THAT(judged().explanation, HasSubstr("cluster-enabled no"));
}

TEST_F(a_serving_primary, is_not_ready_while_it_takes_commands_without_a_password) {
  agent_.tell(door_tried{true});
  EXPECT_EQ(to_text(judged().why), to_text(reason::password_not_required));
  EXPECT_THAT(judged().explanation, HasSubstr("without a password"));
  agent_.tell(door_tried{false});
  EXPECT_EQ(to_text(judged().why), to_text(reason::primary_serving));
}

TEST_F(a_serving_primary, that_has_no_place_for_the_agent_is_alive_and_not_ready) {
  const std::string full = "ERR max number of clients reached";
  agent_.at(70s).tell(failed{peer::redis, condition_of_error(full), full, ""});
  const instant now(70s);
  EXPECT_EQ(to_text(decide(agent_.seen(), agent_.set(), now).why),
            to_text(reason::too_many_clients));
  EXPECT_TRUE(check_redis_livez(agent_.seen(), agent_.set(), now).passes());
}

class a_reading_replica : public watched_replica {
 protected:
  void begin(const std::function<void(poll_report&)>& change) {
    redis(1s, [&](poll_report& r) { at_the_primary(r), change(r); });
    primary(1s, a, 100);
    redis(1s, [&](poll_report& r) { at_the_primary(r), change(r); });
  }
  static void at_the_primary(poll_report& r) {
    in_sync(r);
    r.replication.link->primary = primary_place;
  }
  reason why() const { return decide(memory_, settings_, now_).why; }
};

TEST_F(a_reading_replica, stays_ready_while_its_own_disk_refuses) {
  begin([](poll_report& r) { r.write_refusal = disk_is_full; });
  EXPECT_EQ(to_text(why()), to_text(reason::replica_in_sync));
}

TEST_F(a_reading_replica, refuses_reads_without_its_primary_where_it_serves_no_stale_data) {
  begin([](poll_report& r) { r.serves_stale_data = false; });
  EXPECT_EQ(to_text(why()), to_text(reason::replica_in_sync));
  tell(2s, failed{peer::primary, link_condition::refused, "", ""});
  redis(4s);  // PING is answered
  EXPECT_EQ(to_text(why()), to_text(reason::reads_refused));
  EXPECT_THAT(decide(memory_, settings_, now_).explanation, HasSubstr("replica-serve-stale-data"));
  redis(5s, [](poll_report& r) { r.serves_stale_data = true; });
  EXPECT_EQ(to_text(why()), to_text(reason::replica_stale));
}

// An agent that has restarted: how far the primary is it has never heard.
TEST_F(a_reading_replica, is_not_ready_by_its_link_alone_where_the_primary_is_there) {
  redis(1s, at_the_primary);
  EXPECT_EQ(to_text(why()), to_text(reason::too_stale)) << "nobody has been asked yet";
  const std::string full = "ERR max number of clients reached";
  tell(1100ms, failed{peer::primary, condition_of_error(full), full, ""});
  redis(1200ms, at_the_primary);
  EXPECT_EQ(to_text(why()), to_text(reason::too_stale));
  EXPECT_THAT(decide(memory_, settings_, now_).explanation, HasSubstr(full));
  // It hangs up before it could be heard.
  tell(1300ms, failed{peer::primary, link_condition::closed, "", ""});
  redis(1400ms, at_the_primary);
  EXPECT_EQ(to_text(why()), to_text(reason::too_stale));
  primary(1500ms, a, 100);
  redis(1600ms, at_the_primary);
  EXPECT_EQ(to_text(why()), to_text(reason::replica_in_sync));
}

TEST_F(a_reading_replica, is_ready_by_its_link_alone_where_the_primary_is_gone) {
  redis(1s, at_the_primary);
  tell(1100ms, failed{peer::primary, link_condition::timed_out, "", ""});
  redis(1200ms, at_the_primary);
  EXPECT_EQ(to_text(why()), to_text(reason::replica_stale));
}

TEST_F(a_reading_replica, is_not_ready_by_a_link_that_still_brings_something) {
  redis(1s, at_the_primary);
  tell(1100ms, failed{peer::primary, link_condition::timed_out, "", ""});
  const auto further = [](poll_report& r) { at_the_primary(r), r.replication.offset += 50; };
  redis(2s, further);
  EXPECT_EQ(to_text(why()), to_text(reason::too_stale))
      << "who drops what this agent sends is there";
  redis(11s, further);
  EXPECT_EQ(to_text(why()), to_text(reason::too_stale));
  redis(13s, further);
  EXPECT_EQ(to_text(why()), to_text(reason::replica_stale)) << "it has brought nothing since";
}

// A lock names another primary, of which nothing is known yet.
TEST_F(a_reading_replica, stays_as_old_as_it_was_measured_to_be_when_the_primary_moves) {
  begin([](poll_report&) {});
  ASSERT_EQ(to_text(why()), to_text(reason::replica_in_sync));
  memory_.primary = {};
  memory_.primary_replication.reset();
  redis(1100ms, [](poll_report& r) { at_the_primary(r), r.replication.offset += 50; });
  EXPECT_EQ(to_text(why()), to_text(reason::replica_stale));
}

TEST_F(a_reading_replica, is_ready_by_its_link_alone_where_nobody_can_be_asked) {
  redis(1s, at_the_primary);
  redis(2s, at_the_primary);
  EXPECT_EQ(to_text(why()), to_text(reason::replica_stale));
}

// Its link is down, and the primary answers the agent.
class an_unlinked_replica : public a_reading_replica {
 protected:
  void reports(duration when) {
    primary(when, a, 100);
    redis(when, [](poll_report& r) { r.replication.link->primary = primary_place; });
  }
};

TEST_F(an_unlinked_replica, is_looked_at_when_it_has_been_so_for_a_while) {
  reports(1s);
  EXPECT_FALSE(own_link_in_doubt(memory_, now_)) << "Redis tries once a second";
  reports(4s);
  EXPECT_TRUE(own_link_in_doubt(memory_, now_));
  tell(5s, failed{peer::primary, link_condition::refused, "", ""});
  EXPECT_FALSE(own_link_in_doubt(memory_, now_)) << "the primary is gone";
}

TEST_F(an_unlinked_replica, is_not_looked_at_while_it_is_parked_or_in_sync) {
  primary(4s, a, 100);
  redis(4s, [](poll_report& r) { r.replication.link->primary = parking_place(); });
  redis(8s, [](poll_report& r) { r.replication.link->primary = parking_place(); });
  primary(8s, a, 100);
  EXPECT_FALSE(own_link_in_doubt(memory_, now_));
  redis(12s, at_the_primary);
  primary(12s, a, 100);
  EXPECT_FALSE(own_link_in_doubt(memory_, now_));
}

TEST_F(an_unlinked_replica, tells_what_its_link_meets_until_it_is_up) {
  reports(4s);
  tell(4s, own_link_tried{"WRONGPASS invalid (masterauth, for the default user)"});
  EXPECT_EQ(to_text(why()), to_text(reason::replication_refused));
  EXPECT_THAT(decide(memory_, settings_, now_).explanation, HasSubstr("WRONGPASS"));
  redis(5s, at_the_primary);
  EXPECT_EQ(memory_.sync.link_trouble, "");
  EXPECT_NE(to_text(why()), to_text(reason::replication_refused));
}

TEST(a_primary_that_copies, tells_what_its_link_meets_at_the_donor) {
  primary_agent agent;
  agent.at(1s).redis().replica(held_by_the_anchor).remember();
  const auto down = [](poll_report& r) {
    copying(r);
    r.replication.link->sync_in_progress = false;
    r.stage = link_stage::connecting;
  };
  agent.redis(down).at(4s).replica(held_by_the_anchor).redis(down);
  EXPECT_EQ(own_link_in_doubt(agent.seen(), instant(4s)), (endpoint{"10.0.0.2", 6379}));
  agent.tell(own_link_tried{"WRONGPASS invalid (masterauth, for the default user)"});
  EXPECT_THAT(agent.decision(), HasSubstr("; it refuses Redis's own link: WRONGPASS invalid"));
  agent.tell(failed{peer::pod, link_condition::closed, "", "redis-slave-0"});
  EXPECT_FALSE(own_link_in_doubt(agent.seen(), instant(4s))) << "it is gone";
}

TEST_F(an_unlinked_replica, that_was_in_sync_is_stale_and_says_why) {
  begin([](poll_report&) {});
  reports(5s);
  tell(5s, own_link_tried{"WRONGPASS invalid"});
  EXPECT_EQ(to_text(why()), to_text(reason::replica_stale));
  EXPECT_THAT(decide(memory_, settings_, now_).explanation,
              HasSubstr("the replication link is down: WRONGPASS invalid"));
  redis(6s, [](poll_report& r) {
    r.replication.link->primary = primary_place;
    r.stage = link_stage::handshake;
  });
  EXPECT_EQ(to_text(why()), to_text(reason::replica_stale)) << "no sync is being prepared";
}

}  // namespace
}  // namespace redis_agent::core
