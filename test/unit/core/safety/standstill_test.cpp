// An agent that is stopped, or whose machine is, has asked nobody: nobody was silent meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/readiness/checks.hpp"
#include "core/safety/gate.hpp"
#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

using testing::StartsWith;

// With all that was remembered, as an RDB brings it back.
void whole(poll_report& r) {
  serving(r);
  r.bind = "127.0.0.1 -::1";
}

void ahead(poll_report& r) { r.replication.offset = r.replication.link->offset = 140; }

class an_agent : public testing::Test {
 protected:
  std::string decides(duration when) { return agent.at(when).redis(whole).decision(); }

  // Its loop goes round all the time.
  void turns(duration from, duration until) {
    for (duration when = from; when <= until; when += 250ms) agent.at(when).tell(turned{});
  }

  primary_agent agent;
};

TEST_F(an_agent, that_has_stood_still_waits_for_a_missing_pod_anew) {
  turns(1s, 2s);
  EXPECT_THAT(decides(2s), StartsWith("waits (rule 7): redis-slave-0 did not answer"));
  EXPECT_THAT(decides(60s), StartsWith("waits (rule 7): redis-slave-0 did not answer"));
  turns(60s, 89s);
  EXPECT_THAT(decides(89s), StartsWith("waits (rule 7)"));
  turns(89s, 90s);
  EXPECT_THAT(decides(90s), StartsWith("opens (rule 3)"));
}

TEST_F(an_agent, that_has_stood_still_calls_nobody_silent_for_that) {
  turns(1s, 2s);
  agent.redis(whole).replica(ahead);
  EXPECT_THAT(decides(60s), StartsWith("waits (rule 7): redis-slave-0 had 5 keys at offset 140 and "
                                       "has been silent for 0 ms"));
}

TEST_F(an_agent, that_has_stood_still_does_not_call_redis_silent_for_that) {
  turns(1s, 2s);
  agent.redis(whole).at(10min).tell(turned{});
  EXPECT_TRUE(check_redis_livez(agent.seen(), agent.set(), instant(10min)).passes());
}

TEST_F(an_agent, whose_loop_is_late_has_not_stood_still) {
  turns(1s, 2s);
  agent.redis(whole);
  for (duration when = 4900ms; when < 40s; when += 2900ms) agent.at(when).tell(turned{});
  EXPECT_THAT(decides(40s), StartsWith("opens (rule 3)"));
}

}  // namespace
}  // namespace redis_agent::core
