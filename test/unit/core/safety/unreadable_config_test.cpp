// A primary's gate where CONFIG may not be read: renamed, or forbidden by an ACL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/safety/gate.hpp"
#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class an_unreadable_config : public testing::Test {
 protected:
  // As new as can be, and behind a gate of the old form, as init writes it for all ages.
  static void parked(poll_report& r) {
    replica_of_nobody(r);
    r.server->version = "7.0.15";
    r.bind.reset();
  }
  static void standing_alone(poll_report& r) {
    serving(r);
    r.bind.reset();
  }
  std::vector<order> orders() {
    agent_.remember();
    return agent_.orders();
  }

  primary_agent agent_;
};

TEST_F(an_unreadable_config, puts_nothing_into_the_opening_that_may_undo_it) {
  agent_.at(1s).redis(parked).replica();
  ASSERT_THAT(orders(), SizeIs(1));
  EXPECT_EQ(describe(orders().front()), "REPLICAOF NO ONE");
}

TEST_F(an_unreadable_config, is_made_up_for_by_the_pods_own_address) {
  agent_.at(1s).redis(parked).replica().redis(standing_alone);
  EXPECT_TRUE(gate_is_closed(agent_.seen(), agent_.set()));
  EXPECT_EQ(describe(orders().front()), "CONFIG SET bind \"* -::*\"") << "alone it harms nothing";
  agent_.tell(reach_tried{true});
  EXPECT_FALSE(gate_is_closed(agent_.seen(), agent_.set()));
  EXPECT_THAT(orders(), IsEmpty());
  agent_.tell(reach_tried{false});
  EXPECT_TRUE(gate_is_closed(agent_.seen(), agent_.set()));
}

TEST_F(an_unreadable_config, is_unknown_again_in_the_next_run) {
  agent_.at(1s).redis(standing_alone).tell(reach_tried{true});
  agent_.redis([](poll_report& r) { standing_alone(r), r.server->run_id = "run-2"; });
  EXPECT_TRUE(gate_is_closed(agent_.seen(), agent_.set()));
}

}  // namespace
}  // namespace redis_agent::core
