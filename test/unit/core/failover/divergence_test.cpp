#include "core/failover/divergence.hpp"

#include <functional>
#include <gtest/gtest.h>

#include "core/orders/remedy.hpp"
#include "core/safety/rope.hpp"

namespace redis_agent::core {
namespace {

const std::string a(40, 'a');
const std::string b(40, 'b');
const std::string c(40, 'c');
const std::string zeros(40, '0');

divergence parting_of(const lineage& own, const lineage& holders) {
  divergence d;
  find_parting(d, own, holders);
  return d;
}

TEST(parting, is_where_the_holder_took_over) {
  const divergence d = parting_of({a, 240}, {b, 500, {{a, 121}}});
  EXPECT_EQ(d.from, 121);
  EXPECT_EQ(d.to, 240);
  EXPECT_EQ(d.bytes(), 120);
}

TEST(parting, counts_on_through_a_promotion_of_this_pods_own) {
  const divergence d = parting_of({c, 240, {{a, 181, 20}}, 180}, {b, 500, {{a, 121}}});
  EXPECT_EQ(d.from, 121);
  EXPECT_EQ(d.bytes(), 120);
}

TEST(parting, is_no_later_than_the_end_of_the_shared_stream_here) {
  const divergence d = parting_of({c, 240, {{a, 181, 20}}, 180}, {b, 500, {{a, 200}}});
  EXPECT_EQ(d.from, 181);
  EXPECT_EQ(d.bytes(), 60);
}

TEST(parting, of_an_aof_has_no_number_of_bytes) {
  lineage own{c, 0, {{a, 181, 20, 300}}, 0};
  own.is_estimate = true;
  const divergence d = parting_of(own, {b, 500, {{a, 121}}});
  EXPECT_EQ(d.from, 121);
  EXPECT_EQ(d.bytes(), std::nullopt);
}

TEST(parting, of_a_stream_that_got_another_name_at_a_start_is_in_the_one_before) {
  const divergence d = parting_of({c, 0, {{a, 181, 20}}, 0}, {b, 500, {{a, 121}}});
  EXPECT_EQ(d.from, 121);
  EXPECT_EQ(d.bytes(), 60);
}

TEST(parting, of_another_data_set_is_unknown) {
  const divergence d = parting_of({a, 240}, {b, 500, {{c, 121}}});
  EXPECT_EQ(d.from, -1);
  EXPECT_EQ(d.bytes(), std::nullopt);
}

// redis-master-0, which was cut off at offset 120 and wrote up to 240, after redis-slave-0 has
// taken over in term 2.
class old_primary : public testing::Test {
 protected:
  old_primary()
      : settings_(parse_settings(subcommand::sidecar,
                                 {{"failover", "lease", "--failover"},
                                  {"pod-uid", "uid-0", "--pod-uid"},
                                  {"primary", "redis-master-0.redis-headless", "--primary"}},
                                 "redis-master-0")
                      .values) {
    memory_ = begin_memory(settings_, instant(0s));
    volume_memory remembered;
    remembered.cluster_id = "ours";
    remembered.history = {a, 120};
    tell(volume_read{remembered});
    lock_.version = "8";
    lock_.holder = "redis-slave-0/uid-1";
    lock_.renewed_at = "2026-11-26T09:00:00.000000Z";
    lock_.term = 2;
    lock_.cluster_id = "ours";
    lock_.keys = 5;
    lock_.address = "10.0.0.1";
    tell(lock_answered{lock_});
    redis();
    holder();
    says();
  }

  void tell(const event& e) { observe(memory_, e, now_); }

  void redis(const std::function<void(poll_report&)>& change = {}) {
    poll_report report;
    report.asked_at = now_;
    report.server = server_report{"7.0.15", "own-run", 100};
    report.details = server_details{5, {}};
    replication_report& r = report.replication;
    r.server_role = role::replica;
    r.replid = a;
    r.replid2 = zeros;
    r.offset = 240;
    r.backlog_is_active = true;
    r.backlog_first_offset = 1;
    r.backlog_length = 240;
    r.link.emplace();
    r.link->primary = parking_place();
    r.link->offset = 240;
    r.link->down_for_seconds = 3;
    if (change) change(report);
    tell(reported{peer::redis, report});
    if (!memory_.volume_is_checked) tell(volume_checked{true});
  }

  static void anchored(poll_report& report) {
    report.replication.link->primary = {"127.0.0.1", 9122};
    report.replication.link->is_up = true;
  }

