// A volume that takes its time, and what happens meanwhile.
#include <gmock/gmock.h>

#include "core/failover/decision.hpp"
#include "unit/core/safety/primary_agent.hpp"

namespace redis_agent::core {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class a_volume : public testing::Test {
 protected:
  bool is_asked_for(duration at) { return is_to_be_read(agent.seen(), instant(at)); }
  std::string trouble(duration at) { return describe_volume_trouble(agent.seen(), instant(at)); }
  std::string decision(duration at) {
    return describe_decision(agent.seen(), agent.set(), instant(at));
  }

  primary_agent agent;
};

TEST_F(a_volume, that_cannot_be_read_is_not_taken_for_one_that_remembers_nothing) {
  agent.at(1s).redis();
  agent.seen().volume_is_read = false;
  agent.tell(volume_asked{}).tell(volume_unreadable{"open: Input/output error"});
  EXPECT_FALSE(volume_is_known(agent.seen()));
  EXPECT_EQ(agent.memory_to_be(), std::nullopt) << "it would be overwritten";
  EXPECT_THAT(decision(1s), HasSubstr("waits"));
  EXPECT_THAT(decision(1s), HasSubstr("gives redis-agent.json: open: Input/output error"));
  EXPECT_FALSE(is_asked_for(1s));
  EXPECT_TRUE(is_asked_for(2s));
}

TEST_F(a_volume, that_does_not_answer_for_two_seconds_is_said_not_to) {
  agent.at(1s).tell(volume_asked{});
  EXPECT_EQ(trouble(2s), "");
  EXPECT_EQ(trouble(3s), "it does not answer");
  EXPECT_EQ(silence_of_volume(agent.seen(), instant(4s)), 3s);
  agent.at(4s).tell(volume_written{remembered_data(100)});
  EXPECT_EQ(trouble(9s), "");
}

TEST_F(a_volume, is_asked_one_thing_at_a_time) {
  agent.seen().volume_is_checked = false;
  EXPECT_TRUE(is_asked_for(1s));
  agent.at(1s).tell(volume_asked{});
  EXPECT_FALSE(is_asked_for(60s));
}

TEST_F(a_volume, that_was_asked_before_a_restart_tells_of_the_run_before) {
  agent.at(1s).redis().tell(volume_checked{true});
  agent.redis([](poll_report& r) { r.server->run_id = "run-2"; }).tell(volume_asked{});
  agent.redis([](poll_report& r) { r.server->run_id = "run-3"; }).tell(volume_checked{true});
  EXPECT_FALSE(agent.seen().volume_is_checked);
  agent.tell(volume_asked{}).tell(volume_checked{true});
  EXPECT_TRUE(agent.seen().volume_is_checked);
}

TEST_F(a_volume, that_was_found_to_be_another_one_too_late_is_another_one) {
  agent.at(1s).redis(serving).remember();
  agent.redis([](poll_report& r) { r.server->run_id = "run-2"; }).tell(volume_asked{});
  agent.redis([](poll_report& r) { r.server->run_id = "run-3"; });
  const volume_memory others = remembered_data(700);
  agent.tell(volume_checked{.is_untouched = false, .remembered = others});
  agent.tell(volume_asked{}).tell(volume_checked{true});
  EXPECT_EQ(agent.seen().remembered, others);
  EXPECT_FALSE(agent.seen().is_noted);
  EXPECT_FALSE(agent.seen().end_was_seen);
}

TEST_F(a_volume, that_is_being_written_to_has_no_note_to_rely_on) {
  agent.at(1s).redis(serving).remember();
  ASSERT_TRUE(agent.seen().is_noted);
  agent.tell(volume_asked{.to_be_written = remembered_data(100)});
  EXPECT_FALSE(agent.seen().is_noted);
  EXPECT_FALSE(is_to_be_written(agent.seen(), remembered_data(200), instant(60s)));
  agent.tell(volume_refused{"No space left on device"});
  EXPECT_FALSE(agent.seen().is_noted) << "it may have been renamed, and not been synchronized";
}

TEST_F(a_volume, that_takes_the_proof_of_an_end_after_the_next_start_keeps_it) {
  agent.at(1s).redis(serving).remember();
  volume_memory written = *agent.seen().remembered;
  written.last_end = end_proof{written.run_id, 700, 1, 1, 0};
  agent.tell(volume_asked{.to_be_written = remembered_data(100)});
  agent.redis([](poll_report& r) { r.server->run_id = "run-2"; });
  agent.tell(volume_written{written}).tell(volume_asked{}).tell(volume_checked{true});
  ASSERT_TRUE(agent.seen().remembered);
  EXPECT_EQ(agent.seen().remembered->last_end, written.last_end);
}

}  // namespace
}  // namespace redis_agent::core
