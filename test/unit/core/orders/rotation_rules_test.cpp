// Single rules of the rotation; as a whole it is in rotation_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/orders/rotation.hpp"

namespace redis_agent::core {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

known_password password(const std::string& clear) { return know(secret(clear)); }

rotation_facts facts_of_primary(const std::string& use, std::vector<std::string> accepted,
                                const std::string& link) {
  rotation_facts f;
  f.is_rotated = true;
  f.overlap = 15min;
  f.seen.is_rotated = f.seen.is_recalled = true;
  f.seen.use = password(use);
  f.seen.own = password_report{{}, false, true, password(link).hash};
  f.seen.own->accepted.emplace();
  for (const std::string& each : accepted) f.seen.own->accepted->push_back(password(each).hash);
  f.is_primary = f.knows_all_pods = true;
  return f;
}

TEST(rotation_rules, leaves_passwords_alone_that_no_file_has_named) {
  const rotation_facts f = facts_of_primary("new", {"new", "of an application"}, "a user's own");
  EXPECT_TRUE(choose_for_passwords(f, instant{} + 1h).empty());
  EXPECT_TRUE(to_be_released(f, instant{} + 1h).empty());
}

// Of a replica whose primary takes the next password.
memory replica_that_links_as(const std::string& user) {
  memory m;
  m.redis.condition = link_condition::up;
  m.passwords.is_rotated = m.passwords.is_recalled = true;
  take(m.passwords, passwords_read{password("old"), {}, {}}, instant{});
  take(m.passwords, passwords_read{password("new"), {}, {}}, instant{});
  const std::vector<std::string> both = {password("old").hash, password("new").hash};
  m.passwords.own = password_report{both, false, true, password("old").hash, user};
  return m;
}

TEST(rotation_rules, leaves_the_link_alone_that_presents_another_users_password) {
  const settings s{};
  const instant now = instant{} + 1h;
  rotation_facts f = assess_rotation(replica_that_links_as("replication"), s, now);
  f.follows = true;
  f.taken_by_followed = *f.seen.own->accepted;
  EXPECT_THAT(choose_for_passwords(f, now), IsEmpty());
  EXPECT_TRUE(choose_for_file(f).link.empty());
  EXPECT_EQ(tell_tags(f).link, "");
  EXPECT_THAT(describe_rotation(f, now), HasSubstr("masteruser is replication"));
  // Who drops the old one does not wait for that link.
  f.primary_says = password_tags{tag_of(f.seen.use.hash), "", "", {tag_of(f.seen.use.hash)}};
  EXPECT_THAT(to_be_released(f, now), ElementsAre(password("old").hash));
}

TEST(rotation_rules, moves_the_link_of_the_rotated_user_by_whatever_name) {
  const instant now = instant{} + 1h;
  settings named;
  named.username = "agent";
  for (const auto& [user, s] :
       {std::pair("", settings{}), std::pair("default", settings{}), std::pair("agent", named)}) {
    rotation_facts f = assess_rotation(replica_that_links_as(user), s, now);
    f.follows = true;
    f.taken_by_followed = *f.seen.own->accepted;
    EXPECT_EQ(choose_for_passwords(f, now).size(), 1U) << user;
  }
}

TEST(rotation_rules, keeps_what_a_silent_pod_may_present) {
  rotation_facts f = facts_of_primary("new", {"new", "old"}, "new");
  f.seen.kept.push_back({password("old"), instant{}, true});
  f.others.push_back({"redis-1", std::nullopt});
  EXPECT_TRUE(to_be_released(f, instant{} + 1h).empty());
  EXPECT_NE(describe_rotation(f, instant{} + 1h).find("redis-1 does not say"), std::string::npos);
  f.others[0].is_gone = true;
  EXPECT_EQ(to_be_released(f, instant{} + 1h).size(), 1U) << "there is no such pod";
  f.others[0].is_gone = false;
  const std::string tag = tag_of(password("new").hash);
  f.others[0].says = password_tags{tag, "", tag, {tag}};
  EXPECT_EQ(to_be_released(f, instant{} + 1h).size(), 1U);
  EXPECT_TRUE(to_be_released(f, instant{} + 14min).empty()) << "the overlap is not over";
}

TEST(rotation_rules, shows_no_password_and_no_hash) {
  for (const step what :
       {step::accept_password, step::drop_password, step::use_password, step::require_password}) {
    order o{.steps = {what}};
    o.user = "default";
    o.password = password("hush");
    const std::string shown = describe(o);
    EXPECT_EQ(shown.find("hush"), std::string::npos) << shown;
    EXPECT_EQ(shown.find(o.password.hash.substr(0, 6)), std::string::npos) << shown;
    EXPECT_NE(shown.find(tag_of(o.password.hash)), std::string::npos) << shown;
  }
}

TEST(rotation_rules, takes_a_pod_for_gone_when_dns_lists_others_alone) {
  memory m;
  m.passwords.is_rotated = true;
  m.pods["redis-1"];
  const auto is_gone = [&] {
    const rotation_facts f = assess_rotation(m, settings{}, instant{});
    for (const auto& pod : f.others) {
      if (pod.name == "redis-1") return pod.is_gone;
    }
    return false;
  };
  EXPECT_FALSE(is_gone()) << "DNS has not answered";
  m.service_name.answer = service_answer{{{"redis-0.redis-headless", 6379}}};
  EXPECT_TRUE(is_gone());
  m.service_name.answer->is_cut = true;
  EXPECT_FALSE(is_gone()) << "there are others";
  m.service_name.answer = service_answer{{{"redis-1.redis-headless", 6379}}};
  EXPECT_FALSE(is_gone());
  m.service_name.answer = service_answer{};
  m.service_name.trouble = "no answer";
  EXPECT_FALSE(is_gone()) << "that was a while ago";
}

// Before 6.0.
TEST(rotation_rules, changes_the_only_password_when_every_pod_sees_it) {
  rotation_facts f = facts_of_primary("new", {"old"}, "old");
  f.seen.own->knows_users = false;
  f.seen.changed_at = instant{} + 1h;
  const std::string tag = tag_of(password("new").hash);
  f.others.push_back({"redis-1", password_tags{"0000", "", "0000", {"0000"}},
                      std::vector<std::string>{password("old").hash}});
  EXPECT_TRUE(choose_for_passwords(f, instant{} + 1h).empty());
  EXPECT_FALSE(choose_for_passwords(f, instant{} + 1h + 2min).empty()) << "it was waited for";
  f.others[0].says->use = tag;
  const auto orders = choose_for_passwords(f, instant{} + 1h);
  ASSERT_EQ(orders.size(), 2U);
  const std::vector<step> both = {step::use_password, step::require_password};
  EXPECT_EQ(orders[0].steps, both);
  EXPECT_EQ(orders[0].who, peer::redis);
  EXPECT_EQ(orders[1].steps, both);
  EXPECT_EQ(orders[1].pod, "redis-1");
}

TEST(rotation_rules, record_is_written_at_once_and_to_a_full_volume_more_and_more_seldom) {
  const password_record record{password("new").hash, "", {}};
  record_writing so_far;
  std::vector<duration> waits;
  instant now{};
  for (instant last = now; waits.size() < 9; now += 100ms) {
    if (!is_to_be_written(so_far, record, now)) continue;
    waits.push_back(now - last);
    last = now;
    take_outcome(so_far, record, false, now);
  }
  EXPECT_THAT(waits, ElementsAre(0s, 1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s));
  take_outcome(so_far, record, true, now);
  EXPECT_FALSE(is_to_be_written(so_far, record, now + 1h));
  EXPECT_TRUE(is_to_be_written(so_far, password_record{password("next").hash, "", {}}, now));
}

TEST(rotation_rules, record_is_read_back) {
  password_memory seen;
  take(seen, passwords_read{password("a"), password("b"), {}}, instant{});
  take(seen, passwords_read{password("c"), {}, {}}, instant{});
  take(seen, password_released{password("b").hash});
  const password_record record = record_of(seen);
  EXPECT_EQ(record.others.size(), 2U);
  const auto parsed = parse_password_record(render(record));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, record);
  EXPECT_FALSE(parse_password_record("use 12\n"));
}

}  // namespace
}  // namespace redis_agent::core
