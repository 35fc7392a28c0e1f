// What an agent that restarts knows of the lock, by what the one before has left in its pod.
#include <gtest/gtest.h>

#include "core/failover/lock.hpp"
#include "core/failover/renewal.hpp"
#include "core/safety/promotion.hpp"

namespace redis_agent::core {
namespace {

class recalled_lock : public testing::Test {
 protected:
  recalled_lock()
      : settings_(parse_settings(subcommand::sidecar,
                                 {{"failover", "lease", "--failover"},
                                  {"pod-uid", "uid-1", "--pod-uid"},
                                  {"primary", "redis-master-0.redis-headless", "--primary"}},
                                 "redis-slave-0")
                      .values) {
    memory_ = begin_memory(settings_, now_);
    lock_.version = "8";
    lock_.holder = "redis-master-0/uid-0";
    lock_.renewed_at = "2026-11-26T09:00:00.000000Z";
    lock_.length = 10s;
    lock_.term = 2;
    lock_.address = "10.0.0.1";
    lock_.members = {{"redis-slave-0", 100}};
  }

  void tell(const event& e) { observe(memory_, e, now_); }
  void run(const std::string& id) { memory_.server = server_report{.run_id = id}; }

  settings settings_;
  memory memory_;
  instant now_ = instant(100s);
  lease lock_;
};

TEST_F(recalled_lock, is_this_pods_to_serve_by_with_the_server_that_it_was_taken_for) {
  lock_.holder = "redis-slave-0/uid-1";
  tell(lock_recalled{lock_, now_ - 1s, "run"});
  EXPECT_TRUE(may_serve(memory_, settings_, now_));
  EXPECT_FALSE(is_being_promoted(memory_)) << "nobody knows yet which server that is";
  run("run");
  EXPECT_TRUE(is_being_promoted(memory_));
  run("another");
  EXPECT_FALSE(is_being_promoted(memory_)) << "its data is to be weighed";
}

TEST_F(recalled_lock, that_no_server_was_to_serve_by_promotes_none) {
  lock_.holder = "redis-slave-0/uid-1";
  tell(lock_recalled{lock_, now_ - 1s, ""});
  run("");
  EXPECT_FALSE(is_being_promoted(memory_));
}

TEST_F(recalled_lock, that_is_taken_again_is_this_agents) {
  lock_.holder = "redis-slave-0/uid-1";
  tell(lock_recalled{lock_, now_ - 1s, "run"});
  run("another");
  lock_.term = 3;
  tell(lock_asked{{lock_purpose::take, lock_}});
  tell(lock_answered{lock_});
  EXPECT_TRUE(is_being_promoted(memory_));
}

TEST_F(recalled_lock, promotes_no_server_that_has_started_since_it_was_taken) {
  lock_.holder = "redis-slave-0/uid-1";
  run("run");
  tell(lock_asked{{lock_purpose::take, lock_}});
  run("another");  // before the answer, or after it
  tell(lock_answered{lock_});
  EXPECT_FALSE(is_being_promoted(memory_)) << "its data is to be weighed";
  run("run");
  EXPECT_TRUE(is_being_promoted(memory_));
}

TEST_F(recalled_lock, is_left_to_its_holder_while_nobody_can_read_it) {
  EXPECT_NE(refuse_promise(memory_, lock_.holder, 2), "");
  tell(lock_recalled{lock_, now_, ""});
  EXPECT_EQ(refuse_promise(memory_, lock_.holder, 2), "");
  EXPECT_NE(refuse_promise(memory_, lock_.holder, 3), "");
  EXPECT_FALSE(may_serve(memory_, settings_, now_));
  EXPECT_EQ(memory_.derived, role::replica);
  EXPECT_EQ(memory_.primary_at.host, "10.0.0.1");
}

TEST_F(recalled_lock, has_stood_still_for_no_time) {
  now_ += 1h;
  tell(lock_recalled{lock_, instant(100s), ""});
  EXPECT_EQ(decide_lock(memory_, settings_, now_).rule, 6);
  EXPECT_TRUE(choose_request(memory_, settings_, now_)) << "it is to be read at once";
}

}  // namespace
}  // namespace redis_agent::core
