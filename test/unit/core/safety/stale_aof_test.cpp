// What a replica's volume is to remember of an AOF that a full sync has put out of date.
#include "core/safety/remembering.hpp"
#include "unit/core/safety/watched_replica.hpp"

namespace redis_agent::core {
namespace {

class stale_aof : public watched_replica {
 protected:
  // Started from its AOF, with an id of its own, it copies what the primary has.
  void copy() {
    primary(1s, a, 150);
    redis(1s, [](poll_report& r) {
      r.replication.replid = b;
      r.replication.offset = 1;
      r.aof = aof_report{.is_enabled = true};
    });
    redis(2s, [](poll_report& r) {
      r.replication.replid = b;
      r.stage = link_stage::sync;
      r.loading = loading_report{true, false, 10};
    });
  }

  void in_sync(duration when, std::int64_t offset, bool is_rewriting) {
    primary(when, a, offset);
    redis(when, [=](poll_report& r) { follow(r, offset, is_rewriting); });
  }

  // Its link is down.
  void left(duration when, std::int64_t offset, bool is_rewriting) {
    redis(when, [=](poll_report& r) {
      follow(r, offset, is_rewriting);
      r.replication.link->is_up = false;
      r.stage = link_stage::none;
    });
  }

  static void follow(poll_report& r, std::int64_t offset, bool is_rewriting) {
    r.replication.offset = offset;
    r.replication.backlog_is_active = true;
    r.replication.link->primary = primary_place;
    r.replication.link->is_up = true;
    r.replication.link->offset = offset;
    r.stage = link_stage::connected;
    r.loading = loading_report{};
    r.aof = aof_report{.is_enabled = true, .is_rewriting = is_rewriting};
  }

  std::optional<std::int64_t> reach() const {
    const auto kept = choose_memory(memory_, settings_, now_);
    return kept ? kept->aof_reach : std::nullopt;
  }

  bool is_being_made() const {
    const auto kept = choose_memory(memory_, settings_, now_);
    return kept && kept->aof_is_being_made;
  }

  void note() {
    const auto kept = choose_memory(memory_, settings_, now_);
    ASSERT_TRUE(kept);
    memory_.remembered = kept;
  }
};

TEST_F(stale_aof, reaches_no_further_than_the_copy_until_it_is_rewritten) {
  copy();
  in_sync(3s, 150, true);
  EXPECT_EQ(reach(), 150);
  EXPECT_TRUE(is_being_made());
  in_sync(4s, 200, true);
  EXPECT_EQ(reach(), 150);
  in_sync(5s, 250, false);
  EXPECT_EQ(reach(), std::nullopt);
}

TEST_F(stale_aof, is_not_forgotten_by_an_agent_that_restarts_meanwhile) {
  copy();
  in_sync(3s, 150, true);
  note();
  const auto remembered = memory_.remembered;
  memory_ = begin_memory(settings_, instant(4s));
  tell(4s, volume_read{remembered});
  tell(4s, addresses_resolved{{{"10.0.0.1"}, 5s}});
  in_sync(5s, 200, true);
  EXPECT_EQ(reach(), 150);
  EXPECT_TRUE(is_being_made());
  in_sync(6s, 250, false);
  EXPECT_EQ(reach(), std::nullopt);
}

// All lose power after that, and it has all of it.
TEST_F(stale_aof, is_noted_to_be_whole_though_the_primary_dies_before) {
  copy();
  in_sync(3s, 150, true);
  note();
  left(4s, 200, true);
  EXPECT_EQ(reach(), 150);
  left(5s, 200, false);
  note();
  EXPECT_EQ(memory_.remembered->aof_reach, std::nullopt);
  EXPECT_FALSE(memory_.remembered->aof_is_stale);
  EXPECT_EQ(memory_.remembered->history.offset, 200);
}

// It may have ended when nobody looked.
TEST(an_aof_that_was_being_made, may_be_all_of_it_or_what_was_left) {
  volume_memory remembered;
  remembered.history = {"b", 200, {}, 100};
  remembered.aof_offset = -1;
  remembered.aof_is_stale = true;
  remembered.aof_reach = 120;
  remembered.aof_is_being_made = true;
  replication_report told;
  told.replid = std::string(40, 'e');
  const own_report own{.replication = told, .is_empty = false, .has_aof = true};
  const lineage made = effective_lineage(own, remembered);
  EXPECT_TRUE(made.is_stale) << "it wins by no number of keys";
  EXPECT_FALSE(carries_what_was_left({"b", 500}, made)) << "nobody knows where it ends";
  remembered.history = made;  // noted, and killed once more
  remembered.aof_reach.reset();
  remembered.aof_is_being_made = false;
  EXPECT_FALSE(carries_what_was_left({"b", 500}, effective_lineage(own, remembered)));
}

// The disk is full: the AOF is not rewritten, and the agent's file not written.
TEST_F(stale_aof, is_told_to_the_primarys_agent_where_the_volume_takes_no_note) {
  const auto is_told = [this] { return statement_of(memory_).value().has_untold_aof; };
  copy();
  in_sync(3s, 150, true);
  EXPECT_FALSE(is_told()) << "the volume will note it";
  tell(3s, volume_refused{"no space left on device"});
  EXPECT_TRUE(is_told());
  in_sync(4s, 250, false);
  EXPECT_FALSE(is_told()) << "it goes on";
}

}  // namespace
}  // namespace redis_agent::core
