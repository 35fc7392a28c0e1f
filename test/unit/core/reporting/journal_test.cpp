#include "core/reporting/journal.hpp"

#include <gtest/gtest.h>

namespace redis_agent::core {
namespace {

const settings& replica_settings() {
  static const settings s = parse_settings(subcommand::sidecar, {}, "redis-slave-0").values;
  return s;
}

std::vector<std::string> messages(const journal_view& before, const journal_view& after) {
  std::vector<std::string> texts;
  for (const log_line& line : describe_changes(before, after, replica_settings())) {
    texts.push_back(line.message);
  }
  return texts;
}

using texts = std::vector<std::string>;

TEST(describe_changes, is_silent_when_nothing_but_numbers_has_changed) {
  journal_view before;
  before.explanation = "10 B behind";
  journal_view after = before;
  after.explanation = "20 B behind";
  EXPECT_EQ(messages(before, after), texts{});
}

TEST(describe_changes, says_which_peer_what_and_why) {
  journal_view before;
  before.primary_name = "redis-master-0.redis-headless:6379";
  before.why = reason::replica_in_sync;
  before.primary = link_condition::up;
  journal_view after = before;
  after.primary = link_condition::timed_out;
  after.primary_detail = "no answer within 1 s";
  after.why = reason::replica_stale;
  after.explanation = "because of that";
  const auto lines = describe_changes(before, after, replica_settings());
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], (log_line{log_level::warning,
                                "the primary does not answer as it should",
                                {{"peer", "redis-master-0.redis-headless:6379"},
                                 {"condition", "timed_out"},
                                 {"detail", "no answer within 1 s"},
                                 {"was", "up"}}}));
  EXPECT_EQ(lines[1], (log_line{log_level::info,
                                "ready",
                                {{"reason", "replica_stale"},
                                 {"because", "because of that"},
                                 {"was", "replica_in_sync"}}}));
}

TEST(describe_changes, says_that_the_redis_conf_has_lost_its_gate) {
  journal_view there;
  journal_view lost;
  lost.gate_is_in_file = false;
  EXPECT_EQ(messages(there, lost), texts{"the redis.conf has lost its gate"});
  EXPECT_EQ(messages(lost, there), texts{"the redis.conf has its gate again"});
}

// Of two addresses each may fail in its own way, in turns and for hours.
TEST(describe_changes, says_once_in_an_outage_how_a_link_fails) {
  memory m = begin_memory(replica_settings(), instant(0s));
  journal_view before = view(m, replica_settings(), instant(0s));
  std::vector<std::string> lines;
  const auto tell = [&](const event& e) {
    observe(m, e, instant(0s));
    const journal_view after = view(m, replica_settings(), instant(0s));
    for (const log_line& line : describe_changes(before, after, replica_settings())) {
      if (line.message.starts_with("the primary")) lines.push_back(line.message);
    }
    before = after;
  };
  const auto outage = [&] {
    for (int i = 0; i < 20; ++i) {
      tell(failed{peer::primary, link_condition::refused, "", ""});
      tell(failed{peer::primary, link_condition::unreachable, "", ""});
    }
    tell(reported{peer::primary, {}, ""});
  };
  outage();
  const texts once = {"the primary does not answer as it should",
                      "the primary does not answer as it should", "the primary answers"};
  EXPECT_EQ(lines, once);
  lines.clear();
  outage();
  EXPECT_EQ(lines, once) << "the next outage is another one";
}

TEST(describe_changes, says_that_the_list_of_pods_is_cut) {
  journal_view before;
  journal_view after = before;
  after.peers_are_cut = true;
  const texts cut = {"DNS's list of the pods is cut, and TCP gives no more"};
  EXPECT_EQ(messages(before, after), cut);
  EXPECT_EQ(messages(after, before), texts{"DNS lists all pods again"});
}

