#include "core/base/address.hpp"

#include <array>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace {

using namespace redis_agent::core;

constexpr std::uint16_t fallback = 6379;

std::string repeated_label(std::size_t characters) { return std::string(characters, 'a'); }

// 63.63.63.61: the longest name that DNS can carry.
std::string longest_name() {
  return repeated_label(63) + "." + repeated_label(63) + "." + repeated_label(63) + "." +
         repeated_label(61);
}

TEST(address, takes_every_form_of_an_endpoint) {
  struct example {
    std::string text;
    endpoint wanted;
  };
  const std::array examples = {
      example{"redis-master-0.redis-headless", {"redis-master-0.redis-headless", 6379}},
      example{"redis-master-0.redis-headless:6380", {"redis-master-0.redis-headless", 6380}},
      example{"redis-0.redis.prod.svc.cluster.local.",
              {"redis-0.redis.prod.svc.cluster.local.", 6379}},
      example{"redis-0", {"redis-0", 6379}},
      example{"_redis._tcp.redis-headless", {"_redis._tcp.redis-headless", 6379}},
      example{"10.0.0.7", {"10.0.0.7", 6379}},
      example{"10.0.0.7:1", {"10.0.0.7", 1}},
      example{"[fd00::1]", {"fd00::1", 6379}},
      example{"[fd00::1]:65535", {"fd00::1", 65535}},
      example{"fd00::1", {"fd00::1", 6379}},
      example{"::ffff:10.0.0.7", {"10.0.0.7", 6379}},
      example{longest_name(), {longest_name(), 6379}},
      example{longest_name() + ".:7000", {longest_name() + ".", 7000}},
  };
  for (const example& e : examples) {
    const auto parsed = parse_endpoint(e.text, fallback);
    ASSERT_TRUE(parsed) << e.text << ": " << parsed.error().text;
    EXPECT_EQ(*parsed, e.wanted) << e.text;
  }
}

TEST(address, refuses_what_is_no_endpoint_and_says_what_was_expected) {
  const std::string wrong[] = {
      "",
      ":",
      ":6379",
      "redis:",
      "redis:0",
      "redis:65536",
      "redis:-1",
      "redis:6379x",
      "redis: 6379",
      "redis:+1",
      "-redis",
      "redis-",
      "re dis",
      "redis..headless",
      ".redis",
      "redis..",
      "redis/0",
      "10.0.0.256",
      "10.0.0",
      "12345",
      "[10.0.0.7]",
      "[fd00::1",
      "[fd00::1]x",
      "[fd00::1]:",
      "[redis]:1",
      "fd00::1::2",
      "fe80::1%eth0",
      "1:2:3",
      "redis\n",
      "réplica",
      repeated_label(64),
      longest_name() + "a",
      std::string("10.0.0.7\0x", 10),
  };
  for (const std::string& text : wrong) {
    const auto parsed = parse_endpoint(text, fallback);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().text.find("expected"), std::string::npos) << text;
  }
}

TEST(address, listens_on_all_addresses_or_on_one_but_never_on_a_name) {
  EXPECT_EQ(*parse_listen_address(":9121", 1), (endpoint{"", 9121}));
  EXPECT_EQ(*parse_listen_address("0.0.0.0", 9121), (endpoint{"0.0.0.0", 9121}));
  EXPECT_EQ(*parse_listen_address("[::1]:80", 1), (endpoint{"::1", 80}));
  for (const char* const wrong : {"", "localhost:9121", ":", ":0", ":x", "[]:1", "10.0.0.256:1"}) {
    EXPECT_FALSE(parse_listen_address(wrong, 9121)) << wrong;
  }
}

TEST(address, splits_a_name_at_its_first_dot) {
  EXPECT_EQ(first_label("redis-master-0.redis-headless.prod"), "redis-master-0");
  EXPECT_EQ(parent_domain("redis-master-0.redis-headless.prod"), "redis-headless.prod");
  EXPECT_EQ(first_label("redis-0"), "redis-0");
  EXPECT_EQ(parent_domain("redis-0"), "");
  EXPECT_EQ(parent_domain("redis-0.redis."), "redis.");
  EXPECT_EQ(first_label(""), "");
}

TEST(address, knows_a_literal_from_a_name) {
  for (const char* const literal : {"10.0.0.7", "::", "::1", "fd00::a.b.c.d"}) {
    EXPECT_EQ(is_ip_literal(literal), std::string_view(literal) != "fd00::a.b.c.d") << literal;
  }
  EXPECT_FALSE(is_ip_literal("redis-0"));
  EXPECT_FALSE(is_ip_literal(""));
  EXPECT_FALSE(is_dns_name("fd00::1"));
}

rc::Gen<std::string> any_label() {
  return rc::gen::map(
      rc::gen::container<std::string>(
          30, rc::gen::elementOf(std::string("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_"))),
      [](std::string inner) { return "a" + inner.substr(0, 28) + "z"; });
}

RC_GTEST_PROP(address_property, what_is_written_is_read_back, ()) {
  const auto labels = *rc::gen::resize(
      6, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(any_label())));
  std::string name;
  for (const std::string& label : labels) name += (name.empty() ? "" : ".") + label;
  RC_PRE(name.size() <= 253U);
  const endpoint written{name, *rc::gen::inRange<std::uint16_t>(1, 65535)};
  const auto read = parse_endpoint(to_text(written), fallback);
  RC_ASSERT(bool(read));
  RC_ASSERT(*read == written);
}

TEST(address, is_written_in_one_way) {
  EXPECT_EQ(canonical_host("FD99:0:0:0:0:0:0:01"), "fd99::1");
  EXPECT_EQ(canonical_host("fd99:0::1"), "fd99::1");
  EXPECT_EQ(canonical_host("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
  EXPECT_EQ(canonical_host("::ffff:10.0.0.7"), "10.0.0.7");
  EXPECT_EQ(canonical_host("::FFFF:a00:7"), "10.0.0.7");
  for (const char* const other : {"", ":", "10.0.0.7", "redis-0", "fe80::1%eth0", "fd99:::1"}) {
    EXPECT_EQ(canonical_host(other), other);
  }
  EXPECT_EQ(parse_endpoint("[FD99:0::1]:6380", fallback)->host, "fd99::1");
}

RC_GTEST_PROP(address_property, an_ipv6_literal_is_read_back, ()) {
  std::string literal;
  for (int i = 0; i < 8; ++i) {
    std::array<char, 8> group{};
    std::snprintf(group.data(), group.size(), "%x", *rc::gen::inRange(0, 0x10000));
    literal += (i == 0 ? "" : ":") + std::string(group.data());
  }
  const endpoint written{literal, *rc::gen::inRange<std::uint16_t>(1, 65535)};
  const endpoint read = *parse_endpoint(to_text(written), fallback);
  RC_ASSERT(read == (endpoint{canonical_host(literal), written.port}));
  RC_ASSERT(*parse_endpoint(to_text(read), fallback) == read);
}

RC_GTEST_PROP(address_property, no_text_breaks_it, (const std::string& text)) {
  const auto parsed = parse_endpoint(text, fallback);
  if (parsed) {
    RC_ASSERT(is_dns_name(parsed->host) || is_ip_literal(parsed->host));
    RC_ASSERT(parsed->port != 0);
    RC_ASSERT(*parse_endpoint(to_text(*parsed), fallback) == *parsed);
  }
}

}  // namespace
