#include "wire/web_config_yaml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

namespace redis_agent::wire {
namespace {

using core::client_certificates;
using core::web_config;
using testing::HasSubstr;
using testing::Not;

constexpr const char* hash = "$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay";

web_config parse(const std::string& yaml) {
  auto config = parse_web_config(yaml, "/etc/web");
  EXPECT_TRUE(config) << config.error().text;
  return config ? *config : web_config();
}

TEST(web_config_yaml, that_is_empty_asks_nothing) {
  for (const char* yaml : {"", "\n", "# nothing\n", "---\n", "{}", "basic_auth_users:\n",
                           "tls_server_config: {}\nbasic_auth_users: ~\n"}) {
    EXPECT_EQ(parse(yaml), web_config()) << yaml;
  }
}

TEST(web_config_yaml, is_that_of_exporter_toolkit) {
  const web_config config = parse(
      "tls_server_config:\n"
      "  cert_file: tls.crt\n"
      "  key_file: \"/run/tls.key\"\n"
      "  client_auth_type: RequireAndVerifyClientCert\n"
      "  client_ca_file: 'ca.crt'\n"
      "  min_version: TLS13\n"
      "basic_auth_users:\n"
      "  prometheus: " +
      std::string(hash) + "\n");
  EXPECT_EQ(config.certificate_file, "/etc/web/tls.crt");
  EXPECT_EQ(config.key_file, "/run/tls.key");
  EXPECT_EQ(config.clients, client_certificates::required);
  EXPECT_EQ(config.client_authorities_file, "/etc/web/ca.crt");
  EXPECT_EQ(config.least, core::tls_version::tls13);
  EXPECT_EQ(config.users.at("prometheus"), hash);
}

TEST(web_config_yaml, has_the_defaults_of_exporter_toolkit) {
  const web_config config = parse("tls_server_config: {cert_file: /c, key_file: /k}");
  EXPECT_TRUE(config.is_encrypted());
  EXPECT_EQ(config.clients, client_certificates::none);
  EXPECT_EQ(config.least, core::tls_version::tls12);
}

TEST(web_config_yaml, that_is_wrong_is_named) {
  const std::string tls = "tls_server_config:\n  cert_file: c\n  key_file: k\n";
  const std::string users = "basic_auth_users:\n  anna: ";
  const std::string cost_31 = "$2y$31$" + std::string(hash).substr(7);
  const std::string cost_3 = "$2y$03$" + std::string(hash).substr(7);
  const std::vector<std::pair<std::string, std::string>> examples = {
      {"a: [", "line 2: did not find expected node content"},
      {"- a", "line 1: the file: expected keys and values"},
      {"text", "line 1: the file: expected keys and values"},
      {"\ttab: 1", "line 1: "},
      {"http_server_config:\n  http2: true\n",
       "http_server_config: not supported; expected one of tls_server_config, basic_auth_users"},
      {tls + "  cipher_suites: []\n",
       "line 4: tls_server_config.cipher_suites: not supported; expected one of cert_file, "
       "key_file, client_auth_type, client_ca_file, min_version"},
      {tls + "  cert_file: again\n", "line 4: tls_server_config: cert_file stands twice"},
      {tls + "  client_auth_type: RequireAnyClientCert\n",
       "client_auth_type: got \"RequireAnyClientCert\", expected NoClientCert"},
      {tls + "  client_auth_type: RequireAndVerifyClientCert\n",
       "client_auth_type needs client_ca_file"},
      {tls + "  client_ca_file: ca\n", "client_ca_file needs client_auth_type"},
      {tls + "  min_version: TLS10\n", "got \"TLS10\", expected TLS12 or TLS13"},
      {tls + "  min_version: [TLS12]\n", "min_version: expected one value"},
      {"tls_server_config:\n  cert_file: c\n", "tls_server_config: expected key_file"},
      {"tls_server_config:\n  key_file: k\n", "tls_server_config: expected cert_file"},
      {"tls_server_config: on\n", "tls_server_config: expected keys and values"},
      {"? [a]\n: b\n", "expected a plain key"},
      {"basic_auth_users: [anna]\n", "basic_auth_users: expected keys and values"},
      {users + "secret\n", "line 2: basic_auth_users.anna: expected the bcrypt hash"},
      {users + "\n", "basic_auth_users.anna: expected the bcrypt hash"},
      {users + cost_31 + "\n", "a cost of 31; expected one from 4 to 14"},
      {users + cost_3 + "\n", "a cost of 3; expected one from 4 to 14"},
      {"basic_auth_users:\n  'a:b': x\n", "expected a name without a colon"},
      {std::string("a: \xff\xfe"), "line "},
  };
  for (const auto& [yaml, complaint] : examples) {
    const auto config = parse_web_config(yaml, "/etc/web");
    ASSERT_FALSE(config) << yaml;
    EXPECT_THAT(config.error().text, HasSubstr(complaint)) << yaml;
    EXPECT_THAT(config.error().text, Not(HasSubstr("secret"))) << yaml;
  }
}

// Each of nine lines has the one before nine times.
TEST(web_config_yaml, that_grows_when_it_is_read_does_no_harm) {
  std::string yaml = "a0: &a0 x\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int times = 1; times < 9; ++times) yaml += "," + before;
    yaml += "]\n";
  }
  EXPECT_FALSE(parse_web_config(yaml, "/"));
  EXPECT_FALSE(parse_web_config(std::string(10'000, '['), "/"));
  EXPECT_FALSE(parse_web_config("basic_auth_users: &a\n  b: *a\n", "/"));
}

}  // namespace
}  // namespace redis_agent::wire
