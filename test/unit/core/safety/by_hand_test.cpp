// What a person does at a replica between two looks of its agent.
#include "core/safety/remembering.hpp"
#include "unit/core/safety/primary_agent.hpp"
#include "unit/core/safety/watched_replica.hpp"

namespace redis_agent::core {
namespace {

replication_report promoted_from(const std::string& former) {
  replication_report told;
  told.server_role = role::primary;
  told.replid = b;
  told.replid2 = former;
  told.offset = 100;
  told.second_offset = 101;
  return told;
}

// Without a backlog the offset stands still; its agent has parked it in the moment after that.
TEST(effective_lineage, of_who_was_promoted_without_a_backlog_is_no_mere_name) {
  const replication_report told = promoted_from(a);
  own_report own{.replication = told, .is_empty = false, .was_promoted = true};
  EXPECT_EQ(effective_lineage(own, std::nullopt).begin, -1);
  own.is_anchored = true;
  EXPECT_EQ(effective_lineage(own, std::nullopt).begin, 100) << "promoted to be held";
  own.is_anchored = false;
  own.is_empty = true;
  EXPECT_EQ(effective_lineage(own, std::nullopt).begin, 100) << "nothing was written";
}

// A backlog is made when an anchor takes it, and what was noted before is true of it still.
TEST(effective_lineage, of_who_was_written_to_before_it_was_held_is_no_mere_name) {
  replication_report told = promoted_from(a);
  told.backlog_is_active = true;
  volume_memory remembered;
  remembered.history = {b, 100, {{a, 101}}, -1};
  own_report own{.replication = told, .is_empty = false, .was_promoted = true, .is_anchored = true};
  EXPECT_EQ(effective_lineage(own, remembered).begin, -1);
  remembered.history.begin = 100;
  EXPECT_EQ(effective_lineage(own, remembered).begin, 100) << "noted when it was told to be held";
}

// In the run that is remembered.
TEST(effective_lineage, of_who_has_copied_a_stranger_is_the_stranger_s) {
  const replication_report told = promoted_from(std::string(40, 'c'));
  volume_memory remembered;
  remembered.history = {a, 90};
  remembered.run_id = "run-1";
  own_report own{.replication = told, .run_id = "run-1", .is_empty = false, .is_open = true};
  EXPECT_FALSE(are_related(effective_lineage(own, remembered), {a, 90})) << "the primary";
  own.was_promoted = true;
  EXPECT_FALSE(are_related(effective_lineage(own, remembered), {a, 90}));
}

// A backup that was put there, or what was written to it by hand before its end.
TEST_F(watched_replica, gives_up_no_data_of_which_nobody_knows_whence_it_came) {
  const auto of_a_stranger = [](poll_report& r) { r.replication.replid = b; };
  redis(1s, of_a_stranger);
  primary(1s, a, 700);
  says(1s, "ours", {a, 700});
  primary(5s, a, 700);
  redis(5s, of_a_stranger);
  EXPECT_EQ(rule().why, refusal::another_history);
  redis(6s, [&](poll_report& r) { in_sync(r), of_a_stranger(r); });
  redis(7s, of_a_stranger);
  primary(7s, a, 700);
  EXPECT_EQ(rule().why, refusal::none) << "it was seen to copy that";
}

// By hand; and whatever it remembers, its volume may be a new one.
TEST_F(watched_replica, notes_the_stream_in_which_it_was_promoted_though_it_knows_none_before) {
  const auto promoted = [](poll_report& r) {
    r.replication.server_role = role::primary;
    r.replication.link.reset();
    r.replication.replid = b;
  };
  memory_.remembered.reset();
  redis(1s, promoted);
  const auto kept = choose_memory(memory_, settings_, now_);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->history.id, b);
}

// With the AOF that is being made of that nobody's data is surely here any more.
TEST_F(watched_replica, trusts_no_aof_into_which_a_strangers_data_comes) {
  memory_.remembered->aof_offset = 100;
  memory_.remembered->ended_cleanly = true;
  const auto of_a_stranger = [](poll_report& r) {
    in_sync(r);
    r.replication.replid = b;
    r.replication.link->primary = {"10.0.0.9", 6379};
    r.aof = aof_report{.is_enabled = true, .is_rewriting = true};
  };
  redis(1s, of_a_stranger);
  const auto kept = choose_memory(memory_, settings_, now_);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->history.id, a);
  EXPECT_EQ(kept->aof_offset, -1);
  EXPECT_TRUE(kept->aof_is_stale);
  EXPECT_FALSE(kept->ended_cleanly);
}

TEST_F(watched_replica, waits_in_its_handshake_for_a_primary_that_hangs_and_for_nobody_else) {
  const auto shaking_hands_with = [&](duration when, const std::string& host) {
    redis(when, [&](poll_report& r) {
      r.stage = link_stage::handshake;
      r.replication.link->primary = {host, 6379};
    });
  };
  primary(1s, a, 200);
  shaking_hands_with(1s, "10.0.0.1");
  tell(2s, failed{peer::primary, link_condition::timed_out, ""});
  shaking_hands_with(3s, "10.0.0.1");
  EXPECT_EQ(rule().act, rope_act::leave);
  shaking_hands_with(3s, "10.0.0.9");
  EXPECT_EQ(rule().act, rope_act::park);
}

// It had no replica then, and no backlog.
TEST(a_primary_that_was_closed, does_not_know_what_was_written_to_it) {
  primary_agent agent;
  const auto without_backlog = [](poll_report& r) {
    serving(r);
    r.replication.backlog_is_active = false;
  };
  agent.at(1s).redis(without_backlog);
  EXPECT_EQ(own_lineage(agent.seen()).begin, -1);
  agent.at(2s).redis([&](poll_report& r) {
    without_backlog(r);
    r.replication.server_role = role::replica;
    r.replication.link.emplace();
    r.replication.link->primary = parking_place();
    r.replication.link->offset = r.replication.offset;
  });
  EXPECT_EQ(own_lineage(agent.seen()).begin, -1);
}

}  // namespace
}  // namespace redis_agent::core
