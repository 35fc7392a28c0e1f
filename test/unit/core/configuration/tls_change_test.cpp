#include "core/configuration/tls_change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/configuration/redis_conf.hpp"
#include "core/configuration/tls_places.hpp"

namespace redis_agent::core {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

settings by(const std::string& mode, const std::string& primary = "redis-master-0.redis-headless") {
  const parsed_settings parsed = parse_settings(subcommand::init,
                                                {{"tls", mode, ""},
                                                 {"tls-file", "/mode", ""},
                                                 {"primary", primary, ""},
                                                 {"redis-version", "7.0", ""}},
                                                "redis-slave-0");
  EXPECT_THAT(parsed.complaints, IsEmpty());
  return parsed.values;
}

std::string conf_of(const settings& s) {
  return render(plan_redis_conf(s, secret("x"), std::nullopt));
}

TEST(tls_change, reads_the_words_between_which_nothing_restarts) {
  EXPECT_EQ(read_tls_mode("allow").value(), tls_mode::allow);
  EXPECT_EQ(read_tls_mode("\r\n both \n").value(), tls_mode::both);
  EXPECT_EQ(read_tls_mode("only\n").value(), tls_mode::only);
  for (const char* const word : {"", " \n", "off", "both allow", "BOTH"}) {
    EXPECT_THAT(read_tls_mode(word).error().text, HasSubstr("expected allow, both or only"))
        << word;
  }
  EXPECT_THAT(read_tls_mode("a\x1b\nb").error().text, HasSubstr("got \"a??b\""));
  EXPECT_THAT(read_tls_mode("it-is-a-password").error().text,
              HasSubstr("got \"something longer\""));
}

TEST(tls_change, leaves_out_no_step) {
  EXPECT_EQ(next_way(tls_mode::allow, tls_mode::only), tls_mode::both);
  EXPECT_EQ(next_way(tls_mode::only, tls_mode::allow), tls_mode::both);
  EXPECT_EQ(next_way(tls_mode::both, tls_mode::only), tls_mode::only);
  EXPECT_EQ(next_way(tls_mode::both, tls_mode::allow), tls_mode::allow);
  EXPECT_EQ(next_way(tls_mode::only, tls_mode::both), tls_mode::both);
  EXPECT_EQ(next_way(tls_mode::only, tls_mode::only), tls_mode::only);
}

TEST(tls_change, leaves_tls_where_it_is) {
  EXPECT_EQ(port_of_tls(by("only")), 6380);
  EXPECT_EQ(replication_port(by("only")), 6380);
  EXPECT_EQ(plain_port(by("only")), 0);
  EXPECT_EQ(plain_port(by("both")), 6379);
  EXPECT_EQ(with_tls(by("both"), tls_mode::only).primary.port, 6380);
}

TEST(tls_change, takes_the_port_of_the_primary_along) {
  EXPECT_EQ(with_tls(by("allow"), tls_mode::both).primary.port, 6380);
  EXPECT_EQ(with_tls(by("both"), tls_mode::allow).primary.port, 6379);
  EXPECT_EQ(with_tls(by("both", "p-0.p:6380"), tls_mode::allow).primary.port, 6379);
  EXPECT_EQ(with_tls(by("both"), tls_mode::both).primary.port, 6380);
}

TEST(tls_change, refuses_no_port_of_the_primary_that_was_right_before) {
  for (const char* const mode : {"allow", "both", "only"}) {
    for (const char* const primary : {"p-0.p:6379", "p-0.p:6380"}) {
      const parsed_settings parsed = parse_settings(
          subcommand::sidecar,
          {{"primary", primary, ""}, {"tls-file", "/mode", ""}, {"tls", mode, ""}}, "p-1");
      EXPECT_THAT(parsed.complaints, IsEmpty()) << mode << " " << primary;
      EXPECT_EQ(parsed.values.primary.port, replication_port(parsed.values));
    }
  }
}

// The first line tells what was so when init wrote it.
std::string but_its_head(const std::string& conf) { return conf.substr(conf.find('\n')); }

TEST(tls_change, makes_the_redis_conf_that_init_would_write) {
  for (const char* const name : {"allow", "both", "only"}) {
    const settings before = by(name);
    EXPECT_EQ(renew_way(conf_of(before), before), std::nullopt);
    for (const tls_mode mode : {tls_mode::allow, tls_mode::both, tls_mode::only}) {
      if (mode == before.tls) continue;
      const settings after = with_tls(before, mode);
      const std::string renewed = renew_way(conf_of(before), after).value_or("");
      ASSERT_THAT(renewed, HasSubstr("\n"));
      EXPECT_EQ(but_its_head(renewed), but_its_head(conf_of(after)));
    }
  }
}

TEST(tls_change, finds_the_way_in_force_in_redis_conf) {
  for (const tls_mode mode : {tls_mode::allow, tls_mode::both, tls_mode::only}) {
    EXPECT_EQ(way_in(conf_of(by(std::string(to_text(mode))))), mode);
  }
  EXPECT_EQ(way_in(""), std::nullopt);
  EXPECT_EQ(way_in("port 0\ntls-port 0\ntls-replication yes\n"), std::nullopt);
  EXPECT_EQ(way_in("tls-port 6380\ntls-replication\n"), tls_mode::allow);
}

TEST(tls_change, leaves_a_parked_server_and_what_is_no_agents_alone) {
  const std::string others =
      "replicaof 127.0.0.1 1\nreplicaof no one\n# tls-replication no\nhz 6\n";
  EXPECT_EQ(renew_way(others, by("both")), std::nullopt);
  EXPECT_EQ(renew_way("TLS-Replication no", by("both")), "tls-replication yes\n");
  EXPECT_EQ(renew_way("replicaof fd99::1 6379\n", by("both")), "replicaof fd99::1 6380\n");
}

}  // namespace
}  // namespace redis_agent::core
