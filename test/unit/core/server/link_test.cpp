#include "core/server/link.hpp"

#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

TEST(condition_of_error, knows_what_each_version_says) {
  EXPECT_EQ(condition_of_error("LOADING Redis is loading the dataset in memory"),
            link_condition::loading);
  EXPECT_EQ(condition_of_error("BUSY Redis is busy running a script."), link_condition::busy);
  EXPECT_EQ(condition_of_error("MASTERDOWN Link with MASTER is down"),
            link_condition::primary_down);
  EXPECT_EQ(condition_of_error("MISCONF Errors writing to the AOF file: No space left on device"),
            link_condition::disk_failing);
  EXPECT_EQ(condition_of_error("ERR max number of clients reached"),
            link_condition::too_many_clients);
  EXPECT_EQ(condition_of_error("ERR max number of clients + cluster connections reached"),
            link_condition::too_many_clients);
  EXPECT_EQ(condition_of_error("NOAUTH Authentication required."),
            link_condition::password_required);
  EXPECT_EQ(condition_of_error("WRONGPASS invalid username-password pair"),
            link_condition::password_refused);
  EXPECT_EQ(condition_of_error("ERR invalid password"), link_condition::password_refused);
  EXPECT_EQ(condition_of_error("NOPERM this user has no permissions"),
            link_condition::not_permitted);
  EXPECT_EQ(condition_of_error("DENIED Redis is running in protected mode"),
            link_condition::not_permitted);
  EXPECT_EQ(condition_of_error("ERR unknown command"), link_condition::error_reply);
  EXPECT_EQ(condition_of_error(""), link_condition::error_reply);
}

TEST(link_condition, has_a_name_for_each) {
  for (std::size_t i = 0; i < link_conditions; ++i) {
    EXPECT_NE(to_text(static_cast<link_condition>(i)), "unknown") << i;
  }
}

TEST(is_an_answer, tells_a_refusal_from_silence) {
  EXPECT_TRUE(is_an_answer(link_condition::up));
  EXPECT_TRUE(is_an_answer(link_condition::password_refused));
  EXPECT_TRUE(is_an_answer(link_condition::certificate_expired)) << "its data counts";
  EXPECT_TRUE(is_an_answer(link_condition::no_tls));
  EXPECT_TRUE(is_an_answer(link_condition::busy));
  EXPECT_TRUE(is_an_answer(link_condition::too_many_clients));
  EXPECT_FALSE(is_an_answer(link_condition::refused));
  EXPECT_FALSE(is_an_answer(link_condition::timed_out));
  EXPECT_FALSE(is_an_answer(link_condition::not_redis));
}

TEST(reconnect_after, is_at_once_and_then_up_to_a_quarter_of_a_second) {
  EXPECT_EQ(reconnect_after(0), 0ns);
  EXPECT_EQ(reconnect_after(1), 50ms);
  EXPECT_EQ(reconnect_after(2), 100ms);
  EXPECT_EQ(reconnect_after(6), 250ms);
  EXPECT_EQ(reconnect_after(4'000'000'000U), 250ms);
}

TEST(primary_poll_interval, spares_a_primary_with_many_replicas) {
  EXPECT_EQ(primary_poll_interval(250ms, 2), 250ms);
  EXPECT_EQ(primary_poll_interval(250ms, 60), 300ms);
  EXPECT_EQ(primary_poll_interval(250ms, 100), 500ms);
  EXPECT_EQ(primary_poll_interval(250ms, 1'000'000), 500ms);
  EXPECT_EQ(primary_poll_interval(2s, 100), 2s);
}

}  // namespace
}  // namespace redis_agent::core
