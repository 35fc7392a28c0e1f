// What is ordered and remembered when a server or its agent ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/core/primary_agent.hpp"

namespace redis_agent::core {
namespace {

using testing::IsEmpty;

void serve(poll_report& r) {
  r.bind = "* -::*";
  r.details->keys = 5;
  r.has_aof = true;
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

const failed is_gone{peer::redis, link_condition::refused, "", ""};

TEST(last_memory, an_aof_is_whole_when_its_process_was_seen_to_end) {
  primary_agent agent;
  agent.at(1s).redis(serve).tell(is_gone);
  ASSERT_TRUE(choose_last_memory(agent.seen()));
  EXPECT_TRUE(choose_last_memory(agent.seen())->ended_cleanly);
}

TEST(last_memory, nothing_is_known_of_one_that_still_runs_or_only_does_not_answer) {
  primary_agent agent;
  agent.at(1s).redis(serve);
  EXPECT_FALSE(choose_last_memory(agent.seen()));
  agent.tell(failed{peer::redis, link_condition::timed_out, "", ""});
  EXPECT_FALSE(choose_last_memory(agent.seen()));
}

TEST(last_memory, nothing_is_known_of_one_that_never_served_or_has_no_aof) {
  primary_agent behind_its_gate;
  behind_its_gate.at(1s).redis().tell(is_gone);
  EXPECT_FALSE(choose_last_memory(behind_its_gate.seen()));
  primary_agent without_aof;
  without_aof.at(1s)
      .redis([](poll_report& r) {
        serve(r);
        r.has_aof = false;
      })
      .tell(is_gone);
  EXPECT_FALSE(choose_last_memory(without_aof.seen()));
}

}  // namespace
}  // namespace redis_agent::core
