// A lock that a person has edited, emptied, deleted or made anew, as its holder sees it.
#include <gtest/gtest.h>

#include "core/failover/lock.hpp"
#include "core/failover/renewal.hpp"
#include "core/memory/memory.hpp"

namespace redis_agent::core {
namespace {

class edited_lock : public testing::Test {
 protected:
  edited_lock()
      : settings_(parse_settings(subcommand::sidecar,
                                 {{"failover", "lease", "--failover"},
                                  {"pod-uid", "uid-0", "--pod-uid"},
                                  {"primary", "redis-master-0.redis-headless", "--primary"}},
                                 "redis-slave-0")
                      .values) {
    memory_ = begin_memory(settings_, now_);
    lock_.version = "8";
    lock_.holder = "redis-slave-0/uid-0";
    lock_.renewed_at = "2026-11-26T09:00:00.000000Z";
    lock_.term = 2;
    lock_.cluster_id = "ours";
    lock_.history_id = "stream";
    lock_.keys = 5;
    lock_.address = "10.0.0.1";
    lock_.members = {{"redis-slave-1", 100}};
    renew();
  }

  void tell(const event& e) { observe(memory_, e, now_); }
  void ask(lock_purpose purpose) { tell(lock_asked{{purpose, lock_}}); }
  void renew() {
    ask(lock_purpose::renew);
    tell(lock_answered{lock_});
  }
  void fail(lock_purpose purpose, lock_trouble what) {
    ask(purpose);
    tell(lock_failed{what, "for the test", {}});
  }
  void see(const lease& edited) {
    ask(lock_purpose::look);
    tell(lock_answered{edited});
  }
  static lease made_anew() {
    lease anew;
    anew.version = "20";
    return anew;
  }
  lock_facts facts() const { return assess_lock(memory_, settings_, now_); }
  bool serves() const { return may_serve(memory_, settings_, now_); }

