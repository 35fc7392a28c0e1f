// dns_resolver against servers that answer wrongly, with too much, or in bad faith: a failure with
// a text, never a crash or a hang.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "io/dns_resolver.hpp"
#include "unit/io/dns_test_servers.hpp"
#include "unit/io/run_coroutine.hpp"
#include "unit/io/temporary_folder.hpp"

namespace redis_agent::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
using testing::AnyOf;
using testing::StartsWith;
using packets = std::vector<std::string>;

const std::string name = "redis-headless.local";
const std::string asked_addresses = "asked DNS for the addresses of " + name + ": ";
const std::string asked_service = "asked DNS for SRV of " + name + ": ";
const std::string priority_and_weight = four_bytes(0);
const std::string port_6379 = two_bytes(6379);

std::string label(const std::string& text) {
  return std::string(1, static_cast<char>(text.size())) + text;
}

std::string service_record(const std::string& target, std::uint32_t ttl = 5) {
  return dns_record(type_srv, ttl, priority_and_weight + port_6379 + target);
}

class invented_dns_test : public testing::Test {
 protected:
  dns_source source(std::uint16_t port) const {
    return {folder_.write("resolv.conf", "nameserver 127.0.0.1\n"), port};
  }

  core::result<core::address_answer> addresses(invented_dns_server::answers make,
                                               core::duration timeout = 2s) {
    const invented_dns_server server(context_, std::move(make));
    dns_resolver resolver(context_, timeout, source(server.port()));
    return run(context_, resolver.resolve_addresses(name));
  }

  core::result<core::service_answer> service(invented_dns_server::answers make,
                                             core::duration timeout = 2s) {
    const invented_dns_server server(context_, std::move(make));
    dns_resolver resolver(context_, timeout, source(server.port()));
    return run(context_, resolver.resolve_service(name));
  }

  temporary_folder folder_;
  asio::io_context context_;
};

struct lie {
  const char* what;
  std::function<packets(const std::string& question)> packets_for;
  std::string failure;
};

std::ostream& operator<<(std::ostream& out, const lie& told) { return out << told.what; }

const std::string ignored = "no answer in time";
const std::string malformed = "the answer is malformed";
const std::string cut = "the answer is cut, and by TCP: ";

class dns_lies : public invented_dns_test, public testing::WithParamInterface<lie> {};

// A packet that belongs to no question is ignored, so that nobody can end a question by guessing.
TEST_P(dns_lies, are_failures_of_both_questions) {
  const auto& make = GetParam().packets_for;
  const auto timeout = GetParam().failure == ignored ? 5ms : 2s;
  const auto no_addresses = addresses(make, timeout);
  ASSERT_FALSE(no_addresses);
  EXPECT_THAT(no_addresses.error().text, StartsWith(asked_addresses));
  const auto no_service = service(make, timeout);
  ASSERT_FALSE(no_service);
  EXPECT_EQ(no_service.error().text, asked_service + GetParam().failure);
}

