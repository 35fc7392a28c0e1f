#include "wire/conversation.hpp"

#include <gtest/gtest.h>

namespace redis_agent::wire {
namespace {

using core::link_condition;

const login with_password{"", core::secret("secret"), "redis-agent:redis-slave-0"};
const login without_password{"", core::secret(), "redis-agent:redis-slave-0"};

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

const std::string replication = bulk("role:slave\r\nmaster_link_status:up\r\n");
const std::string loading = bulk("loading:0\r\naof_enabled:1\r\naof_buffer_length:7\r\n");
const std::string stage = "*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:6379\r\n$9\r\nconnected\r\n:7\r\n";
const std::string server = bulk("redis_version:7.0.15\r\nrun_id:abc\r\nuptime_in_seconds:9\r\n");
const std::string keyspace = bulk("db0:keys=3,expires=0\r\n");
const std::string stats = bulk("sync_full:2\r\n");
const std::string bind = "*2\r\n$4\r\nbind\r\n" + bulk("127.0.0.1 -::1");
const std::string pong = "+PONG\r\n";
const std::string min_replicas = "*2\r\n$21\r\nmin-replicas-to-write\r\n$1\r\n2\r\n";
const std::string rdb_name = "*2\r\n$10\r\ndbfilename\r\n" + bulk("backup.rdb");
const std::string fsync =
    "*2\r\n$11\r\nappendfsync\r\n$2\r\nno\r\n"
    "*2\r\n$25\r\nno-appendfsync-on-rewrite\r\n$3\r\nyes\r\n";
const std::string repl_timeout = "*2\r\n$12\r\nrepl-timeout\r\n$3\r\n300\r\n";
const std::string stale_data = "*2\r\n$24\r\nreplica-serve-stale-data\r\n$2\r\nno\r\n";
const std::string memory = bulk("used_memory:9\r\nnumber_of_libraries:2\r\n");
const std::string details = min_replicas + rdb_name + stale_data + fsync + repl_timeout + server +
                            keyspace + memory + stats;
const std::string pod = replication + loading + server + keyspace + memory;
const std::string whole = replication + loading + stage + bind + pong + details;

TEST(conversation, logs_in_names_itself_and_asks_in_one_write) {
  conversation talk(core::peer::redis);
  const std::string bytes = talk.open(with_password, core::instant());
  EXPECT_EQ(
      bytes.find("*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n"),
      0U);
  EXPECT_NE(bytes.find("replication"), std::string::npos);
  EXPECT_NE(bytes.find("keyspace"), std::string::npos);
}

TEST(conversation, asks_a_pod_for_all_that_decides_with_each_poll) {
  conversation talk(core::peer::pod, "redis-slave-0");
  (void)talk.open(without_password, core::instant());
  std::string asked;
  for (const char* const section : {"replication", "persistence", "server", "keyspace", "memory"}) {
    asked += format_command({"INFO", section});
  }
  EXPECT_EQ(talk.ask(false, core::instant()), asked);
}

TEST(conversation, learns_by_a_glance_no_more_than_that_the_primary_answers) {
  conversation talk(core::peer::primary);
  (void)talk.open(without_password, core::instant());
  talk.receive("+OK\r\n" + replication + loading + server);
  ASSERT_TRUE(talk.outcome());
  EXPECT_EQ(talk.glance(core::instant()), format_command({"INFO", "persistence"}));
  talk.receive(bulk("loading:1\r\nasync_loading:0\r\n"));
  const auto seen = talk.outcome();
  ASSERT_TRUE(seen && std::holds_alternative<core::answered>(*seen));
  EXPECT_TRUE(std::get<core::answered>(*seen).loading.is_loading);
  (void)talk.glance(core::instant());
  talk.receive(":1\r\n");
  const auto other = talk.outcome();
  ASSERT_TRUE(other && std::holds_alternative<core::failed>(*other));
  EXPECT_EQ(std::get<core::failed>(*other).condition, link_condition::not_redis);
}

TEST(conversation, learns_that_the_primary_loads) {
  conversation talk(core::peer::primary);
  (void)talk.open(without_password, core::instant());
  talk.receive("+OK\r\n" + bulk("role:master\r\n") +
               bulk("loading:1\r\nloading_loaded_bytes:9\r\n") + server);
  const auto outcome = talk.outcome();
  ASSERT_TRUE(outcome);
  const auto& report = std::get<core::reported>(*outcome).report;
  ASSERT_TRUE(report.loading);
  EXPECT_TRUE(report.loading->is_loading);
  EXPECT_EQ(report.loading->loaded_bytes, 9);
}

TEST(conversation, knows_no_functions_of_a_server_that_has_none) {
  conversation talk(core::peer::pod, "redis-slave-0");
  (void)talk.open(without_password, core::instant());
  talk.receive("+OK\r\n" + replication + loading + server + keyspace + bulk("used_memory:9\r\n"));
  const auto outcome = talk.outcome();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<core::reported>(*outcome).report.details->functions, 0);
}

TEST(conversation, says_its_user_when_it_has_one) {
  conversation talk(core::peer::redis);
  const login as{"agent", core::secret("secret"), "x"};
  EXPECT_EQ(
      talk.open(as, core::instant()).find("*3\r\n$4\r\nAUTH\r\n$5\r\nagent\r\n$6\r\nsecret\r\n"),
      0U);
}

TEST(conversation, asks_a_primary_for_its_replication_alone_and_now_and_then_who_it_is) {
  conversation talk(core::peer::primary);
  (void)talk.open(without_password, core::instant());
  const std::string asked = format_command({"INFO", "replication"});
  EXPECT_EQ(talk.ask(false, core::instant()), asked);
  EXPECT_EQ(talk.ask(true, core::instant()),
            asked + format_command({"INFO", "persistence"}) + format_command({"INFO", "server"}));
}

TEST(conversation, puts_an_order_before_its_questions_and_tells_what_was_said_to_it) {
  conversation talk(core::peer::pod, "redis-slave-0");
  (void)talk.open(without_password, core::instant());
  talk.receive("+OK\r\n" + pod);
  ASSERT_TRUE(talk.outcome());
  const command order = {"REPLICAOF", "10.0.0.7", "9122"};
  EXPECT_EQ(talk.ask(false, core::instant(), {order}).find(format_command(order)), 0U);
  talk.receive("-NOPERM no\r\n" + pod);
  const auto outcome = talk.outcome();
  ASSERT_TRUE(outcome);
  const auto& told = std::get<core::reported>(*outcome);
  EXPECT_EQ(told.pod, "redis-slave-0");
  EXPECT_EQ(told.report.order_refusal, "NOPERM no");
  EXPECT_EQ(told.report.details->keys, 3);
}

TEST(conversation, finds_the_refusal_within_a_transaction) {
  conversation talk(core::peer::pod, "redis-slave-0");
  (void)talk.ask(false, core::instant(), {{"MULTI"}, {"REPLICAOF", "NO", "ONE"}, {"EXEC"}});
  talk.receive("+OK\r\n+QUEUED\r\n*2\r\n+OK\r\n-ERR refused\r\n" + pod);
  const auto outcome = talk.outcome();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<core::reported>(*outcome).report.order_refusal, "ERR refused");
}