  settings settings_;
  memory memory_;
  instant now_ = instant(100s);
  lease lock_;
};

TEST_F(edited_lock, that_is_made_anew_closes_its_holder_who_may_take_it_again) {
  see(made_anew());
  EXPECT_FALSE(serves());
  EXPECT_TRUE(facts().may_retake);
  EXPECT_EQ(memory_.derived, role::primary) << "whom should it follow?";
  now_ += settings_.lock_fence;
  EXPECT_FALSE(facts().may_retake) << "somebody else may have had it since";
  EXPECT_TRUE(facts().held_last);
}

TEST_F(edited_lock, goes_on_from_the_terms_that_are_known) {
  see(made_anew());
  EXPECT_EQ(latest_term(memory_), 2);
  EXPECT_EQ(facts().known_term, 2);
}

TEST_F(edited_lock, goes_on_from_the_term_that_the_service_has) {
  tell(route_known{2, "it leads to the holder of a later term", 5});
  now_ += settings_.lock_renewal;
  const auto renewal = choose_request(memory_, settings_, now_);
  ASSERT_TRUE(renewal);
  EXPECT_EQ(renewal->wanted.term, 5);
}

TEST_F(edited_lock, may_be_taken_again_after_hours_of_promises) {
  now_ += 1h;
  fail(lock_purpose::look, lock_trouble::missing);
  tell(promise_heard{"redis-slave-1", now_});
  EXPECT_TRUE(serves()) << "a deleted lock is nobody else's";
  see(made_anew());
  EXPECT_TRUE(facts().may_retake);
  now_ += settings_.lock_fence;
  EXPECT_FALSE(facts().may_retake);
}

TEST_F(edited_lock, is_not_taken_again_by_who_may_have_given_it_away) {
  fail(lock_purpose::give, lock_trouble::timed_out);
  lease emptied = lock_;
  emptied.holder.clear();
  see(emptied);
  EXPECT_FALSE(facts().may_retake);
}

TEST_F(edited_lock, that_is_emptied_while_it_names_the_next_one_may_be_taken_again) {
  lease named = lock_;
  named.version = "13";
  named.successor = "redis-slave-1";
  see(named);
  lease emptied = named;
  emptied.version = "14";
  emptied.holder.clear();
  see(emptied);
  EXPECT_TRUE(facts().held_last);
  EXPECT_TRUE(facts().may_retake);
}

TEST_F(edited_lock, that_somebody_else_has_taken_is_his) {
  see(made_anew());
  lease taken = lock_;
  taken.version = "21";
  taken.holder = "redis-slave-1/uid-1";
  taken.term = 3;
  see(taken);
  EXPECT_FALSE(facts().held_last);
  EXPECT_EQ(memory_.derived, role::replica);
}

TEST_F(edited_lock, of_an_earlier_term_closes_nobody) {
  lease edited = lock_;
  edited.version = "9";
  edited.term = 0;
  see(edited);
  EXPECT_TRUE(serves());
  now_ += settings_.lock_renewal;
  const auto request = choose_request(memory_, settings_, now_);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->wanted.term, 2);
}

TEST_F(edited_lock, of_which_an_annotation_is_unreadable_is_what_it_was) {
  lease read = lock_;
  read.version = "9";
  read.unreadable = "redis-agent.io/offset";
  read.history_id.clear();
  read.members.clear();
  read.keys = 0;
  read.address.clear();
  see(read);
  EXPECT_TRUE(serves());
  EXPECT_EQ(memory_.lock.seen->unreadable, "");
  EXPECT_EQ(memory_.lock.seen->members, lock_.members);
  EXPECT_EQ(memory_.lock.seen->keys, 5);
  read.version = "10";
  read.holder = "redis-slave-1/uid-1";
  see(read);
  EXPECT_EQ(memory_.lock.seen->unreadable, "redis-agent.io/offset") << "that is another's";
}

TEST_F(edited_lock, of_which_all_annotations_are_erased_is_what_it_was) {
  lease read;
  read.version = "9";
  read.holder = lock_.holder;
  read.renewed_at = lock_.renewed_at;
  read.term = lock_.term;
  see(read);
  EXPECT_EQ(memory_.lock.seen->members, lock_.members);
  EXPECT_EQ(memory_.lock.seen->history_id, "stream");
}

// A look after a conflict tells that nobody else has it, and those who promised still keep to it.
TEST_F(edited_lock, that_is_read_again_leaves_the_promises_as_they_are) {
  now_ += 1h;
  fail(lock_purpose::renew, lock_trouble::timed_out);
  tell(promise_heard{"redis-slave-1", now_});
  fail(lock_purpose::renew, lock_trouble::conflict);
  lease applied_late = lock_;
  applied_late.version = "9";
  see(applied_late);
  EXPECT_TRUE(serves());
}

TEST_F(edited_lock, keeps_one_of_the_renewals_of_an_outage) {
  for (int i = 0; i < 100; ++i) {
    now_ += settings_.lock_renewal;
    fail(lock_purpose::renew, lock_trouble::timed_out);
  }
  EXPECT_EQ(memory_.lock.unsure.size(), 1U);
  const std::vector<lock_member> listed = lock_.members;
  lock_.members.clear();
  fail(lock_purpose::renew, lock_trouble::timed_out);
  EXPECT_EQ(memory_.lock.unsure.size(), 2U) << "the earlier one lists more";
  EXPECT_TRUE(who_may_take(memory_.lock).contains("redis-slave-1"));
  memory_.lock.identity = "redis-slave-1/uid";
  EXPECT_FALSE(who_may_take(memory_.lock).contains("redis-slave-1"))
      << "it asks itself for nothing";
}

// Of two takes the first may be the one that is carried out.
TEST_F(edited_lock, knows_its_own_take_by_its_term) {
  lease held = lock_;
  held.holder = "redis-slave-1/uid-1";
  see(held);
  lock_.term = 3;
  lock_.renewed_at = "first";
  fail(lock_purpose::take, lock_trouble::timed_out);
  lock_.renewed_at = "second";
  fail(lock_purpose::take, lock_trouble::timed_out);
  lease carried_out = lock_;
  carried_out.renewed_at = "first";
  carried_out.version = "9";
  see(carried_out);
  EXPECT_EQ(memory_.lock.taken_term, 3);
  EXPECT_FALSE(serves()) << "since when is not known";
}

}  // namespace
}  // namespace redis_agent::core
