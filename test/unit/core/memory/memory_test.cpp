#include "core/memory/memory.hpp"

#include <array>
#include <gtest/gtest.h>

#include "unit/core/memory/replica_agent.hpp"

namespace redis_agent::core {
namespace {

TEST(memory, follows_a_replica_into_sync) {
  replica_agent agent;
  EXPECT_EQ(agent.why(), reason::starting);
  agent.redis(0.1, 1, [](poll_report& r) { cut(r), r.replication.link->down_for_seconds.reset(); });
  EXPECT_EQ(agent.why(), reason::never_in_sync);
  agent.primary(0.2, 100).redis(0.3, 1, receiving);
  EXPECT_EQ(agent.why(), reason::full_sync);
  agent.primary(0.4, 100).redis(0.5, 100);
  EXPECT_EQ(agent.why(), reason::replica_in_sync);
  EXPECT_EQ(total_of(agent.seen().sync.resyncs.full), 1U);
}

TEST(memory, a_handshake_with_a_primary_that_answers_is_a_full_sync_to_come) {
  replica_agent agent;
  const auto handshake = [](poll_report& r) { cut(r), r.stage = link_stage::handshake; };
  agent.primary(0, 100).redis(0.1, 100).primary(0.2, 100).redis(0.3, 100, handshake);
  EXPECT_EQ(agent.why(), reason::full_sync);
  // The same with a primary that is silent: the data is as old as the contact, and no more.
  agent.tell(2, failed{peer::primary, link_condition::timed_out, ""}).redis(2.1, 100, handshake);
  EXPECT_EQ(agent.why(), reason::replica_stale);
}

TEST(memory, an_answer_of_the_primary_is_contact_and_no_offset) {
  replica_agent agent;
  agent.primary(0, 100).redis(0.1, 100);
  for (const double t : {1.0, 2.0, 3.0}) {
    agent.tell(t, answered{peer::primary, {}}).redis(t + 0.1, 100);
    EXPECT_EQ(agent.why(), reason::replica_in_sync);
  }
  const auto known = measure_lag(agent.seen(), at(3.1));
  ASSERT_TRUE(known);
  EXPECT_EQ(known->upper_bound, at(3.1) - at(0)) << "where it is now was not told";
  EXPECT_EQ(agent.why(5), reason::replica_stale) << "no answer for longer than the contact lasts";
  agent.tell(5.1, answered{peer::primary, {true, false, 0}}).redis(5.2, 100);
  EXPECT_FALSE(measure_lag(agent.seen(), at(5.2))) << "it loads: its offset says nothing";
}

TEST(memory, a_full_sync_forgets_that_the_replica_was_in_sync) {
  replica_agent agent;
  agent.primary(0, 100).redis(0.1, 100).redis(0.2, 100, receiving);
  // The sync breaks off while loading: the replica may be empty now.
  agent.redis(0.3, 100, cut);
  EXPECT_EQ(agent.why(), reason::never_in_sync);
}

TEST(memory, a_restarted_server_has_not_been_in_sync) {
  replica_agent agent;
  agent.primary(0, 100).redis(0.1, 100);
  agent.restart_server("run-2").redis(0.5, 100, [](poll_report& r) {
    cut(r);
    r.replication.link->down_for_seconds = 1'795'499'703;  // before 7.0: since 1970
  });
  EXPECT_EQ(agent.why(), reason::never_in_sync);
  EXPECT_EQ(agent.seen().server_restarts, 1U);
}

TEST(memory, a_restarted_agent_learns_that_the_link_was_up_before) {
  replica_agent agent;
  agent.redis(0.1, 100, [](poll_report& r) { cut(r), r.replication.link->down_for_seconds = 7; });
  EXPECT_EQ(agent.why(), reason::replica_stale);
  EXPECT_EQ(agent.seen().sync.data_as_of, at(0.1 - 67))
      << "its 7 s and what may have gone unnoticed";

  replica_agent empty;  // what a sync that broke off leaves behind
  empty.redis(0.1, 100, [](poll_report& r) { cut(r), r.details->keys = 0; });
  EXPECT_EQ(empty.why(), reason::never_in_sync);
}

TEST(memory, counts_a_cut_that_the_backlog_bridged_as_partial) {
  replica_agent agent;
  agent.primary(0, 100).redis(0.1, 100).redis(0.2, 100, cut).redis(0.3, 140);
  EXPECT_EQ(total_of(agent.seen().sync.resyncs.partial), 1U);
  EXPECT_EQ(total_of(agent.seen().sync.resyncs.full), 0U);
}

TEST(memory, counts_a_full_resync_that_no_poll_has_seen) {
  const auto began_anew = [](poll_report& r) {
    r.replication.backlog_first_offset = 151;
    r.replication.backlog_length = 10;
  };
  replica_agent while_cut;
  while_cut.primary(0, 100).redis(0.1, 100).redis(0.2, 100, cut).redis(0.3, 160, began_anew);
  EXPECT_EQ(total_of(while_cut.seen().sync.resyncs.full), 1U);
  replica_agent between_two_polls;
  between_two_polls.primary(0, 100).redis(0.1, 100).redis(0.3, 160, began_anew);
  EXPECT_EQ(total_of(between_two_polls.seen().sync.resyncs.full), 1U);
}

TEST(memory, another_history_is_a_full_resync_and_an_inherited_one_is_not) {
  replica_agent replaced;
  replaced.redis(0.1, 100).redis(0.2, 100,
                                 [](poll_report& r) { r.replication.replid = history_b; });
  EXPECT_EQ(total_of(replaced.seen().sync.resyncs.full), 1U);
  replica_agent inherited;
  inherited.redis(0.1, 100).redis(0.2, 100, [](poll_report& r) {
    r.replication.replid = history_b;
    r.replication.replid2 = history_a;
  });
  EXPECT_EQ(total_of(inherited.seen().sync.resyncs.full), 0U);
  EXPECT_EQ(total_of(inherited.seen().sync.resyncs.partial), 1U);
}

using counts = std::array<std::uint64_t, resync_causes>;

counts once(resync_cause cause) {
  counts expected{};
  expected.at(static_cast<std::size_t>(cause)) = 1;
  return expected;
}

void another_stream(poll_report& r) { r.replication.replid = history_b; }

void inherited_stream(poll_report& r) {
  r.replication.replid = history_b;
  r.replication.replid2 = history_a;
}

void elsewhere(poll_report& r) { r.replication.link->primary = {"10.0.0.9", 6379}; }

void never_up(poll_report& r) { cut(r), r.replication.link->down_for_seconds.reset(); }

void empty(poll_report& r) { never_up(r), r.details->keys = 0; }

TEST(memory, a_servers_first_sync_has_a_cause_of_its_own) {
  replica_agent fresh;
  fresh.redis(0.1, 1, empty).redis(0.2, 1, receiving).redis(0.3, 100);
  EXPECT_EQ(fresh.seen().sync.resyncs.full, once(resync_cause::first_sync));
  replica_agent with_data;
  with_data.redis(0.1, 90, never_up).redis(0.3, 100, another_stream);
  EXPECT_EQ(with_data.seen().sync.resyncs.full, once(resync_cause::redis_restarted));
  replica_agent in_its_stream;
  in_its_stream.redis(0.1, 90, never_up).redis(0.3, 100);
  EXPECT_EQ(in_its_stream.seen().sync.resyncs.partial, once(resync_cause::redis_restarted));
  replica_agent seen_to_go;
  seen_to_go.redis(0.1, 90).restart_server("run-2").redis(0.2, 1, empty).redis(0.3, 1, receiving);
  seen_to_go.redis(0.4, 100);
  EXPECT_EQ(seen_to_go.seen().sync.resyncs.full, once(resync_cause::redis_restarted));
}

TEST(memory, a_restarted_agent_does_not_know_why_a_resync_is_needed) {
  replica_agent agent;
  agent.redis(0.1, 90, cut).redis(0.2, 90, receiving).redis(0.3, 100);
  EXPECT_EQ(agent.seen().sync.resyncs.full, once(resync_cause::unknown));
  agent.redis(0.4, 100, cut).redis(0.5, 100);
  EXPECT_EQ(agent.seen().sync.resyncs.partial, once(resync_cause::link_lost));
}

TEST(memory, tells_from_stream_and_place_why_a_resync_was_needed) {
  replica_agent too_late;
  too_late.redis(0.1, 100).redis(0.2, 100, cut).redis(0.3, 100, receiving).redis(0.4, 900);
  EXPECT_EQ(too_late.seen().sync.resyncs.full, once(resync_cause::backlog_too_small));
  replica_agent broken_off;  // the first cause counts, and once
  broken_off.redis(0.1, 100).redis(0.2, 100, receiving).redis(0.3, 100, cut);
  broken_off.redis(0.4, 100, receiving).redis(0.5, 900);
  EXPECT_EQ(broken_off.seen().sync.resyncs.full, once(resync_cause::backlog_too_small));
  replica_agent restarted_there;
  restarted_there.redis(0.1, 100).redis(0.2, 100, cut).redis(0.3, 100, another_stream);
  EXPECT_EQ(restarted_there.seen().sync.resyncs.full, once(resync_cause::history_changed));
  replica_agent moved;
  moved.redis(0.1, 100).redis(0.2, 100, cut);
  moved.redis(0.3, 100, [](poll_report& r) { elsewhere(r), inherited_stream(r); });
  EXPECT_EQ(moved.seen().sync.resyncs.partial, once(resync_cause::primary_changed));
}

TEST(memory, tells_a_lost_link_from_one_that_was_led_elsewhere) {
  replica_agent parked;
  parked.redis(0.1, 100).redis(0.2, 100, [](poll_report& r) { cut(r), elsewhere(r); });
  parked.redis(0.3, 120);
  EXPECT_EQ(parked.seen().sync.resyncs.partial, once(resync_cause::redirected));
  parked.redis(0.4, 120, cut).redis(0.5, 130);
  EXPECT_EQ(total_of(parked.seen().sync.resyncs.partial), 2U) << "and the link is lost once";
  replica_agent promoted;
  promoted.redis(0.1, 100).redis(0.2, 100, [](poll_report& r) { r.replication.link.reset(); });
  promoted.redis(0.3, 100, receiving).redis(0.4, 900);
  EXPECT_EQ(promoted.seen().sync.resyncs.full, once(resync_cause::was_primary));
}

TEST(memory, knows_no_lag_behind_a_primary_that_is_silent) {
  replica_agent agent;
  agent.primary(0, 100).redis(0.1, 100);
  EXPECT_EQ(measure_lag(agent.seen(), at(0.2))->bytes, 0);
  EXPECT_EQ(measure_lag(agent.seen(), at(1.6)), std::nullopt) << "unknown, not 0";
}

TEST(memory, knows_no_lag_behind_another_history) {
  replica_agent agent;
  agent.redis(0.1, 100).primary(0.2, 5000, history_b);
  EXPECT_EQ(measure_lag(agent.seen(), at(0.2)), std::nullopt);
}

TEST(memory, an_address_that_answers_as_a_replica_is_no_primary) {
  replica_agent agent;
  poll_report replica;
  replica.replication.server_role = role::replica;
  replica.replication.replid = history_a;
  agent.redis(0.1, 100).tell(0.2, reported{peer::primary, replica});
  EXPECT_FALSE(primary_is_in_contact(agent.seen(), at(0.2)));
}

TEST(memory, a_replica_stays_ready_for_its_staleness_budget_and_no_longer) {
  replica_agent agent;
  agent.primary(0, 100).redis(0.1, 100);
  for (double t = 1; t < 400; t += 1) {
    agent.tell(t, failed{peer::primary, link_condition::timed_out, ""}).redis(t + 0.1, 100);
    const bool is_young = t + 0.1 <= 300;
    ASSERT_EQ(agent.why(), is_young ? reason::replica_stale : reason::too_stale) << t;
  }
  agent.primary(400, 100).redis(400.1, 100);
  EXPECT_EQ(agent.why(), reason::replica_in_sync);
}

TEST(memory, a_replica_that_is_left_behind_is_not_ready_until_it_has_halved_its_lag) {
  constexpr std::int64_t mib = 1 << 20;
  replica_agent agent;
  agent.primary(0, 0).redis(0.1, 0);
  EXPECT_EQ(agent.why(), reason::replica_in_sync);
  agent.primary(0.2, 17 * mib).redis(0.3, 0);
  EXPECT_EQ(agent.why(), reason::lag_too_large);
  agent.primary(0.4, 17 * mib).redis(0.5, 2 * mib);
  EXPECT_EQ(agent.why(), reason::lag_too_large) << "15 MiB: inside the budget, not yet half of it";
  agent.primary(0.6, 17 * mib).redis(0.7, 9 * mib);
  EXPECT_EQ(agent.why(), reason::replica_in_sync);
}

TEST(memory,
     a_stream_that_stands_still_while_the_primary_goes_on_is_lag_although_the_link_says_up) {
  replica_agent agent;
  for (double t = 0; t < 11; t += 0.25) {
    agent.primary(t, static_cast<std::int64_t>(1000 * t)).redis(t + 0.1, 100);
  }
  EXPECT_EQ(agent.why(), reason::lag_too_large);
}

TEST(memory, what_is_known_grows_old) {
  replica_agent agent;
  agent.primary(0, 100).redis(0.1, 100);
  EXPECT_EQ(agent.why(6), reason::observation_too_old);
}

TEST(memory, counts_polls_failures_and_connections_for_each_server) {
  replica_agent agent;
  agent.tell(0, connected{peer::redis}).redis(0.1, 1);
  agent.tell(0.2, failed{peer::redis, link_condition::closed, "end of file"});
  agent.tell(0.3, connected{peer::redis});
  const link_memory& link = agent.seen().redis;
  EXPECT_EQ(link.polls, 2U);
  EXPECT_EQ(link.connections, 2U);
  EXPECT_EQ(link.failures.at(static_cast<std::size_t>(link_condition::closed)), 1U);
  EXPECT_EQ(link.answered_at, at(0.1)) << "a closed connection is no answer";
  EXPECT_EQ(agent.seen().primary.polls, 0U);
}

TEST(memory, counts_a_change_of_address_and_keeps_the_last_one_when_dns_fails) {
  replica_agent agent;
  agent.tell(0, addresses_resolved{{{"10.0.0.1"}, 5s}});
  agent.tell(1, addresses_resolved{{{"10.0.0.1"}, 4s}});
  EXPECT_EQ(agent.seen().primary_name.changes, 0U) << "another TTL is no change";
  agent.tell(2, addresses_resolved{{{"10.0.0.2"}, 5s}});
  EXPECT_EQ(agent.seen().primary_name.changes, 1U);
  agent.tell(3, addresses_failed{"timed out"});
  EXPECT_EQ(agent.seen().primary_name.failures, 1U);
  EXPECT_EQ(agent.seen().primary_name.trouble, "timed out");
  EXPECT_EQ(agent.seen().primary_name.answer->addresses.front(), "10.0.0.2");
}

}  // namespace
}  // namespace redis_agent::core
