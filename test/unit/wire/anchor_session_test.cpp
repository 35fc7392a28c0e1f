#include "wire/anchor_session.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <string>

namespace redis_agent::wire {
namespace {

const std::string id = "0123456789abcdef0123456789abcdef01234567";
const std::string try_later =
    "-NOMASTERLINK this is redis-agent holding replicas, it has no data to send\r\n";
const std::string unknown = "-ERR this is redis-agent holding replicas, it serves no commands\r\n";

// What a replica of Redis 7 says, the middle in one write.
const std::string handshake = format_command({"PING"}) + format_command({"AUTH", "pass\r\nword"}) +
                              format_command({"REPLCONF", "listening-port", "6379"}) +
                              format_command({"REPLCONF", "capa", "eof", "capa", "psync2"}) +
                              format_command({"REPLCONF", "version", "7.0.15"}) +
                              format_command({"PSYNC", id, "1235"});
const std::string answers = "+PONG\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n+CONTINUE\r\n";

const std::string acknowledgement = format_command({"REPLCONF", "ACK", "1234"});

// Redis 5, the password with a space and bytes that are no ASCII.
const std::string handshake_in_lines =
    "PING\r\nAUTH pass w\xc3\xb6rd\r\nREPLCONF listening-port 6379\r\n"
    "REPLCONF capa eof capa psync2\r\nPSYNC " +
    id + " 1235\r\n";
const std::string answers_to_lines = "+PONG\r\n+OK\r\n+OK\r\n+OK\r\n+CONTINUE\r\n";

std::string byte_by_byte(anchor_session& session, const std::string& bytes) {
  std::string received;
  for (const char byte : bytes) received += session.receive(std::string(1, byte));
  return received;
}

TEST(anchor_session, lets_a_replica_go_on_where_it_was) {
  anchor_session session;
  EXPECT_EQ(session.receive(format_command({"PING"})), "+PONG\r\n");
  EXPECT_EQ(session.receive(format_command({"AUTH", "user", "password"})), "+OK\r\n");
  EXPECT_EQ(session.receive(format_command({"REPLCONF", "ip-address", "10.0.0.7"})), "+OK\r\n");
  EXPECT_FALSE(session.is_held());
  EXPECT_EQ(session.receive(format_command({"PSYNC", id, "1235"})), "+CONTINUE\r\n");
  EXPECT_TRUE(session.is_held());
  EXPECT_TRUE(session.is_usable());
}

TEST(anchor_session, answers_a_pipelined_handshake) {
  anchor_session session;
  EXPECT_EQ(session.receive(handshake), answers);
  EXPECT_TRUE(session.is_held());
}

TEST(anchor_session, answers_a_handshake_byte_by_byte) {
  anchor_session session;
  EXPECT_EQ(byte_by_byte(session, handshake + acknowledgement), answers);
  EXPECT_TRUE(session.is_held());
  EXPECT_TRUE(session.is_usable());
}

TEST(anchor_session, answers_redis_5_which_sends_lines_and_then_arrays) {
  anchor_session at_once;
  EXPECT_EQ(at_once.receive(handshake_in_lines + acknowledgement), answers_to_lines);
  EXPECT_TRUE(at_once.is_held());
  EXPECT_TRUE(at_once.is_usable());
  anchor_session slowly;
  EXPECT_EQ(byte_by_byte(slowly, handshake_in_lines + acknowledgement), answers_to_lines);
  EXPECT_TRUE(slowly.is_usable());
}

TEST(anchor_session, takes_lines_and_arrays_in_any_order) {
  anchor_session session;
  EXPECT_EQ(session.receive(format_command({"ping"}) + "ping\n" + format_command({"Ping"}) +
                            "\r\n\nPiNg \r\n"),
            "+PONG\r\n+PONG\r\n+PONG\r\n+PONG\r\n");
}

TEST(anchor_session, takes_any_byte_inside_an_argument) {
  const std::string any("\r\n*1\r\n$4\r\nPING\r\n\n\0\r", 20);
  const std::string bytes = format_command({"AUTH", any}) + "PING\r\n";
  anchor_session at_once;
  EXPECT_EQ(at_once.receive(bytes), "+OK\r\n+PONG\r\n");
  anchor_session slowly;
  EXPECT_EQ(byte_by_byte(slowly, bytes), "+OK\r\n+PONG\r\n");
}

// A replica would take a byte more for a command of its primary.
TEST(anchor_session, is_silent_once_it_holds_a_replica) {
  anchor_session session;
  EXPECT_EQ(session.receive(handshake + handshake + "PING\r\nSYNC\r\n"), answers);
  EXPECT_EQ(session.receive(acknowledgement + handshake + "INFO\r\n"), "");
  EXPECT_TRUE(session.is_usable());
}

TEST(anchor_session, does_not_answer_acknowledgements) {
  anchor_session session;
  EXPECT_EQ(session.receive(acknowledgement + "replconf ack 1 fack 1\r\n" + "PING\r\n"),
            "+PONG\r\n");
}

struct exchange {
  const char* name;
  std::string sent;
  std::string answer;
};

class anchor_session_not_holding : public testing::TestWithParam<exchange> {};

TEST_P(anchor_session_not_holding, answers_and_goes_on) {
  anchor_session session;
  EXPECT_EQ(session.receive(GetParam().sent), GetParam().answer);
  EXPECT_FALSE(session.is_held());
  EXPECT_TRUE(session.is_usable());
  EXPECT_EQ(session.receive(handshake), answers);
}

INSTANTIATE_TEST_SUITE_P(
    of, anchor_session_not_holding,
    testing::Values(
        exchange{"psync_from_nothing", format_command({"PSYNC", "?", "-1"}), try_later},
        exchange{"psync_from_nothing_in_a_line", "PSYNC ? -1\r\n", try_later},
        exchange{"sync", format_command({"SYNC"}), try_later},
        exchange{"sync_in_a_line", "sync\r\n", try_later},
        exchange{"psync_alone", "PSYNC\r\n", try_later},
        exchange{"psync_without_offset", "PSYNC " + id + "\r\n", try_later},
        exchange{"failover", "PSYNC " + id + " 1235 FAILOVER\r\n", try_later},
        exchange{"replconf_alone", "REPLCONF\r\n", "+OK\r\n"},
        exchange{"other_command", format_command({"INFO", "replication"}), unknown},
        exchange{"longer_word", "PINGS\r\n", unknown}, exchange{"http", "GET / \r\n\r\n", unknown},
        exchange{"empty_array", "*0\r\n", ""}, exchange{"empty_word", "*1\r\n$0\r\n\r\n", unknown},
        exchange{"empty_lines", "\r\n\n\r\n", ""}, exchange{"spaces", "PING \t \r\n", "+PONG\r\n"}),
    [](const auto& tested) { return std::string(tested.param.name); });

class anchor_session_garbage : public testing::TestWithParam<exchange> {};

TEST_P(anchor_session_garbage, ends_the_stream_after_what_came_before) {
  anchor_session session;
  EXPECT_EQ(session.receive("PING\r\n" + GetParam().sent + handshake), "+PONG\r\n");
  EXPECT_FALSE(session.is_usable());
  EXPECT_EQ(session.receive(handshake), "") << "a broken stream stays broken";
  EXPECT_FALSE(session.is_held());
  anchor_session slowly;
  EXPECT_EQ(byte_by_byte(slowly, "PING\r\n" + GetParam().sent + handshake), "+PONG\r\n");
  EXPECT_FALSE(slowly.is_usable());
}

INSTANTIATE_TEST_SUITE_P(
    of, anchor_session_garbage,
    testing::Values(exchange{"tls", "\x16\x03\x01", ""}, exchange{"status", "+OK\r\n", ""},
                    exchange{"text_alone", "$4\r\nPING\r\n", ""}, exchange{"digit", "7", ""},
                    exchange{"null_array", "*-1\r\n", ""}, exchange{"no_number", "*x\r\n", ""},
                    exchange{"integer", "*1\r\n:1\r\n", ""}, exchange{"nil", "*1\r\n$-1\r\n", ""},
                    exchange{"nested", "*1\r\n*1\r\n$4\r\nPING\r\n", ""},
                    exchange{"longer_than_said", "*1\r\n$2\r\nPING\r\n", ""},
                    exchange{"wide", "*65\r\n", ""}, exchange{"millions", "*2000000000\r\n", ""}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(anchor_session, garbage_is_told_by_its_first_byte) {
  anchor_session session;
  EXPECT_EQ(session.receive("\x16"), "");
  EXPECT_FALSE(session.is_usable());
}

TEST(anchor_session, takes_a_command_up_to_64_kib) {
  const std::size_t frame = format_command({"AUTH", std::string(60'000, 'x')}).size() - 60'000;
  const std::string fits(anchor_session::command_bytes_max - frame, 'x');
  const std::string allowed = format_command({"AUTH", fits});
  ASSERT_EQ(allowed.size(), anchor_session::command_bytes_max);
  anchor_session session;
  EXPECT_EQ(session.receive(allowed + allowed), "+OK\r\n+OK\r\n") << "the limit is for one command";
  EXPECT_TRUE(session.is_usable());
  EXPECT_EQ(session.receive(format_command({"AUTH", fits + "x"})), "");
  EXPECT_FALSE(session.is_usable());
}

TEST(anchor_session, takes_a_line_up_to_64_kib) {
  const std::string fits(anchor_session::command_bytes_max - std::string("AUTH \r\n").size(), 'x');
  anchor_session session;
  EXPECT_EQ(session.receive("AUTH " + fits + "\r\nAUTH " + fits + "\r\n"), "+OK\r\n+OK\r\n");
  EXPECT_EQ(session.receive("AUTH " + fits + "x"), "");
  EXPECT_TRUE(session.is_usable());
  EXPECT_EQ(session.receive("\r\n"), "");
  EXPECT_FALSE(session.is_usable());
}

TEST(anchor_session, gives_up_on_a_command_that_does_not_end) {
  const char* const beginnings[] = {"AUTH ", "*", "*1\r\n$100000\r\n", "*2\r\n$4\r\nAUTH\r\n$"};
  for (const std::string chunk : {"1", "\n", "x\n", "\r"}) {
    for (const std::string begin : beginnings) {
      anchor_session session;
      std::string received = session.receive(begin);
      for (std::size_t fed = 0; fed <= anchor_session::command_bytes_max; fed += chunk.size()) {
        received += session.receive(chunk);
      }
      if (begin == "AUTH " && chunk.ends_with('\n')) continue;  // it has ended
      EXPECT_FALSE(session.is_usable()) << testing::PrintToString(begin + chunk);
      EXPECT_EQ(received, "") << testing::PrintToString(begin + chunk);
    }
  }
}

RC_GTEST_PROP(anchor_session, does_not_care_how_the_bytes_are_cut, ()) {
  const std::string bytes = *rc::gen::element(handshake, handshake_in_lines) + acknowledgement;
  anchor_session whole;
  const std::string expected = whole.receive(bytes);
  anchor_session cut;
  std::string received;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto length = *rc::gen::inRange<std::size_t>(1, 20);
    received += cut.receive(std::string_view(bytes).substr(i, length));
    i += length;
  }
  RC_ASSERT(received == expected);
  RC_ASSERT(cut.is_held());
}

}  // namespace
}  // namespace redis_agent::wire