  void holder(const std::function<void(poll_report&)>& change = {}) {
    poll_report report;
    report.asked_at = now_;
    report.server = server_report{"7.0.15", "holders-run", 100};
    report.server_address = "10.0.0.1";
    report.replication.replid = b;
    report.replication.replid2 = a;
    report.replication.second_offset = 121;
    report.replication.offset = 500;
    if (change) change(report);
    tell(reported{peer::primary, report});
  }

  void says(const std::function<void(statement&)>& change = {}) {
    statement said{"redis-slave-0", "ours", "holders-run", {b, 500, {{a, 121}}}};
    said.lock = lock_view{"redis-slave-0", 2, true};
    if (change) change(said);
    tell(stated{peer::primary, said});
  }

  keeping_step choose() const { return choose_keeping(memory_, settings_, now_); }
  rope_ruling rope() const { return decide_rope(memory_, settings_, now_); }
  std::string ordered() const {
    const auto orders = core::choose(memory_, settings_, now_);
    return orders.empty() ? "" : describe(orders.front());
  }
  void expect_nothing() const { EXPECT_EQ(choose().act, keeping_act::none); }
  void keep(const kept_lost& kept) {
    const divergence found = *find_divergence(memory_, settings_, now_);
    tell(divergence_found{found, true});
    tell(lost_kept{found, kept});
  }

