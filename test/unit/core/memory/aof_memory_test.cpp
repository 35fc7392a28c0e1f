#include "core/memory/aof_memory.hpp"

#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

constexpr aof_report at_rest{.is_enabled = true};
constexpr aof_report buffering{.is_enabled = true, .buffered_bytes = 10};
constexpr aof_report flushing{.is_enabled = true, .pending_fsyncs = 1};
constexpr aof_report rewriting{.is_enabled = true, .is_rewriting = true};
constexpr aof_report failing{.is_enabled = true, .is_failing = true};
constexpr aof_report switched_off{};

class aof : public testing::Test {
 protected:
  void told(duration when, const aof_report& report, std::int64_t offset) {
    aof_.note(report, set_, offset, instant(when));
  }

  aof_memory aof_;
  fsync_settings set_;
};

TEST_F(aof, of_which_nothing_was_told_is_sure_of_nothing) {
  EXPECT_FALSE(aof_.is_enabled());
  EXPECT_EQ(aof_.written(), -1);
  EXPECT_EQ(aof_.flushed(), -1);
}

TEST_F(aof, is_written_once_nothing_is_buffered) {
  told(1s, at_rest, 100);
  EXPECT_TRUE(aof_.is_enabled());
  EXPECT_EQ(aof_.written(), 100);
  told(1100ms, buffering, 150);
  EXPECT_EQ(aof_.written(), 100);
  told(1200ms, at_rest, 160);
  EXPECT_EQ(aof_.written(), 160);
}

TEST_F(aof, that_is_buffered_is_written_after_three_and_a_half_seconds) {
  told(1s, buffering, 100);
  told(4500ms, buffering, 120);
  EXPECT_EQ(aof_.written(), -1);
  told(4501ms, buffering, 130);
  EXPECT_EQ(aof_.written(), 100);
}

TEST_F(aof, is_flushed_two_seconds_after_it_was_written) {
  told(1s, at_rest, 100);
  told(2999ms, at_rest, 150);
  EXPECT_EQ(aof_.flushed(), -1);
  told(3s, at_rest, 160);
  EXPECT_EQ(aof_.flushed(), 100);
  EXPECT_EQ(aof_.written(), 160);
}

TEST_F(aof, is_never_known_to_be_flushed_where_appendfsync_is_no) {
  set_.is_off = true;
  told(1s, at_rest, 100);
  told(1h, at_rest, 160);
  EXPECT_EQ(aof_.flushed(), -1);
  EXPECT_EQ(aof_.written(), 160) << "which outlives the process";
  set_.is_off = false;
  told(2h, at_rest, 170);
  EXPECT_EQ(aof_.flushed(), -1) << "an fsync of what was written before has only just begun";
  told(2h + 2s, at_rest, 170);
  EXPECT_EQ(aof_.flushed(), 170);
}

TEST_F(aof, is_not_flushed_beside_a_child_where_no_appendfsync_on_rewrite_is_yes) {
  constexpr aof_report saving{.is_enabled = true, .has_child = true};
  told(1s, at_rest, 100);
  told(3s, saving, 120);
  EXPECT_EQ(aof_.flushed(), 100) << "by default it is";
  set_.is_off_beside_child = true;
  told(60s, saving, 160);
  told(61s, at_rest, 160);
  EXPECT_EQ(aof_.flushed(), 100);
  told(63s, at_rest, 160);
  EXPECT_EQ(aof_.flushed(), 160);
}

TEST_F(aof, is_not_flushed_while_an_fsync_is_on_its_way) {
  told(1s, at_rest, 100);
  told(9s, flushing, 150);
  EXPECT_EQ(aof_.flushed(), -1);
  told(10s, at_rest, 150);
  EXPECT_EQ(aof_.flushed(), 100);
}

TEST_F(aof, of_a_disk_that_hangs_for_long_is_flushed_in_the_end) {
  for (int i = 0; i < 1000; ++i) told(i * 100ms, flushing, i);
  EXPECT_EQ(aof_.flushed(), -1);
  told(100s, at_rest, 1000);
  EXPECT_GE(aof_.flushed(), 0);
  EXPECT_LE(aof_.flushed(), 980) << "no more than had been written two seconds ago";
  told(102s, at_rest, 1000);
  EXPECT_EQ(aof_.flushed(), 1000);
}

TEST_F(aof, that_is_made_anew_is_not_there_before_its_first_rewrite_ends) {
  told(1s, rewriting, 100);
  told(9s, rewriting, 200);
  EXPECT_EQ(aof_.written(), -1) << "the file on the volume is an older one";
  told(10s, at_rest, 300);
  EXPECT_EQ(aof_.written(), 300);
}

TEST_F(aof, is_appended_to_while_it_is_rewritten) {
  told(1s, at_rest, 100);
  told(2s, rewriting, 150);
  EXPECT_EQ(aof_.written(), 100);
  told(3s, {.is_enabled = true, .is_rewriting = true, .bytes = 50}, 200);
  EXPECT_EQ(aof_.written(), 200);
  EXPECT_TRUE(aof_.has_all());
}

