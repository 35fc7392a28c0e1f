// What is ordered and remembered when a server or its agent ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/configuration/parking.hpp"
#include "core/safety/ending.hpp"
#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

void serve(poll_report& r) {
  r.bind = "* -::*";
  r.details->keys = 5;
  r.aof = aof_report{.is_enabled = true};
}

void serve_and_end(poll_report& r) {
  serve(r);
  r.server->is_shutting_down = true;
  r.replication.offset = 100;
  r.replication.replicas = {{{"10.0.0.2", 6379}, "online", 60, 3}};
}

TEST(remedy_at_an_end, a_replica_beyond_hope_is_not_waited_for) {
  primary_agent agent;
  agent.at(1s).redis(serve_and_end);
  ASSERT_EQ(agent.orders().size(), 1U);
  EXPECT_EQ(describe(agent.orders().front()), "CLIENT KILL TYPE replica");
}

TEST(remedy_at_an_end, one_that_may_be_in_time_is) {
  primary_agent agent;
  agent.at(1s).redis([](poll_report& r) {
    serve_and_end(r);
    r.replication.replicas.front().lag_seconds = 1;
  });
  EXPECT_THAT(agent.orders(), IsEmpty());
}

TEST(remedy_at_an_end, nothing_is_ordered_where_the_gate_is_off) {
  primary_agent agent;
  agent.set().gate = gate_choice::direct;
  agent.at(1s).redis(serve_and_end);
  EXPECT_THAT(agent.orders(), IsEmpty());
}

// A Redis 6.2 with two replicas, of which one lacks the last 40 bytes.
void old_and_serving(poll_report& r) {
  serve(r);
  r.server->version = "6.2.14";
  r.replication.offset = 100;
  r.replication.replid = former_history;
  r.replication.replicas = {{{"10.0.0.2", 6379}, "online", 60, 1},
                            {{"10.0.0.3", 6379}, "online", 100, 1}};
}

void old_and_paused(poll_report& r) {
  old_and_serving(r);
  r.details.reset();
  r.clients_are_paused = true;
}

class announced_end : public testing::Test {
 protected:
  announced_end() {
    agent.set().shutdown_timeout = 20s;
    agent.at(1s).redis(old_and_serving).tell(end_announced{});
  }

  bool hook_waits(duration at) { return !release(at); }
  std::optional<std::string> release(duration at) {
    return release_hook(agent.seen(), agent.set(), instant(at));
  }
  std::optional<end_proof> proof() { return prove_end(agent.seen(), agent.set(), instant(2s)); }

  primary_agent agent;
};

TEST_F(announced_end, pauses_the_clients_of_a_server_that_would_not_wait) {
  agent.at(3s);
  ASSERT_EQ(agent.orders().size(), 1U);
  EXPECT_EQ(describe(agent.orders().front()), "CLIENT PAUSE 18000");
  agent.redis(old_and_paused);
  EXPECT_THAT(agent.orders(), IsEmpty()) << "it is paused";
}

// Redis 7 waits for its replicas by itself, and does not say up to where.
TEST_F(announced_end, pauses_the_clients_where_a_replica_has_an_aof) {
  primary_agent other;
  other.set().shutdown_timeout = 20s;
  const auto without_aof = [](poll_report& r) {
    old_and_serving(r);
    r.server->version = "7.0.15";
    r.aof = aof_report{};
  };
  other.at(1s).redis(without_aof).replica().tell(end_announced{});
  EXPECT_THAT(other.orders(), IsEmpty());
  other.replica([](poll_report& r) { r.aof = aof_report{.is_enabled = true}; });
  ASSERT_EQ(other.orders().size(), 1U);
  EXPECT_EQ(describe(other.orders().front()), "CLIENT PAUSE 20000");
}

// Redis tells its replicas more after that, and no writes.
TEST_F(announced_end, is_where_the_clients_were_paused) {
  agent.redis(old_and_paused).replica([](poll_report& r) { r.replication.offset = 114; });
  EXPECT_EQ(proof()->offset, 100);
  EXPECT_EQ(proof()->unacknowledged_bytes, 0);
}

TEST_F(announced_end, the_hook_waits_for_each_replica_that_may_be_in_time) {
  EXPECT_TRUE(hook_waits(2s));
  agent.redis(old_and_paused);
  EXPECT_TRUE(hook_waits(2s)) << "one lacks something";
  agent.replica().replica({}, "redis-slave-1");  // at offset 100
  EXPECT_EQ(release(2s), "2 of 2 replicas have all, up to offset 100")
      << "they say themselves that they have all";
}

