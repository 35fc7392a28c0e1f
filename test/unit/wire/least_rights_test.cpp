// What the agent sends is what its rules allow, and what the docs say.
#include "wire/least_rights.hpp"

#include <algorithm>
#include <array>
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

using roles = std::vector<acl_role>;
const roles own = {acl_role::agent, acl_role::rotation, acl_role::metrics};
const roles peers = {acl_role::peer, acl_role::peer_failover};

std::vector<std::string_view> all_rights(const roles& of) {
  std::vector<std::string_view> rights;
  for (const acl_role role : of) {
    const auto some = rights_of(role);
    rights.insert(rights.end(), some.begin(), some.end());
  }
  return rights;
}

std::string rules_of_all(const roles& of) {
  std::string rules = rules_of(of.front());
  for (const std::string_view right : all_rights({of.begin() + 1, of.end()})) {
    rules.append(" ").append(right);
  }
  return rules;
}

void expect_allowed(const command& sent, const roles& as = own) {
  // Everybody may log in.
  if (sent.front() == "AUTH") return;
  EXPECT_TRUE(is_allowed(all_rights(as), sent))
      << sent[0] << (sent.size() > 1 ? " " + sent[1] : "");
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

// Each of the peer's rights is used, and what is sent to other pods as that user needs no other.
TEST(least_rights, of_a_peer_are_what_other_pods_are_asked_and_told) {
  const login as{"peer", core::secret("hush"), "redis-agent:redis-0"};
  std::vector<command> sent;
  const auto add = [&](const std::vector<command>& more) {
    sent.insert(sent.end(), more.begin(), more.end());
  };
  for (const core::peer who : {core::peer::primary, core::peer::pod}) {
    conversation talk(who);
    add(read_commands(talk.open(as, {})));
  }
  add(questions_about_rights(as, {}));
  // Whom it copies from is held, and let go again; who serves beside it is closed.
  using core::step;
  for (const auto& steps : {std::vector{step::stand_alone, step::follow}, std::vector{step::follow},
                            std::vector{step::follow, step::drop_clients}}) {
    add(commands_for({.who = core::peer::pod, .steps = steps, .to = {"::1", 1}}));
  }
  for (const command& each : sent) expect_allowed(each, peers);
  for (const std::string_view right : all_rights(peers)) {
    const std::array one = {right};
    EXPECT_TRUE(std::any_of(sent.begin(), sent.end(),
                            [&](const command& each) { return is_allowed(one, each); }))
        << right << " is used by nothing";
  }
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
  for (const command& each : questions_about_plain_port(as)) expect_allowed(each);
  for (const command& each : orders_of_plain_port(as, 0)) expect_allowed(each);
}

TEST(least_rights, are_no_more_than_that) {
  for (const command& other :
       {command{"GET", "key"}, command{"CONFIG", "REWRITE"}, command{"SHUTDOWN"},
        command{"CLIENT", "LIST"}, command{"ACL", "LIST"}, command{"FLUSHALL"}, command{"EVAL"}}) {
    EXPECT_FALSE(is_allowed(all_rights(own), other)) << other[0];
    EXPECT_FALSE(is_allowed(all_rights(peers), other)) << other[0];
  }
  for (const command& administrators :
       {command{"CONFIG", "GET", "requirepass"}, command{"CONFIG", "SET", "dir", "/"},
        command{"ACL", "SETUSER", "peer"}, command{"ACL", "GETUSER", "agent"}, command{"PSYNC"}}) {
    EXPECT_FALSE(is_allowed(all_rights(peers), administrators)) << administrators[0];
  }
}

TEST(least_rights, stand_in_the_docs) {
  std::ifstream file(TEST_FILES "/../../../k8s/README.md");
  std::ostringstream text;
  text << file.rdbuf();
  const std::vector<std::string> lines = {
      "user agent on #<sha256> " + rules_of_all(own),
      "user peer on #<sha256> " + rules_of(acl_role::peer),
      "user replication on #<sha256> " + rules_of(acl_role::replication)};
  for (const std::string& line : lines) {
    EXPECT_NE(text.str().find("    " + line + "\n"), std::string::npos)
        << "k8s/README.md has to have this line:\n    " << line;
  }
  const std::string with_failover =
      "`" + std::string(rights_of(acl_role::peer_failover).front()) + "` for `peer`";
  EXPECT_NE(text.str().find(with_failover), std::string::npos) << with_failover;
}

}  // namespace
}  // namespace redis_agent::wire
