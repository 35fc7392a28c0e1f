#include "core/configuration/settings.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <set>

namespace {

using namespace redis_agent::core;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

parsed_settings parse(subcommand command,
                      const std::vector<std::pair<std::string, std::string>>& flags,
                      std::string_view hostname = "redis-slave-0") {
  std::vector<given_value> given;
  for (const auto& [name, value] : flags) given.push_back({name, value, "--" + name});
  return parse_settings(command, given, hostname);
}

TEST(settings, the_defaults_are_the_article_s) {
  for (const subcommand command : {subcommand::init, subcommand::sidecar, subcommand::status}) {
    const auto parsed = parse(command, {});
    EXPECT_THAT(parsed.complaints, IsEmpty());
    EXPECT_EQ(parsed.values.primary, (endpoint{"redis-master-0.redis-headless", 6379}));
    EXPECT_EQ(parsed.values.headless_service, "redis-headless");
    EXPECT_EQ(parsed.values.pod_name, "redis-slave-0");
    EXPECT_EQ(parsed.values.redis_port, 6379);
    EXPECT_EQ(parsed.values.data_dir, "/data");
    EXPECT_EQ(parsed.values.output_mode, 0600U);
    EXPECT_EQ(parsed.values.redis_version, (redis_version{5, 0}));
    EXPECT_EQ(parsed.values.poll_interval, 250ms);
    EXPECT_EQ(parsed.values.listen, (std::vector<endpoint>{{"", 9121}}));
    EXPECT_FALSE(parsed.values.dry_run);
  }
}

TEST(settings, check_takes_and_judges_what_init_and_the_sidecar_take) {
  const auto parsed =
      parse(subcommand::check, {{"output", "/data/redis.conf"}, {"contact-timeout", "100ms"}});
  EXPECT_THAT(parsed.complaints,
              testing::ElementsAre(HasSubstr("--output"), HasSubstr("--contact-timeout")));
  for (const setting& s : all_settings()) {
    if (s.belongs_to(subcommand::init) || s.belongs_to(subcommand::sidecar)) {
      EXPECT_TRUE(s.belongs_to(subcommand::check)) << s.name;
    }
  }
}

TEST(settings, what_a_web_configuration_needs_is_not_read_without_one) {
  const auto parsed =
      parse(subcommand::sidecar, {{"web-ca-file", "/ca"}, {"web-login-file", "/l"}});
  EXPECT_THAT(parsed.complaints,
              ElementsAre(HasSubstr("--web-ca-file=/ca: nobody reads it; expected"),
                          HasSubstr("--web-login-file=/l: nobody reads it; expected")));
  EXPECT_THAT(
      parse(subcommand::sidecar, {{"web-config-file", "/w"}, {"web-ca-file", "/ca"}}).complaints,
      IsEmpty());
  EXPECT_THAT(parse(subcommand::sidecar, {{"web-config-file", "web.yml"}}).complaints,
              ElementsAre(HasSubstr("expected an absolute path")));
}

TEST(settings, each_default_is_a_value_that_its_own_parser_takes) {
  for (const setting& s : all_settings()) {
    settings into;
    EXPECT_EQ(s.store(into, s.fallback), "") << s.name;
  }
}

TEST(settings, each_has_one_name_a_help_and_a_subcommand) {
  std::set<std::string_view> names;
  for (const setting& s : all_settings()) {
    EXPECT_TRUE(names.insert(s.name).second) << s.name;
    EXPECT_FALSE(s.help.empty()) << s.name;
    EXPECT_NE(s.subcommands & 63U, 0U) << s.name;
    EXPECT_EQ(s.variable().substr(0, variable_prefix.size()), variable_prefix);
    EXPECT_NE(s.variable(), password_variable) << "the password is never a setting";
  }
  for (const char* const promised : {"password-file", "primary", "output", "listen"}) {
    EXPECT_THAT(names, Contains(promised));
  }
}

TEST(settings, a_name_is_a_flag_and_a_variable) {
  const auto all = all_settings();
  const auto lag = std::find_if(all.begin(), all.end(),
                                [](const setting& s) { return s.name == "max-lag-bytes"; });
  ASSERT_NE(lag, all.end());
  EXPECT_EQ(lag->flag(), "--max-lag-bytes");
  EXPECT_EQ(lag->variable(), "REDIS_AGENT_MAX_LAG_BYTES");
}

TEST(settings, later_values_win) {
  const std::vector<given_value> given = {{"redis-port", "7000", "REDIS_AGENT_REDIS_PORT"},
                                          {"redis-port", "7001", "--redis-port"}};
  EXPECT_EQ(parse_settings(subcommand::init, given, "redis-0").values.redis_port, 7001);
}

TEST(settings, all_complaints_come_at_once_by_the_name_of_their_source) {
  const std::vector<given_value> given = {{"redis-port", "0", "--redis-port"},
                                          {"max-lag", "soon", "REDIS_AGENT_MAX_LAG"},
                                          {"primary", "-x-", "--primary"},
                                          {"output", "", "--output"}};
  const auto parsed = parse_settings(subcommand::init, given, "UPPER");
  EXPECT_THAT(
      parsed.complaints,
      ElementsAre(HasSubstr("--redis-port: got \"0\", expected a port from 1"),
                  HasSubstr("REDIS_AGENT_MAX_LAG: got \"soon\", expected a duration"),
                  HasSubstr("--primary: got \"-x-\", expected a DNS name"),
                  HasSubstr("the hostname: got \"UPPER\" as the pod's name, it has a character"),
                  HasSubstr("--output: expected an absolute path")));
}

TEST(settings, status_asks_from_a_pod_of_any_name) {
  EXPECT_THAT(parse(subcommand::status, {}, "redis-test").complaints, IsEmpty());
  EXPECT_THAT(parse(subcommand::sidecar, {}, "redis-test").complaints, testing::SizeIs(1));
}

TEST(settings, a_long_hostname_counts_up_to_its_first_dot_and_a_pod_name_does_not) {
  EXPECT_EQ(parse(subcommand::init, {}, "redis-0.redis-headless.prod").values.pod_name, "redis-0");
  const auto parsed = parse(subcommand::init, {{"pod-name", "redis-0.redis-headless"}});
  EXPECT_THAT(parsed.complaints,
              ElementsAre(HasSubstr(
                  "--pod-name: got \"redis-0.redis-headless\" as the pod's name, it has a dot")));
}

TEST(settings, a_complaint_names_the_variable_that_the_pod_s_name_came_from) {
  const auto parsed =
      parse_settings(subcommand::init, {{"pod-name", "Redis", "POD_NAME"}}, "redis-0");
  EXPECT_THAT(parsed.complaints, ElementsAre(HasSubstr("POD_NAME: got \"Redis\"")));
}

TEST(settings, the_default_user_has_a_password_of_its_own_beside_another_user) {
  EXPECT_THAT(parse(subcommand::init, {{"default-password-file", "/run/p"}}).complaints,
              ElementsAre(HasSubstr("--default-password-file=/run/p: without --username")));
  EXPECT_THAT(
      parse(subcommand::init,
            {{"default-password-file", "/run/p"}, {"username", "agent"}, {"redis-version", "7.0"}})
          .complaints,
      IsEmpty());
}

TEST(settings, the_user_for_other_pods_has_a_name_and_a_password_of_its_own) {
  const auto complaints = [](std::vector<std::pair<std::string, std::string>> more) {
    more.insert(more.begin(), {{"redis-version", "7.0"}, {"password-file", "/run/p"}});
    return parse(subcommand::init, more).complaints;
  };
  EXPECT_THAT(complaints({{"peer-username", "peer"}, {"peer-password-file", "/run/q"}}), IsEmpty());
  EXPECT_THAT(complaints({{"peer-username", "peer"}}),
              ElementsAre(HasSubstr("expected --peer-password-file too")));
  EXPECT_THAT(complaints({{"peer-password-file", "/run/q"}}),
              ElementsAre(HasSubstr("--peer-password-file=/run/q: nobody logs in with it")));
  EXPECT_THAT(complaints({{"peer-username", "peer"}, {"peer-password-file", "/run/./p"}}),
              ElementsAre(HasSubstr("is --password-file too")));
  EXPECT_THAT(complaints({{"peer-username", "default"}, {"peer-password-file", "/run/q"}}),
              ElementsAre(HasSubstr("--peer-username=default: is the agent's own user")));
  EXPECT_THAT(
      complaints(
          {{"username", "agent"}, {"peer-username", "agent"}, {"peer-password-file", "/run/q"}}),
      ElementsAre(HasSubstr("--peer-username=agent: is the agent's own user")));
  EXPECT_THAT(parse(subcommand::sidecar, {{"peer-username", "peer"}}).complaints,
              testing::SizeIs(1));
  EXPECT_THAT(parse(subcommand::init, {{"peer-username", "p"}, {"peer-password-file", "/run/q"}})
                  .complaints,
              ElementsAre(HasSubstr("--peer-username=p: needs Redis 6")));
}

TEST(settings, the_primary_s_port_follows_this_pod_s_unless_it_is_given) {
  EXPECT_EQ(parse(subcommand::init, {{"redis-port", "7000"}}).values.primary,
            (endpoint{"redis-master-0.redis-headless", 7000}));
  EXPECT_EQ(parse(subcommand::sidecar, {{"primary", "redis-0.redis"}, {"redis-port", "7000"}})
                .values.primary,
            (endpoint{"redis-0.redis", 7000}));
  EXPECT_EQ(parse(subcommand::init, {{"redis-port", "7000"}, {"primary", "redis-0.redis:6379"}})
                .values.primary,
            (endpoint{"redis-0.redis", 6379}));
}

TEST(settings, the_primary_s_port_is_one_that_speaks_tls_if_replicas_do) {
  const auto complaints = [](const char* primary, const char* tls) {
    return parse(subcommand::init, {{"primary", primary}, {"tls", tls}, {"redis-version", "7.0"}})
        .complaints;
  };
  EXPECT_THAT(complaints("redis-master-0.redis:6379", "both"),
              ElementsAre(AllOf(HasSubstr("redis-master-0.redis:6379"), HasSubstr("6380"))));
  EXPECT_THAT(complaints("redis-master-0.redis:6380", "allow"),
              ElementsAre(AllOf(HasSubstr("speaks TLS"), HasSubstr("6379"))));
  EXPECT_THAT(complaints("redis-master-0.redis:6379", "allow"), IsEmpty());
  EXPECT_THAT(complaints("redis-master-0.redis:6379", "only"), IsEmpty());
  EXPECT_THAT(complaints("redis-master-0.redis:6380", "both"), IsEmpty());
  EXPECT_THAT(complaints("redis-master-0.redis", "both"), IsEmpty());
}

TEST(settings, the_headless_service_follows_from_the_primary_unless_it_is_given) {
  EXPECT_EQ(
      parse(subcommand::sidecar, {{"primary", "redis-0.redis.prod.svc"}}).values.headless_service,
      "redis.prod.svc");
  EXPECT_EQ(parse(subcommand::sidecar, {{"primary", "10.0.0.7"}}).values.headless_service, "");
  EXPECT_EQ(parse(subcommand::sidecar, {{"headless-service", "other"}}).values.headless_service,
            "other");
}

TEST(settings, the_output_must_not_lie_on_the_data_volume) {
  const std::pair<const char*, const char*> on_the_volume[] = {
      {"/data/redis.conf", "/data"},
      {"/data/redis.conf", "/data/"},
      {"/run/../data/redis.conf", "/data"},
      {"//data//redis.conf", "/data"},
      {"/redis.conf", "/"},
      {"/data/a/b", "/data/./a"},
  };
  for (const auto& [output, data_dir] : on_the_volume) {
    const auto parsed = parse(subcommand::init, {{"output", output}, {"data-dir", data_dir}});
    EXPECT_THAT(parsed.complaints, ElementsAre(HasSubstr("lies on the data volume"))) << output;
  }
  EXPECT_THAT(parse(subcommand::init, {{"output", "/data2/redis.conf"}}).complaints, IsEmpty());
  EXPECT_THAT(parse(subcommand::sidecar, {{"output", "/data/redis.conf"}}).complaints, IsEmpty());
}

TEST(settings, init_s_files_are_two_and_its_user_needs_redis_6) {
  EXPECT_THAT(parse(subcommand::init, {{"user-config", "/a/b"}, {"output", "/a/./b"}}).complaints,
              ElementsAre(HasSubstr("is --output too")));
  EXPECT_THAT(parse(subcommand::init, {{"username", "app"}}).complaints,
              ElementsAre(HasSubstr("needs Redis 6")));
  EXPECT_THAT(parse(subcommand::init, {{"username", "app"}, {"redis-version", "6.0"}}).complaints,
              IsEmpty());
}

TEST(settings, a_sidecar_s_times_must_fit_together) {
  EXPECT_THAT(
      parse(subcommand::sidecar, {{"max-observation-age", "1s"}}).complaints,
      ElementsAre(HasSubstr("--max-observation-age=1 s: is over before a slow answer is in")));
  const auto slow =
      parse(subcommand::sidecar, {{"poll-interval", "1.1s"}, {"contact-timeout", "3s"}});
  EXPECT_THAT(slow.complaints, ElementsAre(HasSubstr("--poll-interval=1.1 s: what a server does")));
  EXPECT_THAT(parse(subcommand::sidecar, {{"poll-interval", "1s"}}).complaints,
              ElementsAre(HasSubstr("at least twice --poll-interval")));
}

struct wrong_value {
  const char* name;
  const char* value;
};

TEST(settings, each_kind_of_value_is_checked) {
  const wrong_value wrong[] = {
      {"redis-port", "65536"},
      {"redis-port", "6379 "},
      {"redis-port", ""},
      {"replica-announce-port", "-1"},
      {"redis-host", "localhost"},
      {"output", "relative"},
      {"output", "/a\"b"},
      {"output", "/a\nb"},
      {"data-dir", "data"},
      {"user-config", "/etc/*.conf"},
      {"output-mode", "0644"},
      {"output-mode", "0200"},
      {"output-mode", "9"},
      {"output-mode", "1777"},
      {"redis-version", "4.0"},
      {"maxmemory-percent", "101"},
      {"maxmemory-percent", "-1"},
      {"memory-limit", "much"},
      {"dry-run", "yes"},
      {"poll-interval", "49ms"},
      {"poll-interval", "1"},
      {"max-lag-bytes", "1.5"},
      {"listen", "localhost:1"},
      {"listen", ":1,"},
      {"log-format", "xml"},
      {"log-level", "loud"},
      {"color", "red"},
      {"username", "a b"},
      {"username", "a\"b"},
      {"replica-announce-ip", "a b"},
      {"headless-service", "10.0.0.7"},
      {"primary", ""},
  };
  for (const wrong_value& w : wrong) {
    EXPECT_THAT(
        parse(subcommand::init, {{w.name, w.value}}).complaints,
        Contains(testing::AllOf(HasSubstr(std::string("--") + w.name), HasSubstr("expected"))))
        << w.name << "=" << w.value;
  }
}

TEST(settings, values_arrive_where_they_belong) {
  const auto parsed = parse(subcommand::init, {{"output-mode", "0640"},
                                               {"listen", "10.0.0.7:1,[::1]:2"},
                                               {"memory-limit", "256Mi"},
                                               {"maxmemory-percent", "75"},
                                               {"log-format", "json"},
                                               {"log-level", "debug"},
                                               {"color", "never"},
                                               {"dry-run", "true"},
                                               {"redis-version", "valkey-8.1"}});
  EXPECT_THAT(parsed.complaints, IsEmpty());
  EXPECT_EQ(parsed.values.output_mode, 0640U);
  EXPECT_EQ(parsed.values.listen, (std::vector<endpoint>{{"10.0.0.7", 1}, {"::1", 2}}));
  EXPECT_EQ(parsed.values.memory_limit, 268435456U);
  EXPECT_EQ(parsed.values.maxmemory_percent, 75U);
  EXPECT_EQ(parsed.values.log_format, log_format::json);
  EXPECT_EQ(parsed.values.log_level, log_level::debug);
  EXPECT_EQ(parsed.values.color, color_choice::never);
  EXPECT_TRUE(parsed.values.dry_run);
  EXPECT_EQ(parsed.values.redis_version, (redis_version{8, 1}));
}

TEST(settings, a_misspelt_variable_is_found_and_a_service_s_is_not) {
  EXPECT_THAT(
      unknown_variables({"REDIS_AGENT_MAX_LAG", "REDIS_AGENT_MAXLAG", "REDIS_AGENT_PASSWORD",
                         "PATH", "REDIS_AGENT_PORT", "REDIS_AGENT_PORT_9121_TCP",
                         "REDIS_AGENT_SERVICE_HOST", "REDIS_AGENT_"}),
      ElementsAre("REDIS_AGENT_MAXLAG", "REDIS_AGENT_"));
}

RC_GTEST_PROP(settings_property, no_value_breaks_them_and_each_refusal_says_what_was_expected,
              (const std::string& value)) {
  for (const setting& s : all_settings()) {
    settings into;
    const std::string wanted = s.store(into, value);
    RC_ASSERT(wanted.empty() || wanted.find("expected") != std::string::npos);
  }
}

}  // namespace
