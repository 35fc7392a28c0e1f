// Whether a replica had all but the last moments when its primary ended, and what its link alone
// says of the age of its data.
#include <gtest/gtest.h>

#include "unit/core/memory/replica_agent.hpp"

namespace redis_agent::core {
namespace {

TEST(closeness, is_not_of_who_was_cut_off_before_the_primary_ended) {
  replica_agent with_it;
  with_it.primary(0, 100).redis(0.1, 100).redis(0.5, 100, cut);
  EXPECT_TRUE(with_it.seen().sync.was_close);
  with_it.redis(60, 100, cut);
  EXPECT_TRUE(with_it.seen().sync.was_close) << "the primary is gone since";

  replica_agent cut_off;
  cut_off.primary(0, 100).redis(0.1, 100).redis(3, 100);
  EXPECT_FALSE(cut_off.seen().sync.was_close) << "its link only looks alive";
  cut_off.redis(3.1, 100, cut);
  EXPECT_FALSE(cut_off.seen().sync.was_close);
  EXPECT_TRUE(cut_off.seen().sync.was_in_sync) << "which is another thing";
}

TEST(closeness, is_told_by_nobody_who_serves_since) {
  replica_agent agent;
  agent.primary(0, 100).redis(0.1, 100);
  agent.tell(0.2, volume_read{}).tell(0.2, volume_checked{true}).redis(0.5, 100, cut);
  ASSERT_TRUE(statement_of(agent.seen()));
  EXPECT_TRUE(statement_of(agent.seen())->was_in_sync);
  agent.redis(0.6, 100, [](poll_report& r) {
    r.replication.server_role = role::primary;
    r.replication.link.reset();
  });
  ASSERT_TRUE(statement_of(agent.seen()));
  EXPECT_FALSE(statement_of(agent.seen())->was_in_sync) << "it may have been written to";
}

// Its agent, or the server itself, may say so seconds later.
TEST(closeness, is_judged_as_of_when_the_link_broke) {
  const auto broken_for = [](std::int64_t seconds) {
    return [seconds](poll_report& r) { cut(r), r.replication.link->down_for_seconds = seconds; };
  };
  replica_agent late;
  late.primary(0, 100).redis(0.1, 100).primary(0.6, 100).redis(4, 100, broken_for(4));
  EXPECT_TRUE(late.seen().sync.was_close) << "it broke after 1 s at the latest";

  replica_agent outlived;
  outlived.primary(0, 100).redis(0.1, 100).primary(2, 100).redis(4, 100, broken_for(4));
  EXPECT_FALSE(outlived.seen().sync.was_close)
      << "the primary went on, and may have been written to";

  replica_agent cut_off;
  cut_off.primary(0, 100).redis(0.1, 100).primary(0.6, 100).redis(4, 100, broken_for(2));
  EXPECT_FALSE(cut_off.seen().sync.was_close) << "it may have broken after 3 s";

  replica_agent of_redis_6;
  of_redis_6.primary(0, 100).redis(0.1, 100).redis(4, 100, broken_for(1'795'499'703));
  EXPECT_FALSE(of_redis_6.seen().sync.was_close) << "those are the seconds since 1970";

  replica_agent behind;
  behind.primary(0, 100).redis(0.1, 100).primary(2, 300).redis(4, 200, broken_for(3));
  EXPECT_FALSE(behind.seen().sync.was_close) << "what had been written by then is not all here";

  replica_agent of_another;
  of_another.primary(0, 100).redis(0.1, 100).primary(2, 100, history_b);
  of_another.redis(4, 100, broken_for(3));
  EXPECT_FALSE(of_another.seen().sync.was_close);
}

TEST(closeness, is_not_to_the_end_of_a_primary_that_goes_on) {
  replica_agent agent;
  agent.primary(0, 100).redis(0.1, 100).redis(0.5, 100, cut);
  agent.primary(0.5, 100);
  EXPECT_TRUE(agent.seen().sync.was_close) << "it may have been asked before";
  agent.primary(0.6, 100, history_b);
  EXPECT_TRUE(agent.seen().sync.was_close) << "that is another run, or another server";
  agent.primary(0.7, 100);
  EXPECT_FALSE(agent.seen().sync.was_close) << "whoever cut them off, clients may write to it";
  agent.redis(60, 100, cut);
  EXPECT_FALSE(agent.seen().sync.was_close);
  agent.primary(61, 200).redis(61.1, 200).redis(61.2, 200);
  EXPECT_TRUE(agent.seen().sync.was_close) << "they are together again";
}

// The primary tells this agent nothing, and how much was on its way nobody knows.
TEST(closeness, is_not_what_a_link_vouches_for) {
  replica_agent agent;
  agent.tell(0, failed{peer::primary, link_condition::timed_out, ""}).redis(0.1, 100);
  ASSERT_TRUE(agent.seen().sync.data_as_of);
  agent.redis(0.2, 100).redis(0.5, 100, cut);
  EXPECT_FALSE(agent.seen().sync.was_close);
}

TEST(age_of_data, is_not_known_by_a_link_that_still_brings_something) {
  const auto read = [](std::int64_t offset) {
    return [offset](poll_report& r) { r.replication.link->read_offset = offset; };
  };
  const auto silent_for = [](std::int64_t seconds) {
    return [seconds](poll_report& r) { r.replication.link->last_io_seconds = seconds; };
  };
  const auto refused = failed{peer::primary, link_condition::too_many_clients, ""};
  replica_agent of_a_large_command;
  of_a_large_command.redis(0.1, 100, read(100)).redis(0.3, 100, read(9000)).tell(0.4, refused);
  of_a_large_command.redis(5, 100, silent_for(5));
  EXPECT_FALSE(of_a_large_command.seen().sync.data_as_of) << "nothing of it is applied";

  replica_agent before_6_2;
  before_6_2.redis(0.1, 100).redis(2, 100, silent_for(0)).tell(2.1, refused);
  before_6_2.redis(5, 100, silent_for(3));
  EXPECT_FALSE(before_6_2.seen().sync.data_as_of) << "it came since the link was seen up";

  replica_agent of_one_that_is_gone;
  of_one_that_is_gone.redis(0.1, 100, silent_for(3)).tell(0.4, refused);
  of_one_that_is_gone.redis(5, 100, silent_for(8));
  EXPECT_EQ(of_one_that_is_gone.seen().sync.data_as_of, at(5 - 8));
}

// The agent has been started anew, and does not know since when the link was dead.
TEST(age_of_data, may_be_that_of_a_dead_link_for_as_long_as_the_server_bears_one) {
  replica_agent agent;
  agent.redis(0, 100, [](poll_report& r) {
    cut(r);
    r.replication.link->down_for_seconds = 7;
    r.repl_timeout_seconds = 200;
  });
  EXPECT_EQ(agent.seen().sync.data_as_of, at(-207));
}

TEST(age_of_data, counts_functions_as_data_that_was_there) {
  replica_agent agent;
  agent.redis(0.1, 100, [](poll_report& r) {
    cut(r);
    r.details = server_details{.keys = 0, .functions = 1};
  });
  EXPECT_EQ(agent.why(), reason::replica_stale) << "only functions are no less than keys";
}

}  // namespace
}  // namespace redis_agent::core