INSTANTIATE_TEST_SUITE_P(
    all, dns_lies,
    testing::Values(
        lie{"silence", [](const std::string&) { return packets{}; }, ignored},
        lie{"nothing_in_a_packet", [](const std::string&) { return packets{""}; }, ignored},
        lie{"half_a_header", [](const std::string& q) { return packets{q.substr(0, 7)}; }, ignored},
        lie{"another_id",
            [](const std::string& q) {
              std::string other = q;
              other[0] = static_cast<char>(~other[0]);
              return packets{dns_answer(other, flags_of_answer, {})};
            },
            ignored},
        lie{"another_question",
            [](const std::string& q) {
              std::string other = q;
              other[14] = 'X';
              return packets{dns_answer(other, flags_of_answer, {})};
            },
            ignored},
        lie{"a_count_without_records",
            [](const std::string& q) {
              std::string packet = dns_answer(q, flags_of_answer, {});
              packet[7] = '\x7f';
              return packets{packet};
            },
            malformed},
        lie{"a_record_that_ends_early",
            [](const std::string& q) {
              std::string packet = dns_answer(q, flags_of_answer, {service_record(label("a"))});
              packet.resize(packet.size() - 2);
              return packets{packet};
            },
            malformed},
        lie{"a_name_that_points_to_itself",
            [](const std::string& q) {
              const auto at = static_cast<char>(without_opt(q).size());
              const std::string loop = std::string("\xc0") + at;
              return packets{dns_answer(
                  q, flags_of_answer,
                  {loop + two_bytes(type_srv) + two_bytes(1) + four_bytes(1) + two_bytes(0)})};
            },
            malformed},
        lie{"a_target_that_points_beyond_the_packet",
            [](const std::string& q) {
              return packets{dns_answer(q, flags_of_answer, {service_record("\xff\xff")})};
            },
            malformed},
        lie{"a_service_record_without_a_target",
            [](const std::string& q) {
              return packets{dns_answer(q, flags_of_answer, {dns_record(type_srv, 5, "abcdef")})};
            },
            malformed},
        lie{"a_target_that_is_no_name",
            [](const std::string& q) {
              const std::string target = label("two words\n") + '\0';
              return packets{dns_answer(q, flags_of_answer, {service_record(target)})};
            },
            "the answer has a name that is none"},
        lie{"records_of_another_type",
            [](const std::string& q) {
              return packets{
                  dns_answer(q, flags_of_answer, {dns_record(type_txt, 5, label("text"))})};
            },
            "the answer has no SRV record"},
        lie{"addresses_of_the_wrong_size",
            [](const std::string& q) {
              return packets{
                  dns_answer(q, flags_of_answer,
                             {dns_record(type_a, 5, "abc"), dns_record(type_aaaa, 5, "abcdefgh")})};
            },
            "the answer has no SRV record"},
        lie{"aliases_in_a_circle",
            [](const std::string& q) {
              return packets{dns_answer(q, flags_of_answer,
                                        packets(20, dns_record(type_cname, 5, "\xc0\x0c")))};
            },
            "the answer has no SRV record"},
        lie{"a_service_that_is_not_offered",
            [](const std::string& q) {
              return packets{
                  dns_answer(q, flags_of_answer, {service_record(std::string(1, '\0'))})};
            },
            "the answer has no SRV record"},
        lie{"a_packet_of_60000_bytes",
            [](const std::string& q) {
              return packets{dns_answer(q, flags_of_answer, {}) + std::string(60000, 'x')};
            },
            "no server gave an answer"},
        lie{"a_server_that_has_failed",
            [](const std::string& q) {
              return packets{dns_answer(q, flags_of_answer | rcode_server_failure, {})};
            },
            "no server gave an answer"},
        lie{"a_server_that_refuses",
            [](const std::string& q) {
              return packets{dns_answer(q, flags_of_answer | rcode_refused, {})};
            },
            "no server gave an answer"}),
    [](const auto& tested) { return std::string(tested.param.what); });

TEST_F(invented_dns_test, a_flood_of_wrong_packets_does_not_drown_the_right_one) {
  const auto answer = service([](const std::string& question) {
    packets flood(200, "zz" + question.substr(2));
    flood.push_back(dns_answer(question, flags_of_answer, {service_record(label("a") + '\0')}));
    return flood;
  });
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->targets, (std::vector{core::service_target{"a", 6379}}));
}

TEST_F(invented_dns_test, the_shortest_ttl_counts_and_one_out_of_range_is_zero) {
  const auto with_ttl = [&](std::uint32_t ttl) {
    return [ttl](const std::string& question) {
      const auto first = type_of(question) == type_srv
                             ? service_record(label("a") + '\0', 900)
                             : dns_record(type_a, 900, "\x0a\x01\x01\x01");
      const auto second = type_of(question) == type_srv
                              ? service_record(label("b") + '\0', ttl)
                              : dns_record(type_a, ttl, "\x0a\x01\x01\x02");
      return packets{dns_answer(question, flags_of_answer, {first, second})};
    };
  };
  EXPECT_EQ(service(with_ttl(17)).value().ttl, 17s);
  EXPECT_EQ(addresses(with_ttl(17)).value().ttl, 17s);
  EXPECT_EQ(service(with_ttl(0x80000000)).value().ttl, 0s);
  EXPECT_EQ(addresses(with_ttl(0xffffffff)).value().ttl, 0s);
}

TEST_F(invented_dns_test, survives_arbitrary_changes_of_an_answer) {
  std::mt19937 chance(20261124);
  const invented_dns_server server(context_, [&](const std::string& question) {
    std::string packet = dns_answer(
        question, flags_of_answer,
        {dns_record(type_a, 5, "\x0a\x01\x01\x01"), dns_record(type_cname, 5, label("c") + '\0'),
         service_record(label("a") + '\0')});
    for (int i = 0; i < 3; ++i) {
      packet.at(2 + chance() % (packet.size() - 2)) = static_cast<char>(chance());
    }
    return packets{packet, dns_answer(question, flags_of_answer | rcode_refused, {})};
  });
  dns_resolver resolver(context_, 1ms, source(server.port()));
  for (int i = 0; i < 100; ++i) {
    const auto found = run(context_, resolver.resolve_addresses(name));
    EXPECT_THAT(found ? asked_addresses : found.error().text, StartsWith(asked_addresses));
    const auto targets = run(context_, resolver.resolve_service(name));
    EXPECT_THAT(targets ? asked_service : targets.error().text, StartsWith(asked_service));
  }
}