TEST(conversation, tells_what_a_server_has_from_the_pause_on) {
  conversation talk(core::peer::redis);
  const std::vector<command> orders = {
      {"MULTI"}, {"CLIENT", "PAUSE", "9"}, {"INFO", "replication"}, {"EXEC"}};
  std::string asked = format_command({"INFO", "replication"});
  for (const command& order : orders) asked += format_command(order);
  EXPECT_EQ(talk.pause(core::instant(), orders), asked) << "nothing that would not be answered";
  const std::string after = "role:master\r\nmaster_repl_offset:9\r\n";
  talk.receive(replication + "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n$" +
               std::to_string(after.size()) + "\r\n" + after + "\r\n");
  const auto outcome = talk.outcome();
  ASSERT_TRUE(outcome);
  const auto& report = std::get<core::reported>(*outcome).report;
  EXPECT_TRUE(report.clients_are_paused);
  EXPECT_EQ(report.replication.offset, 9);
}

TEST(conversation, tells_that_a_server_will_not_be_paused) {
  conversation talk(core::peer::redis);
  (void)talk.pause(core::instant(),
                   {{"MULTI"}, {"CLIENT", "PAUSE", "9"}, {"INFO", "replication"}, {"EXEC"}});
  talk.receive(replication + "+OK\r\n-NOPERM no\r\n+QUEUED\r\n-EXECABORT\r\n");
  const auto outcome = talk.outcome();
  ASSERT_TRUE(outcome);
  const auto& report = std::get<core::reported>(*outcome).report;
  EXPECT_FALSE(report.clients_are_paused);
  EXPECT_EQ(report.order_refusal, "EXECABORT");
}

