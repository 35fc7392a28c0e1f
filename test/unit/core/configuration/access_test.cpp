#include "core/configuration/access.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/sha256.hpp"
#include "core/configuration/conf_passwords.hpp"
#include "unit/core/configuration/user_conf.hpp"

namespace {

using namespace redis_agent::core;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct asked {
  std::string text;
  redis_conf_plan plan = plan_of("redis-slave-0");
  std::optional<result<std::string>> acl_file{};

  access_judgement judge() const { return judge_access(lines_of(text), acl_file, plan); }
  std::vector<std::string> texts() const { return short_texts(judge().findings); }
};

redis_conf_plan plan_with_user() {
  auto plan = plan_of("redis-slave-0");
  plan.username = "agent";
  return plan;
}

TEST(access, a_file_without_users_is_fine) {
  EXPECT_THAT(asked{"requirepass other\nport 1\n"}.texts(), IsEmpty());
  EXPECT_THAT((asked{"", plan_of("redis-slave-0", "")}.texts()), IsEmpty());
}

TEST(access, a_default_user_whom_the_agent_can_be_is_fine) {
  EXPECT_THAT(asked{"user default on >p ~* +@all"}.texts(), IsEmpty());
  EXPECT_THAT(asked{"user default on >other >p ~* &* +@all"}.texts(), IsEmpty());
  EXPECT_THAT(asked{"user default on #" + sha256_of("p") + " +@all"}.texts(), IsEmpty());
  EXPECT_THAT(asked{"user default on nopass +@all\nuser default on >p +@all"}.texts(), IsEmpty());
}

TEST(access, a_default_user_whom_the_agent_cannot_be_is_refused) {
  EXPECT_THAT(asked{"user default on >other +@all"}.texts(),
              ElementsAre(HasSubstr("refused 1 user default: the agent logs in as default, which "
                                    "does not take the agent's password")));
  EXPECT_THAT(asked{"user default on #" + sha256_of("x") + " +@all"}.texts(),
              ElementsAre(HasSubstr("does not take")));
  EXPECT_THAT(asked{"user default off >p +@all"}.texts(), ElementsAre(HasSubstr("which is off")));
  EXPECT_THAT(asked{"user default >p +@all"}.texts(), ElementsAre(HasSubstr("which is off")));
  EXPECT_THAT(asked{"user default on >p <p +@all"}.texts(), ElementsAre(HasSubstr("take")));
  EXPECT_THAT(asked{"user default on >p +@all reset on >p"}.texts(),
              ElementsAre(HasSubstr("may run no command")));
}

TEST(access, a_user_of_ones_own_is_to_take_all_that_change) {
  asked about{"user default on >p +@all"};
  about.plan.also_accepted = {sha256_of("next")};
  EXPECT_THAT(about.texts(), ElementsAre(AllOf(HasSubstr("warning 1 user default"),
                                               HasSubstr("does not take each password"))));
  about.text = "user default on >p #" + sha256_of("next") + " +@all";
  EXPECT_THAT(about.texts(), IsEmpty());
  about.text = "aclfile /etc/users.acl\n";
  about.acl_file = std::string("user default on >p +@all\n");
  EXPECT_THAT(about.texts(), ElementsAre(HasSubstr("does not take each password")));
}

TEST(access, who_is_let_in_without_a_password_is_refused) {
  EXPECT_THAT(asked{"user default on nopass ~* +@all"}.texts(),
              ElementsAre(HasSubstr("refused 1 user default: whoever connects")));
  EXPECT_THAT(
      (asked{"user agent on >p +@all\nuser default on nopass +@read", plan_with_user()}.texts()),
      ElementsAre(HasSubstr("refused 2 user default: whoever connects")));
  EXPECT_THAT((asked{"user agent on >p +@all\nuser default on nopass", plan_with_user()}.texts()),
              IsEmpty())
      << "it may do nothing";
  EXPECT_THAT(
      (asked{"user agent on >p +@all\nuser default off nopass +@all", plan_with_user()}.texts()),
      IsEmpty());
}

TEST(access, a_command_without_a_password_is_a_warning) {
  const auto texts =
      asked{"user agent on >p +@all\nuser default on nopass -@all +ping", plan_with_user()}.texts();
  ASSERT_THAT(texts, ElementsAre(HasSubstr("user default: whoever connects may run these")));
  EXPECT_THAT(texts.front(), Not(HasSubstr("refused")));
}

TEST(access, an_acl_file_counts_alone) {
  const auto judge = [](const std::string& acl, const redis_conf_plan& plan) {
    return asked{"aclfile /etc/users.acl\nrequirepass p\n", plan, std::string(acl)}.texts();
  };
  const auto as_default = plan_of("redis-slave-0");
  EXPECT_THAT(judge("user default on >p ~* +@all\nuser app on >a +get\n", as_default), IsEmpty());
  EXPECT_THAT(judge("user app on >a +get\n", as_default),
              ElementsAre(HasSubstr("refused 1 aclfile /etc/users.acl: the file has no line")));
  EXPECT_THAT(judge("\n  user\tdefault on nopass +@all", as_default),
              ElementsAre(HasSubstr("refused 2 user default: whoever connects")));
  EXPECT_THAT(judge("user default off\nuser agent on >p +@all\n", plan_with_user()), IsEmpty());
  EXPECT_THAT(judge("user agent on >p +@all\n", plan_with_user()),
              ElementsAre(HasSubstr("refused 1 aclfile /etc/users.acl: the file has no line")));
  EXPECT_THAT(judge("", plan_of("redis-slave-0", "")), IsEmpty()) << "open, as it was asked for";
  EXPECT_THAT((asked{"aclfile a\nuser x on\n", as_default, std::string("user default on >p +@all")}
                   .texts()),
              ElementsAre(HasSubstr("refused 2 user x: there is an aclfile too")));
}

TEST(access, an_acl_file_is_found_from_the_data_folder) {
  const auto plan = plan_of("redis-slave-0");
  EXPECT_EQ(acl_file_of(lines_of("aclfile users.acl\ndir /elsewhere\n"), plan), "/data/users.acl");
  EXPECT_EQ(acl_file_of(lines_of("aclfile a\naclfile /etc/b\n"), plan), "/etc/b");
  EXPECT_EQ(acl_file_of(lines_of("aclfile \"\"\n"), plan), "");
  EXPECT_EQ(acl_file_of({}, plan), "");
}

TEST(access, an_acl_file_that_init_cannot_read_leaves_protected_mode_alone) {
  asked about{"aclfile /etc/users.acl\n", plan_of("redis-slave-0"),
              failure{"open /etc/users.acl: No such file"}};
  EXPECT_THAT(about.texts(), ElementsAre(HasSubstr("warning 1 aclfile /etc/users.acl: init cannot "
                                                   "read it")));
  EXPECT_TRUE(about.judge().choice.leaves_protected_mode);
  about.plan = plan_of("redis-slave-0", "");
  EXPECT_FALSE(about.judge().choice.leaves_protected_mode) << "other pods have to reach it";
}

TEST(access, a_server_with_a_password_needs_an_agent_that_has_it) {
  const auto plan = plan_of("redis-slave-0", "");
  EXPECT_THAT((asked{"requirepass x\n", plan}.texts()),
              ElementsAre(HasSubstr("refused 1 requirepass: the agent has no password")));
  EXPECT_THAT((asked{"user default on >x +@all\n", plan}.texts()),
              ElementsAre(HasSubstr("refused 1 user default: the agent has no password")));
  EXPECT_THAT((asked{"requirepass x\nrequirepass \"\"\n", plan}.texts()), IsEmpty());
  EXPECT_THAT((asked{"user default on nopass +@all\nrequirepass x\n", plan}.texts()), IsEmpty());
}

TEST(access, the_agents_own_user_has_to_be_usable) {
  const auto judge = [](const std::string& text) { return asked{text, plan_with_user()}.texts(); };
  EXPECT_THAT(judge("user agent on >p +@all\nuser default off\n"), IsEmpty());
  EXPECT_THAT(
      judge("user agent off >p +@all\nuser default off\n"),
      ElementsAre(HasSubstr("refused 1 user agent: the agent logs in as agent, which is off")));
  EXPECT_THAT(judge("user agent on >q +@all\nuser default off\n"),
              ElementsAre(HasSubstr("does not take")));
  EXPECT_THAT(judge("user agent on nopass +@all\nuser default off\n"),
              ElementsAre(HasSubstr("warning 1 user agent")));
  EXPECT_THAT(judge("user default off\n"),
              ElementsAre(HasSubstr("no line of the user's files makes that user")));
}

TEST(access, a_user_without_a_password_is_nobody) {
  auto plan = plan_of("redis-slave-0", "");
  plan.username = "agent";
  EXPECT_THAT((asked{"", plan}.texts()), ElementsAre(HasSubstr("without a password the agent")));
}

TEST(access, whose_password_is_whose) {
  asked about{"user agent on >p +@all\n", plan_with_user()};
  EXPECT_THAT(about.texts(), ElementsAre(HasSubstr("it gets the same one")));
  about.text += "requirepass applications\n";
  EXPECT_THAT(about.texts(), IsEmpty());
  EXPECT_TRUE(about.judge().choice.keeps_requirepass);
  about.plan.default_password = secret("q");
  EXPECT_THAT(about.texts(), IsEmpty());
  EXPECT_FALSE(about.judge().choice.keeps_requirepass) << "the setting wins";
  about.text += "user default on >other +@all\n";
  EXPECT_THAT(about.texts(), ElementsAre(HasSubstr("beats --default-password-file")));
}

TEST(access, the_user_of_other_pods_agents_has_to_be_usable) {
  asked about{
      "user agent on >p +@all\nuser default off\nuser peer on >q +info\n"
      "masteruser repl\nmasterauth r\nuser repl on >r +psync\n",
      plan_with_user()};
  about.plan.peer_username = "peer";
  about.plan.peer_password = secret("q");
  EXPECT_THAT(about.texts(), IsEmpty());
  about.plan.peer_password = secret("x");
  EXPECT_THAT(about.texts(),
              ElementsAre(HasSubstr("refused 3 user peer: other pods' agents log in as peer, which "
                                    "does not take the password of --peer-password-file")));
  about.plan.peer_password = secret("q");
  about.plan.peer_username = "nobody";
  EXPECT_THAT(about.texts(), ElementsAre(HasSubstr("no line of the user's files makes that user")));
}

TEST(access, what_the_agents_own_password_is_told_to_other_pods_for_is_a_warning) {
  asked about{"user agent on >p +@all\nuser default off\nuser peer on >p +info\n",
              plan_with_user()};
  about.plan.peer_username = "peer";
  about.plan.peer_password = secret("p");
  EXPECT_THAT(about.texts(), ElementsAre(HasSubstr("has the agent's own password"),
                                         HasSubstr("replicas present the agent's own password")));
}

TEST(access, a_user_for_replication_keeps_its_own_password) {
  asked about{"masteruser repl\nmasterauth r\nuser repl on >r +psync +replconf\n"};
  EXPECT_THAT(about.texts(), IsEmpty());
  EXPECT_TRUE(about.judge().choice.keeps_masterauth);
  about.text = "primaryuser repl\nprimaryauth wrong\nuser repl on >r +psync\n";
  EXPECT_THAT(about.texts(),
              ElementsAre(HasSubstr("warning 1 primaryuser repl: that user is off")));
  about.text = "masteruser repl\nmasterauth r\n";
  EXPECT_THAT(about.texts(), ElementsAre(HasSubstr("no line makes that user")));
  about.text = "masteruser repl\nuser repl on >p +psync\n";
  EXPECT_THAT(about.texts(), IsEmpty()) << "the agent's password is its";
  EXPECT_FALSE(about.judge().choice.keeps_masterauth);
  about.text = "masteruser repl\nuser repl on >r +psync\n";
  EXPECT_THAT(about.texts(), ElementsAre(HasSubstr("there is no masterauth")));
  about.text = "masterauth r\n";
  EXPECT_FALSE(about.judge().choice.keeps_masterauth) << "of the default user: the agent's";
}

TEST(access, a_user_for_replication_without_its_own_password_is_not_rotated) {
  asked about{"masteruser repl\nuser repl on >p +psync\n"};
  about.plan.is_rotated = true;
  EXPECT_THAT(about.texts(), ElementsAre(AllOf(HasSubstr("warning 1 masteruser repl"),
                                               HasSubstr("leaves masterauth alone"))));
  about.plan.access = about.judge().choice;
  EXPECT_FALSE(marked_in(render(about.plan)).masterauth);
  EXPECT_TRUE(marked_in(render(about.plan)).requirepass);
  about.text = "masteruser default\n";
  about.plan.access = about.judge().choice;
  EXPECT_TRUE(marked_in(render(about.plan)).masterauth);
}

}  // namespace
