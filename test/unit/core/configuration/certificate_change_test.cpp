#include "core/configuration/certificate_change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr std::int64_t now = 1'800'000'000;
constexpr std::int64_t day = 86'400;
constexpr duration overlap = authority_overlap;

certificate_facts good() {
  return {.key_fits = true,
          .may_serve = true,
          .may_ask = true,
          .valid_from = now - 60 * day,
          .valid_until = now + 30 * day,
          .authority_from = now - 60 * day,
          .authority_until = now + 300 * day,
          .fingerprint = "a"};
}

certificate_plan plan(const certificate_change& change, const certificate_facts& installed) {
  return plan_change(change, installed, now);
}

bool is_at_once(const certificate_plan& p, certificate_step step) {
  return p.step == step && !p.is_patient;
}

bool is_patient(const certificate_plan& p, certificate_step step) {
  return p.step == step && p.is_patient;
}

TEST(certificate_change, shows_a_renewed_certificate_of_the_same_authority_at_once) {
  EXPECT_TRUE(is_at_once(plan({.has_same_authority = true}, good()), certificate_step::show));
  EXPECT_TRUE(is_at_once(plan({.has_same_authority = true, .brings_authorities = true}, good()),
                         certificate_step::show));
}

TEST(certificate_change, goes_to_a_new_authority_by_three_steps) {
  EXPECT_TRUE(is_at_once(plan({.brings_authorities = true, .drops_authorities = true}, good()),
                         certificate_step::trust));
  EXPECT_TRUE(is_patient(plan({.drops_authorities = true}, good()), certificate_step::show));
  EXPECT_TRUE(is_patient(plan({.shows_the_same = true, .drops_authorities = true}, good()),
                         certificate_step::drop));
  EXPECT_TRUE(is_at_once(plan({.shows_the_same = true}, good()), certificate_step::none));
}

TEST(certificate_change, is_patient_where_a_person_has_put_both_authorities_there_before) {
  EXPECT_TRUE(is_patient(plan({}, good()), certificate_step::show));
}

TEST(certificate_change, takes_a_new_authority_into_a_file_that_shows_the_same_at_once) {
  EXPECT_TRUE(is_at_once(plan({.shows_the_same = true, .brings_authorities = true}, good()),
                         certificate_step::trust));
}

TEST(certificate_change, waits_for_nobody_where_what_is_shown_is_of_no_use) {
  certificate_facts expired = good();
  expired.valid_until = now;
  EXPECT_TRUE(is_at_once(plan({.brings_authorities = true}, expired), certificate_step::show));
}

TEST(certificate_change, trusts_first_and_waits_no_longer_where_what_is_shown_ends_soon) {
  certificate_facts ending = good();
  ending.valid_until = now + 3600;
  EXPECT_TRUE(is_at_once(plan({.brings_authorities = true}, ending), certificate_step::trust));
  EXPECT_TRUE(is_at_once(plan({.drops_authorities = true}, ending), certificate_step::show));
  EXPECT_TRUE(is_patient(plan({.shows_the_same = true, .drops_authorities = true}, ending),
                         certificate_step::drop));
}

TEST(certificate_change, takes_a_patient_step_after_the_overlap_and_if_all_get_on_with_it) {
  using refusals = std::vector<std::string>;
  const certificate_plan patient{certificate_step::show, true};
  EXPECT_TRUE(may_take_step(patient, overlap, refusals{}));
  EXPECT_FALSE(may_take_step(patient, overlap - 1ms, refusals{}));
  EXPECT_FALSE(may_take_step(patient, 24h, refusals{"redis-slave-0"}));
  EXPECT_FALSE(may_take_step(patient, 24h, std::nullopt));
  EXPECT_TRUE(may_take_step({certificate_step::show, false}, 0ms, std::nullopt));
  EXPECT_FALSE(may_take_step({certificate_step::none, false}, 24h, refusals{}));
}

TEST(certificate_change, says_what_it_waits_for) {
  EXPECT_THAT(describe_wait(certificate_step::show, {}), HasSubstr("not shown yet: for 2 min"));
  EXPECT_THAT(describe_wait(certificate_step::drop, {"a", "b"}), HasSubstr("trusted on: a, b"));
}

}  // namespace
}  // namespace redis_agent::core