// Both restart beside it: what nobody has saved is in its memory alone.
TEST_F(announced_end, the_hook_waits_for_a_replica_that_is_about_to_be_attached) {
  const auto alone = [](poll_report& r) {
    old_and_serving(r);
    r.aof = aof_report{};
    r.replication.replicas.clear();
  };
  agent.at(2s).redis(alone);
  EXPECT_EQ(release(2s), "redis has no replica") << "none was there";
  agent.replica();
  EXPECT_TRUE(hook_waits(2s));
  EXPECT_THAT(agent.orders(), IsEmpty()) << "its connection would be paused";
  EXPECT_TRUE(hook_waits(11s)) << "it restarts";
  EXPECT_FALSE(hook_waits(13s)) << "it is gone";
  agent.at(13s).replica([](poll_report& r) { r.replication.link->primary = parking_place(); });
  EXPECT_FALSE(hook_waits(13s)) << "it does not come";
  agent.replica().redis(old_and_serving);
  EXPECT_TRUE(hook_waits(13s)) << "it has come, and is to have all";
  ASSERT_EQ(agent.orders().size(), 1U);
  agent.redis(alone).at(22s).replica();
  EXPECT_FALSE(hook_waits(22s)) << "it has had its time";
}

TEST_F(announced_end, the_hook_waits_until_redis_has_been_asked_again) {
  primary_agent other;
  other.set().shutdown_timeout = 20s;
  const auto alone = [](poll_report& r) { old_and_serving(r), r.replication.replicas.clear(); };
  const auto why = [&](duration at) {
    return release_hook(other.seen(), other.set(), instant(at));
  };
  other.at(1s).redis(alone).at(2s).tell(end_announced{});
  EXPECT_EQ(why(2s), std::nullopt) << "a replica may have come since";
  EXPECT_EQ(why(22s), "redis has no replica") << "it has had its time";
  other.redis(old_and_serving);
  EXPECT_EQ(why(2s), std::nullopt);
  EXPECT_THAT(other.orders(), SizeIs(1)) << "one has come, and clients are paused";
  other.redis(alone);
  EXPECT_EQ(why(2s), "redis has no replica");
}

TEST_F(announced_end, the_hook_waits_no_longer_than_the_time_allows) {
  agent.redis(old_and_paused);
  EXPECT_TRUE(hook_waits(20s));
  EXPECT_EQ(release(21s), "--shutdown-timeout is over: 1 of 2 replicas have all, up to offset 100");
}

TEST_F(announced_end, the_hook_waits_for_nobody_who_is_stuck) {
  agent.redis([](poll_report& r) {
    old_and_paused(r);
    r.replication.replicas.front().lag_seconds = 3;
  });
  EXPECT_EQ(
      release(2s),
      "1 of 2 replicas have all, up to offset 100; 10.0.0.2:6379 is given up: silent for 3 s");
  agent.redis([](poll_report& r) {
    old_and_paused(r);
    r.replication.replicas.front().state = "wait_bgsave";
  });
  EXPECT_EQ(release(2s),
            "1 of 2 replicas have all, up to offset 100; 10.0.0.2:6379 is given up: in "
            "state wait_bgsave");
}

// One that is silent and has all does not stand for one that lacks something.
TEST_F(announced_end, the_hook_waits_for_one_that_lacks_something_beside_one_that_is_stuck) {
  agent.redis([](poll_report& r) {
    old_and_paused(r);
    r.replication.replicas.back().lag_seconds = 3;
  });
  EXPECT_TRUE(hook_waits(2s));
}

TEST_F(announced_end, the_hook_does_not_wait_for_what_cannot_be) {
  agent.redis(
      [](poll_report& r) { old_and_serving(r), r.took_order = true, r.order_refusal = "NOPERM"; });
  EXPECT_EQ(release(2s), "redis refuses to pause its clients");
  EXPECT_THAT(agent.orders(), IsEmpty());
}

TEST_F(announced_end, the_hook_waits_for_no_server_that_does_it_itself_or_is_gone) {
  agent.tell(failed{peer::redis, link_condition::refused, "", ""});
  EXPECT_EQ(release(2s), "redis does not answer: refused");
  const auto newer = [](poll_report& r) { old_and_serving(r), r.server->version = "7.0.15"; };
  agent.redis(newer);
  EXPECT_TRUE(hook_waits(2s)) << "until it is paused, nobody knows where its AOF will end";
  agent.redis([&](poll_report& r) { newer(r), r.aof = aof_report{}; });
  EXPECT_EQ(release(2s), "redis waits for its replicas by itself");
  agent.redis([](poll_report& r) { old_and_serving(r), r.replication.replicas.clear(); });
  EXPECT_EQ(release(2s), "redis has no replica");
}

TEST_F(announced_end, is_proven_by_what_replicas_have) {
  agent.redis([](poll_report& r) {
    old_and_paused(r);
    r.replication.replicas.pop_back();
  });
  ASSERT_TRUE(proof());
  EXPECT_EQ(*proof(), (end_proof{"run-1", 100, 1, 0, 40}));
  EXPECT_EQ(describe(*proof()),
            "at offset 100, which 0 of 1 replicas have; none has the last 40 B");
  agent.replica();
  EXPECT_EQ(describe(*proof()), "at offset 100, which 1 of 1 replicas have");
}

