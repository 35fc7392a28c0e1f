// What the agent sends is what its rules allow, and what the docs say.
#include "wire/least_rights.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <vector>

#include "wire/conversation.hpp"
#include "wire/metrics_questions.hpp"
#include "wire/order_commands.hpp"
#include "wire/side_questions.hpp"

namespace redis_agent::wire {
namespace {

std::vector<std::string_view> all_rights() {
  std::vector<std::string_view> rights;
  for (const acl_role role : {acl_role::agent, acl_role::rotation, acl_role::metrics}) {
    const auto some = rights_of(role);
    rights.insert(rights.end(), some.begin(), some.end());
  }
  return rights;
}

void expect_allowed(const command& sent) {
  // Everybody may log in.
  if (sent.front() == "AUTH") return;
  EXPECT_TRUE(is_allowed(all_rights(), sent)) << sent[0] << (sent.size() > 1 ? " " + sent[1] : "");
}

std::vector<command> read_commands(const std::string& bytes) {
  std::vector<command> commands;
  resp_reader reader;
  reader.feed(bytes);
  while (const auto value = reader.next()) {
    command& read = commands.emplace_back();
    for (const resp_value& word : value->items) read.push_back(word.text);
  }
  return commands;
}

TEST(least_rights, cover_every_poll) {
  login as{"agent", core::secret("hush"), "redis-agent:redis-0", "agent"};
  for (const core::peer who : {core::peer::redis, core::peer::primary, core::peer::pod}) {
    conversation talk(who);
    const auto sent = read_commands(talk.open(as, {}));
    EXPECT_GT(sent.size(), 3U);
    for (const command& each : sent) expect_allowed(each);
  }
  for (const command& each : metrics_commands({.with_latencies = true})) expect_allowed(each);
}

TEST(least_rights, cover_every_order) {
  for (int i = 0; i <= static_cast<int>(core::step::require_password); ++i) {
    core::order order{.steps = {static_cast<core::step>(i), core::step::follow}, .to = {"::1", 1}};
    order.user = "agent";
    order.password = core::know(core::secret("hush"));
    for (const command& each : commands_for(order)) expect_allowed(each);
  }
}

TEST(least_rights, cover_what_is_asked_aside) {
  const login as{"agent", core::secret("hush"), "redis-agent:redis-0"};
  for (const command& each : questions_about_own_login(as)) expect_allowed(each);
  for (const command& each : questions_about_rights(as, {})) expect_allowed(each);
}

TEST(least_rights, are_no_more_than_that) {
  for (const command& other :
       {command{"GET", "key"}, command{"CONFIG", "REWRITE"}, command{"SHUTDOWN"},
        command{"CLIENT", "LIST"}, command{"ACL", "LIST"}, command{"FLUSHALL"}, command{"EVAL"}}) {
    EXPECT_FALSE(is_allowed(all_rights(), other)) << other[0];
  }
}

TEST(least_rights, stand_in_the_docs) {
  std::ifstream file(TEST_FILES "/../../../k8s/README.md");
  std::ostringstream text;
  text << file.rdbuf();
  std::string rotation;
  for (const std::string_view right : rights_of(acl_role::rotation)) {
    rotation.append(" ").append(right);
  }
  std::string metrics;
  for (const std::string_view right : rights_of(acl_role::metrics)) {
    metrics.append(" ").append(right);
  }
  const std::vector<std::string> lines = {
      "user agent on #<sha256> " + rules_of(acl_role::agent) + rotation + metrics,
      "user replication on #<sha256> " + rules_of(acl_role::replication)};
  for (const std::string& line : lines) {
    EXPECT_NE(text.str().find("    " + line + "\n"), std::string::npos)
        << "k8s/README.md has to have this line:\n    " << line;
  }
}

}  // namespace
}  // namespace redis_agent::wire