// Between two reports; the files on the volume are the ones of before.
TEST_F(aof, that_was_switched_off_and_on_again_has_what_it_had_until_it_is_rewritten) {
  told(1s, {.is_enabled = true, .bytes = 40}, 100);
  constexpr aof_report made_again{.is_enabled = true, .is_rewriting = true, .bytes = 50};
  told(2s, made_again, 200);
  told(3s, made_again, 300);
  EXPECT_EQ(aof_.written(), 100) << "its size stands still";
  EXPECT_FALSE(aof_.has_all());
  told(9s, {.is_enabled = true, .bytes = 90}, 400);
  EXPECT_EQ(aof_.written(), 400);
  EXPECT_TRUE(aof_.has_all());
}

TEST_F(aof, that_is_switched_off_and_on_while_it_is_rewritten_does_not_grow_from_then_on) {
  const auto rewritten = [](std::int64_t bytes) {
    return aof_report{.is_enabled = true, .is_rewriting = true, .bytes = bytes};
  };
  told(1s, {.is_enabled = true, .bytes = 40}, 100);
  told(2s, rewritten(40), 100);
  told(3s, rewritten(50), 200);
  EXPECT_EQ(aof_.written(), 200);
  told(4s, rewritten(50), 300);
  EXPECT_EQ(aof_.written(), 200);
  EXPECT_FALSE(aof_.has_all());
}

TEST_F(aof, of_which_no_size_is_known_may_be_another_while_it_is_rewritten) {
  set_.knows_sizes = false;
  told(1s, at_rest, 100);
  told(2s, rewriting, 200);
  told(3s, {.is_enabled = true, .is_rewriting = true, .bytes = 50}, 300);
  EXPECT_EQ(aof_.written(), 100) << "Redis 7 counts what no manifest names yet";
}

TEST_F(aof, that_is_not_written_to_has_no_more_than_there_was_then) {
  told(1s, rewriting, 90);
  EXPECT_EQ(aof_.reach(), std::nullopt) << "it may have been there before";
  aof_.begin_anew();
  told(1s, rewriting, 100);
  told(2s, rewriting, 150);
  EXPECT_EQ(aof_.reach(), 100);
  EXPECT_TRUE(aof_.is_being_made()) << "and may have all at any moment";
  told(3s, at_rest, 200);
  EXPECT_EQ(aof_.reach(), std::nullopt);
  EXPECT_FALSE(aof_.is_being_made());
  told(4s, rewriting, 250);
  EXPECT_EQ(aof_.reach(), std::nullopt) << "it is appended to meanwhile";
  told(5s, failing, 300);
  told(6s, failing, 350);
  EXPECT_EQ(aof_.reach(), 300);
  told(7s, at_rest, 400);
  told(8s, switched_off, 450);
  told(9s, switched_off, 500);
  EXPECT_EQ(aof_.reach(), 450);
  EXPECT_FALSE(aof_.is_being_made());
}

// BGREWRITEAOF by hand, or of a disk that is full.
TEST_F(aof, that_is_not_written_to_may_be_rewritten_all_the_same) {
  told(1s, at_rest, 90);
  told(2s, switched_off, 100);
  told(3s, {.is_rewriting = true}, 150);
  EXPECT_TRUE(aof_.is_being_made());
  told(4s, switched_off, 200);
  EXPECT_EQ(aof_.reach(), 200);
  told(5s, switched_off, 250);
  EXPECT_EQ(aof_.reach(), 200);
}

// Between two reports the disk may have taken some, or a rewrite of it all.
TEST_F(aof, of_a_full_disk_that_changes_all_the_same_may_reach_as_far_as_the_server) {
  aof_report full = failing;
  full.bytes = 1000;
  told(1s, at_rest, 90);
  told(2s, full, 100);
  told(3s, full, 150);
  EXPECT_EQ(aof_.reach(), 100);
  full.bytes = 1040;
  told(4s, full, 200);
  EXPECT_EQ(aof_.reach(), 200);
  full.bytes = 300;
  told(5s, full, 250);
  told(6s, full, 300);
  EXPECT_EQ(aof_.reach(), 250);
}

TEST_F(aof, that_is_switched_off_has_stopped_growing) {
  told(1s, at_rest, 100);
  told(2s, switched_off, 500);
  EXPECT_FALSE(aof_.is_enabled());
  EXPECT_EQ(aof_.written(), 100);
  told(9s, switched_off, 900);
  EXPECT_EQ(aof_.written(), 100);
  EXPECT_EQ(aof_.flushed(), -1) << "that nobody has looked at since";
  told(10s, rewriting, 1000);
  EXPECT_EQ(aof_.written(), 100) << "it is made anew";
  told(11s, at_rest, 1100);
  EXPECT_EQ(aof_.written(), 1100);
}

TEST_F(aof, that_fails_is_as_far_as_it_was) {
  told(1s, at_rest, 100);
  told(1100ms, buffering, 150);
  told(2s, failing, 200);
  EXPECT_TRUE(aof_.is_enabled());
  told(9s, failing, 300);
  EXPECT_EQ(aof_.written(), 100);
  told(10s, at_rest, 400);
  EXPECT_EQ(aof_.written(), 400);
}

}  // namespace
}  // namespace redis_agent::core