TEST_F(announced_end, is_remembered_by_the_next_run_and_not_by_the_one_after_a_crash) {
  agent.remember().redis(old_and_paused);
  ASSERT_TRUE(agent.memory_to_be());
  EXPECT_EQ(agent.memory_to_be()->last_end->run_id, "run-1");
  agent.remember();
  const auto run = [&](const char* id) {
    agent.redis([&](poll_report& r) { old_and_serving(r), r.server->run_id = id; });
    agent.tell(volume_checked{true}).remember();
  };
  run("run-2");
  EXPECT_EQ(agent.memory_to_be()->last_end->run_id, "run-1");
  run("run-3");
  EXPECT_FALSE(agent.memory_to_be()->last_end) << "run-2 ended without a word";
}

// While clients write, each poll would be news: anybody may have announced it.
TEST_F(announced_end, is_not_noted_before_writes_have_ended) {
  EXPECT_FALSE(agent.memory_to_be()->last_end);
  agent.redis(old_and_paused);
  EXPECT_TRUE(agent.memory_to_be()->last_end);
  agent.redis(old_and_serving);
  EXPECT_FALSE(agent.memory_to_be()->last_end) << "the pause is over, and it still serves";
  agent.tell(failed{peer::redis, link_condition::closed, "", ""});
  EXPECT_TRUE(agent.memory_to_be()->last_end);
}

TEST_F(announced_end, is_forgotten_if_it_does_not_come) {
  agent.redis(old_and_paused).remember();
  agent.at(40s).redis(old_and_serving);
  ASSERT_TRUE(agent.memory_to_be());
  EXPECT_FALSE(agent.memory_to_be()->last_end);
  agent.tell(end_announced{});
  EXPECT_FALSE(hook_waits(40s)) << "a server ends once";
}

TEST(min_replicas, are_missed_once_they_were_there) {
  primary_agent agent;
  const auto with_good = [&](std::int64_t good) {
    agent.redis([&](poll_report& r) { serve(r), r.replication.good_replicas = good; });
    return lacks_replicas(agent.seen());
  };
  agent.at(1s).redis([](poll_report& r) { serve(r), r.min_replicas = 2; });
  EXPECT_FALSE(with_good(1)) << "they are yet to come";
  EXPECT_FALSE(with_good(2));
  EXPECT_TRUE(with_good(1));
  agent.redis([](poll_report& r) { serve(r), r.server->run_id = "run-2"; });
  EXPECT_FALSE(with_good(0)) << "in this run they are yet to come";
}

const failed is_gone{peer::redis, link_condition::refused, "", ""};

TEST(last_memory, an_aof_is_whole_when_its_clients_were_paused_until_its_end) {
  primary_agent agent;
  agent.at(1s).redis(serve).tell(end_announced{}).redis(serve).tell(is_gone);
  EXPECT_FALSE(choose_last_memory(agent.seen())) << "it may have been killed";
  agent.redis([](poll_report& r) { serve(r), r.clients_are_paused = true; }).tell(is_gone);
  ASSERT_TRUE(choose_last_memory(agent.seen()));
  EXPECT_TRUE(choose_last_memory(agent.seen())->ended_cleanly);
}

TEST(last_memory, nothing_is_known_of_one_that_still_runs_or_only_does_not_answer) {
  primary_agent agent;
  agent.at(1s).redis(serve).tell(end_announced{});
  EXPECT_FALSE(choose_last_memory(agent.seen()));
  agent.tell(failed{peer::redis, link_condition::timed_out, "", ""});
  EXPECT_FALSE(choose_last_memory(agent.seen()));
}

// Redis may not have written the last of it (appendfsync everysec).
TEST(last_memory, nothing_is_known_of_one_that_ended_without_a_word) {
  primary_agent agent;
  agent.at(1s).redis(serve).tell(is_gone);
  EXPECT_FALSE(choose_last_memory(agent.seen()));
}

TEST(last_memory, nothing_is_known_of_one_that_never_served_or_has_no_aof) {
  primary_agent behind_its_gate;
  behind_its_gate.at(1s).redis().tell(end_announced{}).tell(is_gone);
  EXPECT_FALSE(choose_last_memory(behind_its_gate.seen()));
  primary_agent without_aof;
  without_aof.at(1s)
      .redis([](poll_report& r) {
        serve(r);
        r.aof = aof_report{};
      })
      .tell(end_announced{})
      .redis([](poll_report& r) {
        serve(r);
        r.aof = aof_report{};
        r.clients_are_paused = true;
      })
      .tell(is_gone);
  EXPECT_FALSE(choose_last_memory(without_aof.seen()));
}

}  // namespace
}  // namespace redis_agent::core
