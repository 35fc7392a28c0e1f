#include "core/configuration/user_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/core/configuration/user_conf.hpp"

namespace {

using namespace redis_agent::core;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> where(const user_config& config) {
  std::vector<std::string> texts;
  for (const user_line& line : config.lines) {
    texts.push_back(line.file + ":" + std::to_string(line.said.line) + " " + shown_text(line.said));
  }
  return texts;
}

user_config read(const std::map<std::string, std::string>& texts, redis_version version = {7, 0}) {
  return *read_user_config({"/u.conf", "/redis.conf", "/data", version}, files_of(texts));
}

TEST(user_config, an_include_takes_effect_where_it_stands) {
  const auto config = read({{"/u.conf", "port 1\nInclude /etc/b.conf\nport 3\n"},
                            {"/etc/b.conf", "# b\nport 2\ninclude /etc/c.conf\n"},
                            {"/etc/c.conf", "hz 10\n"}});
  EXPECT_THAT(where(config), ElementsAre("/u.conf:1 port 1", "/etc/b.conf:2 port 2",
                                         "/etc/c.conf:1 hz 10", "/u.conf:3 port 3"));
  EXPECT_THAT(config.findings, IsEmpty());
}

TEST(user_config, a_relative_include_is_so_to_the_servers_folder_and_to_dir_after_that) {
  const auto config = read({{"/u.conf", "include a.conf\ndir /etc\ninclude a.conf\n"},
                            {"/data/a.conf", "hz 1\n"},
                            {"/etc/a.conf", "hz 2\ndir sub\ninclude a.conf\n"},
                            {"/etc/sub/a.conf", "hz 3\n"}});
  EXPECT_THAT(where(config),
              ElementsAre("/data/a.conf:1 hz 1", "/u.conf:2 dir /etc", "/etc/a.conf:1 hz 2",
                          "/etc/a.conf:2 dir sub", "/etc/sub/a.conf:1 hz 3"));
}

TEST(user_config, a_pattern_means_what_is_there_from_redis_7_on) {
  const std::map<std::string, std::string> texts = {
      {"/u.conf", "include /d/*.conf\n"}, {"/d/a.conf", "hz 1\n"}, {"/d/b.conf", "hz 2"}};
  EXPECT_THAT(where(read(texts)), ElementsAre("/d/a.conf:1 hz 1", "/d/b.conf:1 hz 2"));
  EXPECT_THAT(read(texts).findings, IsEmpty());
  const auto old = read(texts, {6, 2});
  EXPECT_THAT(where(old), ElementsAre("/d/a.conf:1 hz 1", "/d/b.conf:1 hz 2"));
  EXPECT_THAT(short_texts(old.findings), ElementsAre(HasSubstr("from Redis 7.0 on")));
  EXPECT_THAT(read({{"/u.conf", "include /nothing/*.conf\n"}}).findings, IsEmpty());
}

TEST(user_config, files_of_a_pattern_that_redis_would_join_are_told) {
  const auto config = read(
      {{"/u.conf", "include /d/*.conf\n"}, {"/d/a.conf", "maxclients 11"}, {"/d/b.conf", "0\n"}});
  EXPECT_THAT(short_texts(config.findings),
              ElementsAre(HasSubstr("warning 1 include /d/*.conf: /d/a.conf has no newline")));
}

TEST(user_config, a_file_that_is_not_there_is_a_warning_with_its_place) {
  const auto config = read({{"/u.conf", "\ninclude /etc/none.conf\nhz 1\n"}});
  EXPECT_THAT(where(config), ElementsAre("/u.conf:3 hz 1"));
  ASSERT_EQ(config.findings.size(), 1U);
  EXPECT_FALSE(config.findings[0].is_refused);
  EXPECT_THAT(to_text(config.findings[0]),
              HasSubstr("/u.conf, line 2, include /etc/none.conf: init cannot read it"));
  EXPECT_FALSE(read_user_config({"/none", "/redis.conf", "/data", {7, 0}}, files_of({})));
}

TEST(user_config, a_file_that_includes_itself_is_refused) {
  const auto config = read({{"/u.conf", "include /b.conf\n"}, {"/b.conf", "include /u.conf\n"}});
  EXPECT_THAT(short_texts(config.findings),
              ElementsAre(HasSubstr("refused 1 include /u.conf: the file includes itself")));
  EXPECT_THAT(short_texts(read({{"/u.conf", "include /redis.conf\n"}}).findings),
              ElementsAre(HasSubstr("refused 1 include /redis.conf: the file includes itself")))
      << "the agent's own file includes this one";
  std::map<std::string, std::string> deep;
  for (int i = 0; i < 30; ++i) {
    deep[i == 0 ? "/u.conf" : "/" + std::to_string(i)] = "include /" + std::to_string(i + 1) + "\n";
  }
  EXPECT_THAT(short_texts(read(deep).findings), ElementsAre(HasSubstr("too many files")));
}

TEST(user_config, no_secret_is_shown) {
  const auto lines = lines_of(
      "requirepass hunter2\nprimaryauth hunter2\nuser bob on >hunter2 +@all\n"
      "rename-command CONFIG hunter2\ntls-key-file-pass hunter2\nlogfile \"a\\x0ab\"\n");
  for (const user_line& line : lines) {
    EXPECT_THAT(to_text(finding_of(line, true, "why")), Not(HasSubstr("hunter2")));
    EXPECT_THAT(to_text(finding_of(line, true, "why")), Not(HasSubstr("\n")));
  }
  EXPECT_EQ(shown_text(lines[2].said), "user bob");
  EXPECT_EQ(shown_text(lines[3].said), "rename-command CONFIG");
}

TEST(user_config, the_last_line_of_a_name_counts_under_any_of_its_names) {
  const auto lines = lines_of("slave-read-only no\nreplica-read-only yes\nhz 1\n");
  EXPECT_EQ(last_of(lines, "replica-read-only"), &lines[1]);
  EXPECT_EQ(last_of(lines, "port"), nullptr);
  EXPECT_EQ(present_name("slaveof"), "replicaof");
  EXPECT_EQ(present_name("primaryuser"), "masteruser");
}

}  // namespace