// A server whose UDP says "ask by TCP", and whose TCP sends these bytes and then closes, resets or
// falls silent.
class dns_over_tcp_test : public invented_dns_test {
 protected:
  enum class ending { close, reset, silence };

  std::string failure(std::string sent, ending how) {
    // First TCP, where others have more ports in use.
    tcp::acceptor acceptor(context_, {asio::ip::address_v4::loopback(), 0});
    const auto cuts = [](const std::string& question) {
      return packets{dns_answer(question, flags_of_answer | flag_truncated, {})};
    };
    const invented_dns_server server(context_, cuts, acceptor.local_endpoint().port());
    asio::co_spawn(context_, serve(acceptor, std::move(sent), how), asio::detached);
    dns_resolver resolver(context_, 10ms, source(server.port()));
    const auto answer = run(context_, resolver.resolve_service(name));
    return answer ? "an answer" : answer.error().text;
  }

 private:
  asio::awaitable<void> serve(tcp::acceptor& acceptor, std::string sent, ending how) {
    const auto completion = asio::as_tuple(asio::use_awaitable);
    std::vector<tcp::socket> held;
    while (true) {
      auto [error, socket] = co_await acceptor.async_accept(completion);
      if (error) co_return;
      if (how == ending::reset) socket.set_option(tcp::socket::linger(true, 0));
      co_await asio::async_write(socket, asio::buffer(sent), completion);
      if (how == ending::silence) held.push_back(std::move(socket));
    }
  }
};

TEST_F(dns_over_tcp_test, that_never_answers_times_out) {
  EXPECT_EQ(failure("", ending::silence), asked_service + cut + ignored);
  EXPECT_EQ(failure("\xff", ending::silence), asked_service + cut + ignored);
  EXPECT_EQ(failure("\xff\xff half", ending::silence), asked_service + cut + ignored);
}

TEST_F(dns_over_tcp_test, that_hangs_up_is_a_failure) {
  const auto expected =
      AnyOf(asked_service + cut + ignored, asked_service + cut + "no server gave an answer");
  EXPECT_THAT(failure("", ending::close), expected);
  EXPECT_THAT(failure("", ending::reset), expected);
  EXPECT_THAT(failure("\xff\xff half", ending::reset), expected);
}

TEST_F(dns_over_tcp_test, that_sends_64_kib_of_junk_times_out) {
  EXPECT_EQ(failure("\xff\xff" + std::string(65535, 'x'), ending::silence),
            asked_service + cut + ignored);
}

// UDP tells one of many, and TCP is blocked.
TEST_F(invented_dns_test, a_cut_answer_is_taken_as_far_as_it_goes_and_told_as_such) {
  const auto answer = service([](const std::string& question) {
    return packets{dns_answer(question, flags_of_answer | flag_truncated,
                              {service_record(label("a") + '\0')})};
  });
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_TRUE(answer->is_cut);
  EXPECT_EQ(answer->targets, (std::vector{core::service_target{"a", 6379}}));
}

TEST_F(invented_dns_test, a_cut_answer_with_nothing_in_it_is_no_answer) {
  const auto answer = service([](const std::string& question) {
    return packets{dns_answer(question, flags_of_answer | flag_truncated, {})};
  });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().text, asked_service + cut + "no server gave an answer");
}

TEST_F(invented_dns_test, says_what_it_takes_by_udp) {
  unsigned taken = 0;
  const auto answer = service([&](const std::string& question) {
    taken = udp_bytes_taken(question);
    return packets{dns_answer(question, flags_of_answer, {service_record(label("a") + '\0')})};
  });
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(taken, 1232U);
  EXPECT_FALSE(answer->is_cut);
}

// RFC 6891, 7: one that does not know EDNS says that it does not understand the question.
TEST_F(invented_dns_test, asks_a_server_that_does_not_know_edns_without_it) {
  const unsigned not_understood = 1;
  const auto old_server = [&](const std::string& question) {
    if (has_opt(question)) {
      return packets{dns_answer(question, flags_of_answer | not_understood, {})};
    }
    const unsigned type = type_of(question);
    if (type == type_srv) {
      return packets{dns_answer(question, flags_of_answer, {service_record(label("a") + '\0')})};
    }
    const std::string bytes =
        type == type_a ? std::string("\x0a\x01\x01\x01") : std::string(16, 'x');
    return packets{dns_answer(question, flags_of_answer, {dns_record(type, 5, bytes)})};
  };
  const auto pods = service(old_server);
  ASSERT_TRUE(pods) << pods.error().text;
  const auto both = addresses(old_server);
  ASSERT_TRUE(both) << both.error().text;
  EXPECT_EQ(both->addresses.size(), 2U) << "of both families";
}

}  // namespace
}  // namespace redis_agent::io
