// A lock that nobody has the data for: all pods come back empty, or a person decides.
#include <gtest/gtest.h>

#include "core/configuration/parking.hpp"
#include "core/failover/decision.hpp"
#include "core/failover/lock.hpp"
#include "core/failover/renewal.hpp"

namespace redis_agent::core {
namespace {

// redis-master-0, which held it, and comes back after all pods have ended; so does redis-slave-0.
class left_lock : public testing::Test {
 protected:
  left_lock()
      : settings_(parse_settings(subcommand::sidecar,
                                 {{"failover", "lease", "--failover"},
                                  {"pod-uid", "uid-of-the-next-one", "--pod-uid"},
                                  {"primary", "redis-master-0.redis-headless", "--primary"}},
                                 "redis-master-0")
                      .values) {
    memory_ = begin_memory(settings_, now_);
    lock_.version = "8";
    lock_.holder = "redis-master-0/uid";
    lock_.renewed_at = "2026-11-26T09:00:00.000000Z";
    lock_.length = 10s;
    lock_.term = 2;
    lock_.cluster_id = "ours";
    lock_.history_id = "stream";
    lock_.keys = 5;
    lock_.address = "10.0.0.1";
    read();
    tell(volume_read{});
    tell(peers_resolved{
        {{{"redis-master-0.redis-headless", 6379}, {"redis-slave-0.redis-headless", 6379}}, 5s}});
    come_back();
    now_ += settings_.peer_wait_empty;
    come_back();
  }

  void tell(const event& e) { observe(memory_, e, now_); }
  void read() {
    tell(lock_asked{{lock_purpose::look, lock_}});
    tell(lock_answered{lock_});
  }

  poll_report report(const std::string& run, std::int64_t keys) const {
    poll_report told;
    told.asked_at = now_;
    told.server = server_report{"7.0.15", run, 100};
    told.details = server_details{keys, {}};
    told.replication.server_role = role::replica;
    told.replication.replid = run + "-stream";
    told.replication.link.emplace();
    told.replication.link->primary = parking_place();
    return told;
  }

  void sibling(std::int64_t keys) {
    tell(reported{peer::pod, report("sibling-run", keys), "redis-slave-0"});
    statement said{"redis-slave-0", "", "sibling-run", lineage{"sibling-run-stream", 0}};
    tell(stated{peer::pod, said, "redis-slave-0"});
  }

  void come_back() {
    tell(reported{peer::redis, report("own-run", own_keys_)});
    if (!memory_.volume_is_checked) tell(volume_checked{true});
    sibling(0);
  }

  lock_ruling ruling() const { return decide_lock(memory_, settings_, now_); }
  std::string situation() const { return describe_situation(memory_, settings_, now_); }

  std::string decide(keeping kept) {
    const person_decided word{kept, situation()};
    const auto weighed = weigh_decision(memory_, settings_, now_, word);
    tell(weighed);
    return weighed.answer;
  }

  settings settings_;
  memory memory_;
  instant now_ = instant(100s);
  lease lock_;
  std::int64_t own_keys_ = 0;
};

TEST_F(left_lock, is_taken_by_an_empty_pod_where_nobody_has_anything) {
  EXPECT_EQ(ruling().act, lock_act::take) << ruling().evidence;
  const auto request = choose_request(memory_, settings_, now_);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->wanted.keys, 5) << "the gate's rules still have to know of them";
}

TEST_F(left_lock, is_left_alone_while_others_may_still_come) {
  now_ -= 1ns;
  EXPECT_EQ(ruling().word, lock_word::another_history) << ruling().evidence;
}

TEST_F(left_lock, is_not_taken_by_an_empty_pod_beside_one_that_has_data) {
  sibling(5);
  EXPECT_EQ(ruling().word, lock_word::another_history) << ruling().evidence;
}

TEST_F(left_lock, is_not_taken_by_an_empty_pod_while_one_that_is_listed_is_silent) {
  memory_.pods["redis-slave-0"].link.condition = link_condition::unreachable;
  EXPECT_EQ(ruling().word, lock_word::another_history) << ruling().evidence;
  sibling(0);
  tell(peers_resolved{{{{"redis-master-0.redis-headless", 6379},
                        {"redis-slave-0.redis-headless", 6379},
                        {"redis-slave-1.redis-headless", 6379}},
                       5s}});
  EXPECT_EQ(ruling().word, lock_word::another_history) << ruling().evidence;
}

TEST_F(left_lock, is_not_taken_by_an_empty_pod_while_one_that_was_in_sync_is_away) {
  lock_.members = {{"redis-slave-1", 100}};
  memory_.lock.seen = lock_;
  EXPECT_EQ(ruling().word, lock_word::another_history) << ruling().evidence;
}

TEST_F(left_lock, is_taken_by_the_word_of_a_person_who_was_shown_why_it_is_not) {
  sibling(5);
  EXPECT_NE(situation().find("another_history"), std::string::npos) << situation();
  EXPECT_NE(situation().find("redis-slave-0 with sibling-"), std::string::npos) << situation();
  EXPECT_NE(describe_decision(memory_, settings_, now_).find("resolve --keep mine"),
            std::string::npos);
  EXPECT_TRUE(decide(keeping::mine).starts_with("taken"));
  EXPECT_EQ(ruling().act, lock_act::take) << ruling().evidence;
  const auto request = choose_request(memory_, settings_, now_);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->wanted.keys, 0) << "he has given up what the lock speaks of";
}

TEST_F(left_lock, is_not_taken_by_a_word_about_another_situation) {
  sibling(5);
  decide(keeping::mine);
  memory_.pods["redis-slave-0"].link.condition = link_condition::unreachable;
  EXPECT_EQ(ruling().act, lock_act::look) << "he was not shown that it is away";
}

TEST_F(left_lock, is_not_taken_by_a_word_while_its_holder_says_that_it_serves) {
  sibling(5);
  decide(keeping::mine);
  memory_.pods["redis-slave-0"].lock = lock_view{"redis-slave-0", 2, true};
  EXPECT_EQ(ruling().act, lock_act::look) << ruling().evidence;
  EXPECT_EQ(situation(), "") << "there is nothing to decide";
}

TEST_F(left_lock, leaves_nobody_to_be_followed) {
  sibling(5);
  EXPECT_TRUE(decide(keeping::theirs).starts_with(refused_answer));
  EXPECT_EQ(memory_.kept, keeping::undecided);
}

TEST_F(left_lock, is_no_persons_matter_before_others_could_have_taken_it) {
  sibling(5);
  memory_.lock.changed_at = now_ - lock_.length;
  EXPECT_EQ(ruling().word, lock_word::another_history);
  EXPECT_EQ(situation(), "");
}

}  // namespace
}  // namespace redis_agent::core