  settings settings_;
  memory memory_;
  instant now_ = instant(100s);
  lease lock_;
};

TEST_F(old_primary, is_held_at_its_own_anchor_and_read) {
  EXPECT_EQ(rope().why, refusal::behind);
  EXPECT_EQ(choose().act, keeping_act::hold_at_anchor);
  EXPECT_EQ(choose().what.bytes(), 120);
  EXPECT_EQ(ordered(), "REPLICAOF 127.0.0.1 9122");
  redis(anchored);
  EXPECT_EQ(choose().act, keeping_act::read_stream);
  EXPECT_EQ(ordered(), "");
}

TEST_F(old_primary, follows_once_it_is_kept) {
  redis(anchored);
  keep({kept_form::stream, "/data/lost", ""});
  EXPECT_EQ(rope().act, rope_act::follow);
  EXPECT_EQ(ordered(), "REPLICAOF 10.0.0.1 6379");
  expect_nothing();
  EXPECT_EQ(memory_.lost.bytes_total, 120U);
}

TEST_F(old_primary, follows_no_other_holder_for_that) {
  keep({kept_form::stream, "/data/lost", ""});
  ASSERT_EQ(rope().why, refusal::none);
  const memory before = memory_;
  holder([](poll_report& report) { report.server->run_id = "another-run"; });
  EXPECT_NE(rope().why, refusal::none);
  memory_ = before;
  lock_.version = "9";
  lock_.term = 3;
  tell(lock_answered{lock_});
  EXPECT_NE(rope().why, refusal::none);
  memory_ = before;
  redis([](poll_report& report) { report.replication.offset = 241; });
  EXPECT_NE(rope().why, refusal::none);
}

TEST_F(old_primary, waits_for_a_person_where_one_decides) {
  settings_.after_divergence = opening::hold;
  redis(anchored);
  keep({kept_form::stream, "/data/lost", ""});
  EXPECT_EQ(rope().why, refusal::behind);
  EXPECT_EQ(ordered(), "REPLICAOF 127.0.0.1 1");
  expect_nothing();
}

TEST_F(old_primary, follows_though_a_person_decides_where_only_pings_are_lost) {
  settings_.after_divergence = opening::hold;
  keep({kept_form::nothing, "", "pings", true});
  EXPECT_EQ(rope().act, rope_act::follow);
  EXPECT_EQ(memory_.lost.bytes_total, 0U);
}

TEST_F(old_primary, is_saved_whole_where_its_backlog_does_not_reach_back) {
  redis([](poll_report& report) {
    report.replication.backlog_first_offset = 122;
    report.replication.backlog_length = 119;
  });
  EXPECT_EQ(choose().act, keeping_act::save_rdb);
  EXPECT_EQ(ordered(), "");
}

TEST_F(old_primary, is_saved_whole_after_a_restart) {
  redis([](poll_report& report) { report.replication.backlog_is_active = false; });
  EXPECT_EQ(choose().act, keeping_act::save_rdb);
}

TEST_F(old_primary, is_saved_whole_where_more_is_lost_than_may_be_kept) {
  settings_.keep_lost_max = 119;
  EXPECT_EQ(choose().act, keeping_act::save_rdb);
  settings_.keep_lost_max = 120;
  EXPECT_EQ(choose().act, keeping_act::hold_at_anchor);
  settings_.keep_lost_max = 0;
  EXPECT_EQ(choose().act, keeping_act::give_up);
}

TEST_F(old_primary, is_saved_whole_where_its_server_does_not_come_to_the_anchor) {
  tell(divergence_found{choose().what});
  now_ += 16s;
  redis();
  holder();
  says();
  EXPECT_EQ(choose().act, keeping_act::save_rdb);
}

TEST_F(old_primary, gives_up_after_both_have_failed) {
  redis(anchored);
  const divergence found = choose().what;
  tell(divergence_found{found, true});
  tell(lost_not_kept{found, kept_form::stream, "no room"});
  EXPECT_EQ(choose().act, keeping_act::save_rdb);
  tell(lost_not_kept{found, kept_form::rdb, "no room either"});
  EXPECT_EQ(choose().act, keeping_act::give_up);
  EXPECT_EQ(choose().why, "no room; and no RDB: no room either");
  keep({kept_form::nothing, "", choose().why});
  EXPECT_EQ(rope().act, rope_act::follow);
  settings_.after_divergence = opening::hold;
  EXPECT_EQ(rope().why, refusal::behind);
}

TEST_F(old_primary, never_gives_up_another_data_set_that_was_not_kept) {
  const lineage stranger{b, 500, {{c, 121}}};
  holder([](poll_report& report) { report.replication.replid2 = c; });
  says([&](statement& said) { said.history = stranger; });
  EXPECT_EQ(choose().act, keeping_act::save_rdb);
  const memory before = memory_;
  keep({kept_form::nothing, "", "no room"});
  EXPECT_EQ(rope().why, refusal::another_history);
  memory_ = before;
  keep({kept_form::rdb, "/data/lost", ""});
  EXPECT_EQ(rope().act, rope_act::follow);
}

TEST_F(old_primary, leaves_its_server_alone_while_that_is_read) {
  redis(anchored);
  tell(divergence_found{choose().what, true});
  says([](statement& said) { said.lock->serves = false; });
  EXPECT_EQ(choose().act, keeping_act::none);
  EXPECT_EQ(ordered(), "");
}

TEST_F(old_primary, does_nothing_about_a_holder_that_does_not_serve) {
  says([](statement& said) { said.lock->serves = false; });
  expect_nothing();
  says([](statement& said) { said.lock->term = 1; });
  expect_nothing();
  says([](statement& said) { said.lock->holder = "redis-slave-1"; });
  expect_nothing();
  says([](statement& said) { said.lock.reset(); });
  expect_nothing();
  says();
  holder([](poll_report& report) { report.replication.server_role = role::replica; });
  expect_nothing();
}

TEST_F(old_primary, does_nothing_about_another_cluster) {
  says([](statement& said) { said.cluster_id = "theirs"; });
  expect_nothing();
  says([](statement& said) { said.cluster_id.clear(); });
  expect_nothing();
}

// Its node was lost before its agent had noted the cluster's name.
TEST_F(old_primary, is_of_the_holders_cluster_by_their_stream_where_its_name_was_not_noted_yet) {
  volume_memory remembered;
  remembered.history = {a, 120};
  tell(volume_read{remembered});
  EXPECT_EQ(choose().act, keeping_act::hold_at_anchor);
}

TEST_F(old_primary, does_nothing_about_a_holder_that_has_been_emptied) {
  poll_report emptied;
  emptied.asked_at = now_;
  emptied.server = server_report{"7.0.15", "holders-run", 100};
  emptied.details = server_details{0, {}};
  tell(reported{peer::pod, emptied, "redis-slave-0"});
  expect_nothing();
}

TEST_F(old_primary, does_nothing_without_the_agents_word) {
  now_ += 4s;
  redis();
  holder();
  expect_nothing();
}

TEST_F(old_primary, does_nothing_while_its_server_follows_or_is_a_primary) {
  redis([](poll_report& report) { report.replication.link->primary = {"10.0.0.3", 6379}; });
  expect_nothing();
  redis([](poll_report& report) {
    report.replication.link.reset();
    report.replication.server_role = role::primary;
  });
  expect_nothing();
}

TEST_F(old_primary, that_has_nothing_of_its_own_just_follows) {
  redis([](poll_report& report) {
    report.replication.offset = 120;
    report.replication.link->offset = 120;
  });
  expect_nothing();
  EXPECT_EQ(rope().act, rope_act::follow);
}

}  // namespace
}  // namespace redis_agent::core
