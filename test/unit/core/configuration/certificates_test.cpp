#include "core/configuration/certificates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/memory/certificate_memory.hpp"

namespace redis_agent::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t now = 1'800'000'000;
constexpr std::int64_t day = 86'400;

certificate_facts good() {
  return {.key_fits = true,
          .may_serve = true,
          .may_ask = true,
          .valid_from = now - day,
          .valid_until = now + 30 * day,
          .authority_until = now + 300 * day,
          .fingerprint = "a"};
}

TEST(certificates, has_a_word_for_each_fault) {
  const auto fault = [](auto change) {
    certificate_facts facts = good();
    change(facts);
    return find_fault(facts, now);
  };
  EXPECT_EQ(fault([](auto&) {}), certificate_fault::none);
  EXPECT_EQ(fault([](auto& f) { f.unread = "x"; }), certificate_fault::unreadable);
  EXPECT_EQ(fault([](auto& f) { f.key_fits = false; }), certificate_fault::key_mismatch);
  EXPECT_EQ(fault([](auto& f) { f.untrusted = "x"; }), certificate_fault::untrusted);
  EXPECT_EQ(fault([](auto& f) { f.may_serve = false; }), certificate_fault::no_server_usage);
  EXPECT_EQ(fault([](auto& f) { f.may_ask = false; }), certificate_fault::no_client_usage);
  EXPECT_EQ(fault([](auto& f) { f.valid_from = now + 1; }), certificate_fault::not_yet_valid);
  EXPECT_EQ(fault([](auto& f) { f.valid_until = now; }), certificate_fault::expired);
  EXPECT_EQ(fault([](auto& f) { f.authority_until = now; }), certificate_fault::expired);
}

TEST(certificates, tells_what_would_be_right) {
  certificate_facts facts = good();
  EXPECT_THAT(describe_fault(facts, certificate_fault::no_client_usage),
              HasSubstr("expected the usages server auth and client auth"));
  EXPECT_EQ(describe_fault(facts, certificate_fault::none), "");
  facts.valid_until = 1'798'761'600;
  EXPECT_EQ(describe_fault(facts, certificate_fault::expired),
            "tls.crt has expired at 2027-01-01T00:00:00Z");
  facts.authority_until = facts.valid_until - 1;
  EXPECT_THAT(describe_fault(facts, certificate_fault::expired), HasSubstr("ca.crt"));
}

TEST(certificates, installs_no_bad_set_for_a_good_one) {
  certificate_facts expired = good();
  expired.valid_until = now - 1;
  certificate_facts mismatch = good();
  mismatch.key_fits = false;
  EXPECT_TRUE(is_to_be_installed(good(), good(), now));
  EXPECT_TRUE(is_to_be_installed(good(), std::nullopt, now));
  EXPECT_FALSE(is_to_be_installed(mismatch, std::nullopt, now)) << "Redis does not start with it";
  EXPECT_FALSE(is_to_be_installed(mismatch, expired, now));
  EXPECT_FALSE(is_to_be_installed(expired, good(), now));
  EXPECT_TRUE(is_to_be_installed(expired, std::nullopt, now)) << "Redis starts with it";
  EXPECT_TRUE(is_to_be_installed(expired, expired, now));
}

TEST(certificates, warns_of_the_end_and_of_a_secret_that_is_broken) {
  certificate_memory known{.is_used = true, .installed = good(), .looked_at = now};
  EXPECT_THAT(certificate_warnings(known), IsEmpty());
  known.looked_at = known.installed->valid_until - 3 * day;
  EXPECT_THAT(certificate_warnings(known), ElementsAre(HasSubstr("tls.crt ends at ")));
  known.looked_at = known.installed->valid_until + 1;
  EXPECT_THAT(certificate_warnings(known), ElementsAre(HasSubstr("no new one by TLS")));
  known.looked_at = now;
  known.trouble = "tls.key is not the key of tls.crt";
  EXPECT_THAT(certificate_warnings(known), ElementsAre(HasSubstr("redis keeps those")));
  EXPECT_THAT(certificate_warnings({.trouble = "x"}), IsEmpty()) << "without TLS";
}

TEST(certificates, warns_of_a_short_life_in_its_last_tenth_alone) {
  certificate_memory known{.is_used = true, .installed = good()};
  known.installed->valid_from = now;
  known.installed->valid_until = now + day;
  known.looked_at = now + day - 3 * day / 24;
  EXPECT_THAT(certificate_warnings(known), IsEmpty());
  EXPECT_FALSE(ends_soon(known));
  known.looked_at = now + day - 2 * day / 24;
  EXPECT_THAT(certificate_warnings(known), ElementsAre(HasSubstr("tls.crt ends at ")));
  EXPECT_TRUE(ends_soon(known));
}

TEST(certificates, warns_of_whatever_authority_ends_first) {
  certificate_memory known{.is_used = true, .installed = good(), .looked_at = now};
  known.installed->authority_until = now + 3 * day;
  EXPECT_THAT(certificate_warnings(known), ElementsAre(HasSubstr("ca.crt ends at ")));
  known.installed->ends_between = true;
  EXPECT_THAT(certificate_warnings(known), ElementsAre(HasSubstr("an intermediate certificate")));
  known.looked_at = now + 4 * day;
  EXPECT_THAT(certificate_warnings(known),
              ElementsAre(HasSubstr("an intermediate certificate in tls.crt has expired at ")));
}

TEST(certificates, knows_that_redis_shows_another) {
  certificate_memory known{.is_used = true, .installed = good()};
  EXPECT_FALSE(serves_another(known)) << "nobody has looked";
  known.served = "a";
  EXPECT_FALSE(serves_another(known));
  known.served = "b";
  EXPECT_TRUE(serves_another(known));
}

}  // namespace
}  // namespace redis_agent::core
