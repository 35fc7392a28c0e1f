// An AOF that is smaller than its agent knew it to be on the disk: a tool has cut it, or a rewrite
// has come that nobody has seen.
#include <gtest/gtest.h>

#include "core/memory/aof_bound.hpp"
#include "core/memory/volume_memory.hpp"

namespace redis_agent::core {
namespace {

const std::string a(40, 'a');
const std::string b(40, 'b');
const std::string invented(40, 'e');

class a_cut_aof : public testing::Test {
 protected:
  a_cut_aof() {
    remembered.run_id = "run-1";
    remembered.history = {a, 100, {{b, whole_stream, 3}}};
    remembered.keys = 5;
    remembered.aof_offset = 90;
    remembered.aof_bytes = 1000;
  }

  lineage started(std::optional<std::int64_t> bytes, const std::string& run = "run-2") {
    replication_report report;
    report.replid = invented;
    return effective_lineage({.replication = report,
                              .run_id = run,
                              .is_empty = false,
                              .has_aof = true,
                              .aof_bytes = bytes},
                             remembered);
  }

  volume_memory remembered;
  lineage replica{a, 80};
};

TEST_F(a_cut_aof, is_sure_of_nothing) {
  EXPECT_TRUE(carries(started(1000), replica));
  EXPECT_TRUE(carries(started(std::nullopt), replica)) << "its size was not seen";
  const lineage cut = started(999);
  EXPECT_FALSE(carries(cut, replica));
  EXPECT_FALSE(carries(cut, lineage{b, 1}));
  EXPECT_TRUE(cut.is_estimate);
  EXPECT_TRUE(carries(lineage{a, 100}, cut)) << "no more than was there";
}

TEST_F(a_cut_aof, is_so_after_a_planned_end_too) {
  remembered.ended_cleanly = true;
  EXPECT_TRUE(carries(started(1000), lineage{a, 200}));
  EXPECT_FALSE(carries(started(999), replica));
}

TEST_F(a_cut_aof, wins_by_no_number_of_keys_and_may_be_one_that_was_rewritten) {
  const lineage cut = started(999);
  EXPECT_TRUE(cut.is_stale);
  EXPECT_TRUE(cut.may_be_remade);
  EXPECT_FALSE(carries_what_was_left(lineage{a, 100}, cut));
}

TEST_F(a_cut_aof, is_none_in_the_run_in_which_its_size_was_noted) {
  EXPECT_TRUE(carries(started(999, "run-1"), replica));
}

TEST_F(a_cut_aof, is_told_from_a_rewritten_one_which_is_noted_at_once) {
  volume_memory after = remembered;
  after.aof_bytes = 1001;
  EXPECT_FALSE(is_worth_writing(remembered, after, 0s));
  after.aof_bytes = 999;
  EXPECT_TRUE(is_worth_writing(remembered, after, 0s));
  after.aof_bytes.reset();
  EXPECT_TRUE(is_worth_writing(remembered, after, 0s));
}

class the_size_of_an_aof : public testing::Test {
 protected:
  void told(duration when, std::int64_t bytes, std::int64_t buffered = 0) {
    aof.note({.is_enabled = true, .bytes = bytes, .buffered_bytes = buffered}, {}, bytes,
             instant(when));
  }

  aof_memory aof;
};

TEST_F(the_size_of_an_aof, is_of_when_its_offset_was_written_or_flushed) {
  told(1s, 100);
  EXPECT_EQ(aof.written_bytes(), 100);
  EXPECT_EQ(aof.flushed_bytes(), 100) << "it was loaded from there";
  told(2s, 150, 10);
  EXPECT_EQ(aof.written_bytes(), 100);
  told(3s, 200);
  EXPECT_EQ(aof.written_bytes(), 200);
  EXPECT_EQ(aof.flushed_bytes(), 100);
}

TEST_F(the_size_of_an_aof, is_that_of_the_new_files_after_a_rewrite) {
  told(1s, 100);
  told(3s, 120);
  EXPECT_EQ(aof.flushed_bytes(), 100);
  told(4s, 60);
  EXPECT_EQ(aof.written_bytes(), 60);
  EXPECT_EQ(aof.flushed_bytes(), 60) << "a child has had them on the disk";
  told(5s, 61);
  EXPECT_EQ(aof.flushed(), 120);
  EXPECT_EQ(aof.flushed_bytes(), 60) << "not of before the rewrite";
  told(6s, 62);
  EXPECT_EQ(aof.flushed_bytes(), 60);
  told(7s, 63);
  EXPECT_EQ(aof.flushed_bytes(), 61);
}

// Redis 7 counts at its start what it then cuts off the end (aof.c: loadAppendOnlyFiles).
TEST_F(the_size_of_an_aof, is_not_noted_of_one_that_may_have_been_torn_until_it_is_rewritten) {
  memory m;
  m.aof = aof;
  EXPECT_EQ(noted_size(m, 100), std::nullopt);
  m.aof_bytes_are_true = true;
  EXPECT_EQ(noted_size(m, 100), 100);
  EXPECT_EQ(noted_size(m, 0), std::nullopt);

  told(1s, 100);
  told(2s, 60);
  memory rewritten;
  rewritten.aof = aof;
  EXPECT_EQ(noted_size(rewritten, 60), 60);
}

TEST_F(the_size_of_an_aof, is_known_from_when_it_is_made) {
  told(1s, 100);
  aof.begin_anew();
  aof.note({.is_enabled = true, .is_rewriting = true, .bytes = 100}, {}, 200, instant(2s));
  EXPECT_EQ(aof.flushed_bytes(), 0);
  told(3s, 60);
  EXPECT_EQ(aof.flushed_bytes(), 60);
}

}  // namespace
}  // namespace redis_agent::core