TEST(conversation, watches_although_it_may_not_see_the_configuration) {
  conversation talk(core::peer::redis);
  (void)talk.ask(false, core::instant());
  talk.receive(replication + loading + stage + "-NOPERM no\r\n" + pong);
  const auto outcome = talk.outcome();
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(std::get<core::reported>(*outcome).report.bind);

  (void)talk.ask(true, core::instant());
  const std::string no = "-NOPERM no\r\n";
  talk.receive(replication + loading + stage + no + pong + no + no + no + no + no + no + server +
               keyspace + memory + stats);
  const auto with_details = talk.outcome();
  ASSERT_TRUE(with_details);
  const auto& report = std::get<core::reported>(*with_details).report;
  EXPECT_FALSE(report.min_replicas);
  EXPECT_FALSE(report.rdb_name);
  EXPECT_FALSE(report.serves_stale_data);
  EXPECT_EQ(report.details->keys, 3);
}

TEST(conversation, reports_when_every_reply_is_in) {
  conversation talk(core::peer::redis);
  const core::instant asked = core::instant(core::duration(5));
  (void)talk.open(with_password, asked);
  const std::string replies = "+OK\r\n+OK\r\n" + whole;
  talk.receive(std::string_view(replies).substr(0, replies.size() - 1));
  EXPECT_FALSE(talk.outcome());
  talk.receive("\n");
  const auto outcome = talk.outcome();
  ASSERT_TRUE(outcome);
  const auto& report = std::get<core::reported>(*outcome).report;
  EXPECT_EQ(report.asked_at, asked);
  EXPECT_EQ(report.server->run_id, "abc");
  EXPECT_EQ(report.stage, core::link_stage::connected);
  EXPECT_EQ(report.details->keys, 3);
  EXPECT_EQ(report.details->resyncs.full, 2);
  EXPECT_EQ(report.min_replicas, 2);
  EXPECT_EQ(report.rdb_name, "backup.rdb");
  EXPECT_EQ(report.details->functions, 2);
  ASSERT_TRUE(report.aof);
  EXPECT_TRUE(report.aof->is_enabled);
  EXPECT_EQ(report.aof->buffered_bytes, 7);
  EXPECT_TRUE(report.replication.link->is_up);
  EXPECT_TRUE(talk.is_usable());
}

TEST(conversation, asks_for_less_between_details) {
  conversation talk(core::peer::redis);
  (void)talk.open(without_password, core::instant());
  talk.receive("+OK\r\n" + whole);
  ASSERT_TRUE(talk.outcome());
  (void)talk.ask(false, core::instant());
  talk.receive(replication + loading + stage + bind + pong);
  const auto outcome = talk.outcome();
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(std::get<core::reported>(*outcome).report.details);
}

