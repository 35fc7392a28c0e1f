#include "core/failover/renewal.hpp"

#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

// A replica that reads the lock, and is answered by failures.
class failing_lock : public testing::Test {
 protected:
  settings with_renewal(const char* each, const char* fence, const char* length) const {
    return parse_settings(subcommand::sidecar,
                          {{"failover", "lease", "--failover"},
                           {"pod-uid", "uid-1", "--pod-uid"},
                           {"lock-renewal", each, "--lock-renewal"},
                           {"lock-fence", fence, "--lock-fence"},
                           {"lock-duration", length, "--lock-duration"},
                           {"primary", "redis-master-0.redis-headless", "--primary"}},
                          "redis-slave-0")
        .values;
  }

  // How long after a failure it asks again.
  duration pause_after(const lock_failed& failure, const settings& s) const {
    memory m = begin_memory(s, now_);
    observe(m, lock_asked{lock_request{}}, now_);
    observe(m, failure, now_);
    duration waited{};
    while (!choose_request(m, s, now_ + waited)) waited += 50ms;
    return waited;
  }

  instant now_ = instant(100s);
};

TEST_F(failing_lock, is_asked_for_again_after_half_a_second_or_when_the_server_says) {
  const settings s = with_renewal("2s", "6s", "10s");
  EXPECT_EQ(pause_after({lock_trouble::unavailable, "503", {}}, s), 500ms);
  EXPECT_EQ(pause_after({lock_trouble::throttled, "429", 1s}, s), 1s);
  EXPECT_EQ(pause_after({lock_trouble::throttled, "429", 1h}, s), 2s) << "its time runs out";
}

TEST_F(failing_lock, is_asked_for_again_in_time_however_short_that_is) {
  const settings s = with_renewal("200ms", "500ms", "2s");
  EXPECT_EQ(pause_after({lock_trouble::unavailable, "503", {}}, s), 200ms);
}

}  // namespace
}  // namespace redis_agent::core
