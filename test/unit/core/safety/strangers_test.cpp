// A replica, and somebody who is not of its cluster.
#include <gmock/gmock.h>

#include "core/readiness/verdict.hpp"
#include "unit/core/safety/watched_replica.hpp"

namespace redis_agent::core {
namespace {

class an_empty_replica : public watched_replica {
 protected:
  void empty(duration when) {
    redis(when, [](poll_report& r) {
      r.details = server_details{};
      r.replication.replid = std::string(40, 'd');
      r.replication.offset = 0;
    });
  }
  void forget() { memory_.remembered.reset(); }
  void a_sibling_says(duration when, const std::string& cluster, const lineage& history) {
    statement said{.pod = "redis-slave-1", .cluster_id = cluster, .run_id = "run-of-1"};
    said.history = history;
    tell(when, stated{peer::pod, said, "redis-slave-1"});
  }
};

TEST_F(an_empty_replica, that_knows_its_cluster_follows_no_server_without_an_agent) {
  empty(1s);
  primary(1s, b, 700);
  primary(1h, b, 700);
  empty(1h);
  EXPECT_EQ(rule().why, refusal::not_yet_known);
  says(1h, "ours", {b, 700});
  EXPECT_EQ(rule().act, rope_act::follow);
}

TEST_F(an_empty_replica, follows_the_stream_that_its_volume_knows) {
  empty(1s);
  primary(1s, a, 700);
  primary(5s, a, 700);
  empty(5s);
  EXPECT_EQ(rule().act, rope_act::follow);
}

TEST_F(an_empty_replica, hears_from_another_pod_whose_it_is) {
  forget();
  empty(1s);
  primary(1s, b, 700);
  EXPECT_TRUE(wants_to_know_its_cluster(memory_));
  a_sibling_says(2s, "ours", {a, 100});
  EXPECT_FALSE(wants_to_know_its_cluster(memory_));
  primary(1h, b, 700);
  empty(1h);
  EXPECT_EQ(rule().why, refusal::not_yet_known);
  a_sibling_says(1h, "ours", {b, 690});
  EXPECT_EQ(rule().act, rope_act::follow) << "it is in that stream itself";
}

TEST_F(an_empty_replica, hears_that_another_pod_has_data_of_which_the_primary_knows_nothing) {
  forget();
  empty(1s);
  primary(1s, b, 700);
  statement said{.pod = "redis-slave-1", .run_id = "run-of-1"};
  said.history = {a, 100};
  said.has_data = true;
  tell(2s, stated{peer::pod, said, "redis-slave-1"});
  primary(1h, b, 700);
  empty(1h);
  EXPECT_EQ(rule().why, refusal::not_yet_known);
}

// Redis may have followed the name of its own file before its agent looked.
TEST_F(an_empty_replica, that_has_copied_already_is_ready_once_it_is_known_of_whom) {
  forget();
  const auto copied = [this](duration when) {
    primary(when, b, 100);
    redis(when, [](poll_report& r) { in_sync(r), r.replication.replid = b; });
  };
  copied(1s);
  EXPECT_FALSE(decide(memory_, settings_, now_).is_ready);
  copied(5s);
  EXPECT_TRUE(decide(memory_, settings_, now_).is_ready) << "nobody knows of a cluster";
  a_sibling_says(5s, "ours", {a, 100});
  copied(6s);
  const verdict judged = decide(memory_, settings_, now_);
  EXPECT_EQ(judged.why, reason::wrong_primary);
  EXPECT_THAT(judged.explanation, testing::HasSubstr("no agent says whose it is"));
}

TEST_F(an_empty_replica, believes_another_pod_against_the_primarys_agent_for_a_while) {
  forget();
  empty(1s);
  primary(1s, b, 700);
  a_sibling_says(1s, "ours", {a, 100});
  says(2s, "theirs", {b, 700});
  EXPECT_EQ(rule().why, refusal::another_cluster);
}

// The article's pods have no agent.
TEST_F(an_empty_replica, follows_whoever_is_there_where_nobody_knows_of_a_cluster) {
  forget();
  empty(1s);
  primary(1s, b, 700);
  primary(4s, b, 700);
  empty(4s);
  EXPECT_EQ(rule().act, rope_act::follow);
}

class a_replica_of_somebody_else : public watched_replica {
 protected:
  void follows(duration when, const endpoint& whom, const std::string& id) {
    redis(when, [&](poll_report& r) {
      in_sync(r);
      r.replication.link->primary = whom;
      r.replication.link->last_io_seconds = 0;
      r.replication.replid = id;
    });
  }
  bool is_ready() const { return decide(memory_, settings_, now_).is_ready; }

  const endpoint other = {"other-0.redis-headless", 6379};
};

TEST_F(a_replica_of_somebody_else, is_not_ready_by_another_name) {
  follows(1s, other, b);
  EXPECT_FALSE(is_ready());
  EXPECT_FALSE(memory_.sync.was_in_sync);
  follows(2s, by_name, a);
  EXPECT_TRUE(memory_.sync.was_in_sync);
}

TEST_F(a_replica_of_somebody_else, does_not_keep_the_age_of_what_was_here_before) {
  primary(1s, a, 100);
  follows(1s, primary_place, a);
  ASSERT_TRUE(is_ready());
  follows(2s, other, b);  // a full sync has come and gone
  EXPECT_FALSE(memory_.sync.data_as_of);
  EXPECT_FALSE(is_ready());
}

TEST_F(a_replica_of_somebody_else, is_told_by_its_stream_while_dns_says_nothing) {
  memory_.primary_name = {};
  follows(1s, {"10.0.0.9", 6379}, b);
  EXPECT_FALSE(memory_.sync.was_in_sync);
  follows(2s, {"10.0.0.9", 6379}, b);
  EXPECT_FALSE(is_ready());
  follows(3s, primary_place, a);
  EXPECT_TRUE(memory_.sync.was_in_sync) << "the volume knows that stream";
}

}  // namespace
}  // namespace redis_agent::core