TEST(conversation, tells_that_clients_are_refused_while_the_agent_is_not) {
  conversation talk(core::peer::redis);
  (void)talk.open(without_password, core::instant());
  talk.receive("+OK\r\n" + replication + loading + stage + bind +
               "-MASTERDOWN Link with MASTER is down\r\n" + details);
  const auto outcome = talk.outcome();
  ASSERT_TRUE(outcome);
  const auto& report = std::get<core::reported>(*outcome).report;
  EXPECT_EQ(report.read_refusal, "MASTERDOWN Link with MASTER is down");
  EXPECT_TRUE(report.replication.link);
}

TEST(conversation, tells_that_writes_are_refused_while_the_agent_is_not) {
  conversation talk(core::peer::redis);
  (void)talk.open(without_password, core::instant());
  talk.receive("+OK\r\n" + replication + loading + stage + bind +
               "-MISCONF Errors writing to the AOF file: No space left on device\r\n" + details);
  const auto outcome = talk.outcome();
  ASSERT_TRUE(outcome);
  const auto& report = std::get<core::reported>(*outcome).report;
  EXPECT_EQ(report.write_refusal,
            "MISCONF Errors writing to the AOF file: No space left on device");
  EXPECT_EQ(report.serves_stale_data, false);
  EXPECT_EQ(report.appendfsync, "no");
  EXPECT_EQ(report.no_fsync_on_rewrite, "yes");
  EXPECT_EQ(report.repl_timeout_seconds, 300);
}

struct refusal {
  const char* replies;
  link_condition condition;
  bool is_usable;
  bool needs_login = false;
};

class conversation_refused : public testing::TestWithParam<refusal> {};

TEST_P(conversation_refused, has_a_condition_of_its_own) {
  conversation talk(core::peer::primary);
  (void)talk.open(with_password, core::instant());  // AUTH, CLIENT SETNAME, INFO three times
  talk.receive(GetParam().replies + loading + server);
  const auto outcome = talk.outcome();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<core::failed>(*outcome).condition, GetParam().condition);
  EXPECT_EQ(talk.is_usable(), GetParam().is_usable);
  EXPECT_EQ(talk.needs_login(), GetParam().needs_login);
}

INSTANTIATE_TEST_SUITE_P(
    each, conversation_refused,
    testing::Values(refusal{"-WRONGPASS invalid\r\n-NOAUTH\r\n-NOAUTH\r\n",
                            link_condition::password_refused, true, true},
                    refusal{"-ERR invalid password\r\n-NOAUTH\r\n-NOAUTH\r\n",
                            link_condition::password_refused, true, true},
                    refusal{"+OK\r\n+OK\r\n-LOADING Redis\r\n", link_condition::loading, true},
                    refusal{"-BUSY\r\n-BUSY\r\n-BUSY\r\n", link_condition::busy, true, true},
                    refusal{"+OK\r\n+OK\r\n-MASTERDOWN\r\n", link_condition::primary_down, true},
                    refusal{"+OK\r\n-NOPERM\r\n-NOPERM\r\n", link_condition::not_permitted, true},
                    refusal{"+OK\r\n+OK\r\n-NOAUTH\r\n", link_condition::password_required, true,
                            true},
                    refusal{"+OK\r\n+OK\r\n:7\r\n", link_condition::not_redis, false},
                    refusal{"+OK\r\n+OK\r\n$4\r\nrole\r\n", link_condition::not_redis, false},
                    refusal{"220 smtp ready\r\n", link_condition::not_redis, false},
                    refusal{"*2000000000\r\n", link_condition::reply_too_large, false}));

TEST(conversation, says_as_whom_it_was_refused) {
  const auto refusal_of = [](const login& as, const std::string& first_three) {
    conversation talk(core::peer::pod, "redis-slave-0");
    (void)talk.open(as, core::instant());
    talk.receive(first_three + loading + server + keyspace + memory);
    return std::get<core::failed>(*talk.outcome()).detail;
  };
  const login peer{"peer", core::secret("hush"), "redis-agent:redis-0"};
  EXPECT_EQ(refusal_of(peer, "-WRONGPASS invalid\r\n-NOAUTH no\r\n-NOAUTH no\r\n"),
            "WRONGPASS invalid (as the user peer)");
  EXPECT_EQ(refusal_of(peer, "+OK\r\n+OK\r\n-NOPERM this user has no permissions\r\n"),
            "NOPERM this user has no permissions (as the user peer)");
  EXPECT_EQ(refusal_of(peer, "+OK\r\n+OK\r\n-LOADING data\r\n"), "LOADING data");
  EXPECT_EQ(refusal_of(with_password, "-WRONGPASS invalid\r\n-NOAUTH no\r\n-NOAUTH no\r\n"),
            "WRONGPASS invalid");
}