TEST(describe_changes, says_once_what_replicas_have_when_the_clients_are_paused) {
  journal_view before;
  journal_view after = before;
  after.pause = "0 of 1 replicas have all, up to offset 100";
  EXPECT_EQ(messages(before, after), texts{"redis's clients are paused"});
  before = after;
  after.pause = "1 of 1 replicas have all, up to offset 100";
  EXPECT_EQ(messages(before, after), texts{});
}

TEST(describe_changes, warns_of_readiness_lost_and_not_of_a_start) {
  journal_view ready;
  ready.why = reason::replica_in_sync;
  journal_view not_ready;
  not_ready.why = reason::lag_too_large;
  EXPECT_EQ(describe_changes(ready, not_ready, replica_settings())[0].level, log_level::warning);
  EXPECT_EQ(describe_changes(journal_view{}, not_ready, replica_settings())[0].level,
            log_level::info);
}

TEST(describe_changes, says_what_rdb_the_volume_has) {
  journal_view read;
  read.rdb = "none";
  EXPECT_EQ(
      describe_changes(journal_view{}, read, replica_settings()),
      (std::vector{log_line{log_level::info, "the volume has been read", {{"rdb", "none"}}}}));
}

TEST(describe_changes, says_that_the_volume_refuses_and_that_it_takes_again) {
  journal_view refused;
  refused.volume_trouble = "write: No space left on device";
  EXPECT_EQ(describe_changes(journal_view{}, refused, replica_settings()),
            (std::vector{log_line{log_level::warning,
                                  "the volume does not serve the agent's memory",
                                  {{"detail", "write: No space left on device"}}}}));
  EXPECT_EQ(messages(refused, journal_view{}), texts{"the volume serves the agent's memory again"});
  EXPECT_EQ(messages(refused, refused), texts{});
}

TEST(describe_changes, calls_it_an_error_that_redis_takes_commands_without_a_password) {
  journal_view open;
  open.is_open_to_everybody = true;
  EXPECT_EQ(
      describe_changes(journal_view{}, open, replica_settings()),
      (std::vector{log_line{log_level::error, "redis takes commands without a password", {}}}));
  EXPECT_EQ(messages(open, journal_view{}), texts{"redis asks everybody for the password again"});
  EXPECT_EQ(messages(open, open), texts{});
}

TEST(describe_changes, says_what_redis_own_link_meets) {
  journal_view refused;
  refused.link_peer = "redis-master-0.redis-headless:6379";
  refused.link_trouble = "WRONGPASS invalid";
  EXPECT_EQ(describe_changes(journal_view{}, refused, replica_settings()),
            (std::vector{log_line{log_level::warning,
                                  "redis's own link is refused",
                                  {{"peer", "redis-master-0.redis-headless:6379"},
                                   {"detail", "WRONGPASS invalid"}}}}));
  EXPECT_EQ(messages(refused, journal_view{}), texts{"redis's own link is refused no more"});
}

TEST(describe_changes, has_a_line_for_each_event) {
  journal_view before;
  before.run_id = "1";
  before.phase = sync_phase::in_sync;
  before.primary_addresses = {"10.0.0.1"};
  before.peers = {"redis-slave-0"};
  journal_view after = before;
  after.run_id = "2";
  after.reported_role = role::replica;
  after.phase = sync_phase::no_link;
  after.resyncs.full.back() = 1;
  after.resyncs.partial.back() = 1;
  after.primary_addresses = {"10.0.0.2"};
  after.peers.clear();
  after.primary_name_trouble = "no such name";
  EXPECT_EQ(messages(before, after),
            (texts{"DNS gives no answer", "the primary's addresses have changed",
                   "the pods that DNS lists have changed", "redis has restarted",
                   "redis says that it is a replica", "the replication link has changed",
                   "full resync done", "partial resync done"}));
  journal_view healed = after;
  healed.primary_name_trouble.clear();
  EXPECT_EQ(messages(after, healed), texts{"DNS answers again"});
}

}  // namespace
}  // namespace redis_agent::core
