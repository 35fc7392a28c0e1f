#include "wire/order_commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redis_agent::wire {
namespace {

using core::step;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

core::order order_of(const std::vector<step>& steps) {
  return {core::peer::redis, "", steps, {"fd00::7", 9122}, "because"};
}

TEST(order_commands, one_step_is_one_command) {
  EXPECT_THAT(commands_for(order_of({step::stand_alone})),
              ElementsAre(command{"REPLICAOF", "NO", "ONE"}));
  EXPECT_THAT(commands_for(order_of({step::follow})),
              ElementsAre(command{"REPLICAOF", "fd00::7", "9122"}));
  EXPECT_THAT(commands_for(order_of({step::listen_everywhere})),
              ElementsAre(command{"CONFIG", "SET", "bind", "* -::*"}));
}

TEST(order_commands, a_pause_tells_what_the_server_has_then) {
  core::order pause = order_of({step::pause_clients});
  pause.length = 1500us;
  EXPECT_THAT(commands_for(pause), ElementsAre(command{"MULTI"}, command{"CLIENT", "PAUSE", "2"},
                                               command{"INFO", "replication"}, command{"EXEC"}));
}

TEST(order_commands, more_than_one_is_a_transaction_in_their_order) {
  EXPECT_THAT(commands_for(order_of({step::stand_alone, step::follow})),
              ElementsAre(command{"MULTI"}, command{"REPLICAOF", "NO", "ONE"},
                          command{"REPLICAOF", "fd00::7", "9122"}, command{"EXEC"}));
}

TEST(order_commands, no_step_is_nothing) { EXPECT_THAT(commands_for(order_of({})), IsEmpty()); }

}  // namespace
}  // namespace redis_agent::wire
