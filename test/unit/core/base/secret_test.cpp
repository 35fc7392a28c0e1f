#include "core/base/secret.hpp"

#include <gtest/gtest.h>
#include <ostream>
#include <rapidcheck/gtest.h>
#include <type_traits>

namespace {

using namespace redis_agent::core;

template <class T>
concept streamable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!streamable<secret>, "a secret must not find its way into a log line");
static_assert(!std::is_convertible_v<secret, std::string>);
static_assert(!std::is_convertible_v<secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, secret>);

TEST(secret, one_newline_at_the_end_is_dropped_and_every_other_byte_is_kept) {
  EXPECT_EQ(accept_password("pass\n", "f")->reveal(), "pass");
  EXPECT_EQ(accept_password("pass", "f")->reveal(), "pass");
  EXPECT_EQ(accept_password("pass\r\n", "f")->reveal(), "pass\r");
  EXPECT_EQ(accept_password(" \t'\"\\#$\xff\x80 ", "f")->reveal(), " \t'\"\\#$\xff\x80 ");
  EXPECT_EQ(accept_password(std::string(512, 'x') + "\n", "f")->reveal(), std::string(512, 'x'));
}

TEST(secret, what_no_server_could_be_given_is_refused_by_the_name_of_its_source) {
  const std::pair<std::string, std::string> refused[] = {
      {"", "empty"},
      {"\n", "empty"},
      {"a\n\n", "newline"},
      {"a\nb", "newline"},
      {std::string("a\0b", 3), "NUL"},
      {std::string(513, 'x'), "513 bytes: expected at most 512"},
  };
  for (const auto& [bytes, reason] : refused) {
    const auto accepted = accept_password(bytes, "/run/secrets/password");
    ASSERT_FALSE(accepted) << reason;
    EXPECT_NE(accepted.error().text.find("/run/secrets/password"), std::string::npos);
    EXPECT_NE(accepted.error().text.find(reason), std::string::npos) << accepted.error().text;
  }
}

TEST(secret, a_refusal_does_not_say_the_password) {
  const auto accepted = accept_password("hunter2\nhunter2", "f");
  EXPECT_EQ(accepted.error().text.find("hunter2"), std::string::npos);
}

TEST(secret, what_an_editor_has_left_is_kept_and_told) {
  const std::pair<std::string, std::string> told[] = {
      {"pass", ""},
      {"two words", ""},
      {"pass\r\n", "ends with a carriage return"},
      {"\xef\xbb\xbfpass", "begins with a byte order mark"},
      {" pass\t\n", "begins with a blank, ends with a blank"},
      {"\xef\xbb\xbf pass \r\n",
       "begins with a byte order mark, begins with a blank, ends with a carriage return, ends with "
       "a blank"},
      {" ", "begins with a blank, ends with a blank"},
  };
  for (const auto& [bytes, what] : told) {
    const auto accepted = accept_password(bytes, "f");
    ASSERT_TRUE(accepted) << what;
    EXPECT_EQ(describe_leftovers(*accepted), what);
    EXPECT_EQ(accepted->reveal().size(), bytes.size() - (bytes.ends_with('\n') ? 1 : 0));
  }
}

TEST(secret, copies_and_moves_keep_the_bytes) {
  secret first("short");
  secret copy = first;
  EXPECT_EQ(copy.reveal(), "short");
  secret moved = std::move(first);
  EXPECT_EQ(moved.reveal(), "short");
  copy = secret(std::string(100, 'l'));
  EXPECT_EQ(copy.reveal(), std::string(100, 'l'));
  EXPECT_TRUE(secret().empty());
}

RC_GTEST_PROP(secret_property, any_bytes_but_nul_and_newline_pass_unchanged,
              (const std::string& any)) {
  std::string bytes = any + "x";
  for (char& c : bytes) {
    if (c == '\0' || c == '\n') c = '\xfe';
  }
  RC_PRE(bytes.size() <= password_bytes_max);
  RC_ASSERT(accept_password(bytes, "f")->reveal() == bytes);
  RC_ASSERT(accept_password(bytes + "\n", "f")->reveal() == bytes);
}

}  // namespace