const std::string no_passwords = "*2\r\n$9\r\npasswords\r\n*0\r\n";

login watching(login as) {
  as.watched_user = "default";
  return as;
}

TEST(conversation, tells_for_whom_the_link_presents_its_password) {
  conversation talk(core::peer::redis);
  (void)talk.open(watching(without_password), core::instant());
  talk.receive("+OK\r\n" + whole + no_passwords + "*2\r\n$10\r\nmasterauth\r\n" + bulk("p") +
               "*2\r\n$10\r\nmasteruser\r\n" + bulk("replication"));
  const auto outcome = talk.outcome();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<core::reported>(*outcome).report.passwords->links_user, "replication");
}

TEST(conversation, asks_for_a_password_in_clear_only_where_there_are_no_users) {
  for (const bool knows_users : {true, false}) {
    conversation talk(core::peer::pod, "redis-slave-1");
    const std::string first = talk.open(watching(without_password), core::instant());
    EXPECT_EQ(first.find("requirepass"), std::string::npos);
    talk.receive("+OK\r\n" + pod + (knows_users ? no_passwords : "-ERR unknown command `ACL`\r\n"));
    ASSERT_TRUE(talk.outcome());
    const bool is_asked = talk.ask(true, core::instant()).find("requirepass") != std::string::npos;
    EXPECT_EQ(is_asked, !knows_users);
  }
}

TEST(conversation, takes_an_error_before_the_end_for_an_answer) {
  conversation talk(core::peer::redis);
  (void)talk.open(with_password, core::instant());
  talk.receive("-ERR max number of clients reached\r\n");
  EXPECT_FALSE(talk.outcome());
  const auto said = talk.last_words();
  ASSERT_TRUE(said);
  EXPECT_EQ(std::get<core::failed>(*said).condition, link_condition::too_many_clients);
  EXPECT_EQ(std::get<core::failed>(*said).detail, "ERR max number of clients reached");
}

TEST(conversation, has_no_last_words_of_a_server_that_has_just_gone) {
  conversation talk(core::peer::redis);
  (void)talk.open(with_password, core::instant());
  EXPECT_FALSE(talk.last_words());
  talk.receive("+OK\r\n-NOPERM no name\r\n");
  EXPECT_FALSE(talk.outcome());
  EXPECT_FALSE(talk.last_words());
}

TEST(conversation, goes_on_without_a_name_and_without_a_password_that_nobody_wants) {
  for (const char* no_password :
       {"-ERR Client sent AUTH, but no password is set\r\n",
        "-ERR AUTH <password> called without any password configured for the default user.\r\n"}) {
    conversation talk(core::peer::primary);
    (void)talk.open(with_password, core::instant());
    talk.receive(std::string(no_password) + "-LOADING\r\n" + bulk("role:master\r\n") + loading +
                 server);
    const auto outcome = talk.outcome();
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(std::holds_alternative<core::reported>(*outcome)) << no_password;
  }
}

TEST(conversation, does_not_believe_answers_to_what_was_not_asked) {
  conversation talk(core::peer::primary);
  (void)talk.open(without_password, core::instant());
  talk.receive("+OK\r\n" + bulk("role:master\r\n") + loading + server + "+OK\r\n");
  const auto outcome = talk.outcome();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<core::failed>(*outcome).condition, link_condition::not_redis);
  EXPECT_FALSE(talk.is_usable());
}

}  // namespace
}  // namespace redis_agent::wire
