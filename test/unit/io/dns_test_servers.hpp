// DNS servers for the tests, on the loopback: a real one (dnsmasq), and one that says what it
// likes.
#pragma once

#include <arpa/inet.h>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <functional>
#include <netinet/in.h>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace redis_agent::io {

// Serves the records that its options name, from the moment that it is constructed.
class dnsmasq {
 public:
  explicit dnsmasq(const std::vector<std::string>& records) : port_(free_port()) {
    std::vector<std::string> arguments = {"dnsmasq",
                                          "--no-daemon",
                                          "--conf-file=/dev/null",
                                          "--port=" + std::to_string(port_),
                                          "--listen-address=127.0.0.1",
                                          "--bind-interfaces",
                                          "--no-resolv",
                                          "--no-hosts",
                                          "--local=/local/",
                                          "--log-facility=-"};
    arguments.insert(arguments.end(), records.begin(), records.end());
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe failed");
    process_ = ::fork();
    if (process_ == 0) become(arguments, ends[1]);
    ::close(ends[1]);
    wait_until_started(ends[0]);
    ::close(ends[0]);
  }
  dnsmasq(const dnsmasq&) = delete;
  dnsmasq& operator=(const dnsmasq&) = delete;
  ~dnsmasq() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

  std::uint16_t port() const { return port_; }

 private:
  static std::uint16_t free_port() {
    boost::asio::io_context context;
    const boost::asio::ip::udp::endpoint any(boost::asio::ip::address_v4::loopback(), 0);
    return boost::asio::ip::udp::socket(context, any).local_endpoint().port();
  }

  [[noreturn]] static void become(std::vector<std::string>& arguments, int log) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(log, STDERR_FILENO);
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    ::execvp("dnsmasq", pointers.data());
    ::execv("/usr/sbin/dnsmasq", pointers.data());  // not in every user's PATH
    ::_exit(127);
  }

  static void wait_until_started(int log) {
    std::string text;
    std::array<char, 1024> piece{};
    while (text.find("started, version") == std::string::npos) {
      const auto count = ::read(log, piece.data(), piece.size());
      if (count <= 0) throw std::runtime_error("dnsmasq does not start: " + text);
      text.append(piece.data(), static_cast<std::size_t>(count));
    }
  }

  std::uint16_t port_;
  pid_t process_ = -1;
};

// Answers each packet with those that a function makes of it.
class invented_dns_server {
 public:
  using answers = std::function<std::vector<std::string>(const std::string& question)>;

  invented_dns_server(boost::asio::io_context& context, answers make, std::uint16_t port = 0)
      : socket_(context, {boost::asio::ip::address_v4::loopback(), port}), make_(std::move(make)) {
    boost::asio::co_spawn(context, serve(), boost::asio::detached);
  }

  std::uint16_t port() const { return socket_.local_endpoint().port(); }
  unsigned questions() const { return questions_; }

 private:
  boost::asio::awaitable<void> serve() {
    const auto completion = boost::asio::as_tuple(boost::asio::use_awaitable);
    std::array<char, 4096> bytes{};
    boost::asio::ip::udp::endpoint from;
    while (true) {
      const auto [error, count] =
          co_await socket_.async_receive_from(boost::asio::buffer(bytes), from, completion);
      if (error) co_return;
      ++questions_;
      for (const std::string& packet : make_(std::string(bytes.data(), count))) {
        boost::system::error_code ignored;
        socket_.send_to(boost::asio::buffer(packet), from, 0, ignored);
      }
    }
  }

  boost::asio::ip::udp::socket socket_;
  answers make_;
  unsigned questions_ = 0;
};

// The parts of a packet (RFC 1035, 4).
inline std::string two_bytes(unsigned number) {
  return {static_cast<char>(number >> 8 & 0xff), static_cast<char>(number & 0xff)};
}

inline std::string four_bytes(std::uint32_t number) {
  return two_bytes(number >> 16) + two_bytes(number & 0xffff);
}

constexpr unsigned type_a = 1;
constexpr unsigned type_cname = 5;
constexpr unsigned type_txt = 16;
constexpr unsigned type_aaaa = 28;
constexpr unsigned type_srv = 33;

constexpr unsigned flags_of_answer = 0x8180;
constexpr unsigned flag_truncated = 0x0200;
constexpr unsigned rcode_server_failure = 2;
constexpr unsigned rcode_refused = 5;

// EDNS: how much the one who asks takes by UDP, 0 if it does not say (RFC 6891, 6.1). Of a question
// with no other record behind it.
constexpr std::size_t opt_bytes = 11;
inline bool has_opt(const std::string& question) { return question.at(11) == 1; }

inline unsigned udp_bytes_taken(const std::string& question) {
  if (!has_opt(question)) return 0;
  const auto byte_at = [&](std::size_t at) { return static_cast<unsigned char>(question.at(at)); };
  const std::size_t size_at = question.size() - opt_bytes + 3;
  return byte_at(size_at) * 256U + byte_at(size_at + 1);
}

inline std::string without_opt(const std::string& question) {
  return question.substr(0, question.size() - (has_opt(question) ? opt_bytes : 0));
}

// A record of the name that was asked for.
inline std::string dns_record(unsigned type, std::uint32_t ttl, const std::string& bytes) {
  return "\xc0\x0c" + two_bytes(type) + two_bytes(1) + four_bytes(ttl) +
         two_bytes(static_cast<unsigned>(bytes.size())) + bytes;
}

inline std::string dns_answer(const std::string& question, unsigned flags,
                              const std::vector<std::string>& records) {
  std::string packet = question.substr(0, 2) + two_bytes(flags) + two_bytes(1) +
                       two_bytes(static_cast<unsigned>(records.size())) + four_bytes(0) +
                       without_opt(question).substr(12);
  for (const std::string& record : records) packet += record;
  return packet;
}

inline unsigned type_of(const std::string& question) {
  const std::string asked = without_opt(question);
  return static_cast<unsigned char>(asked.at(asked.size() - 3));
}

}  // namespace redis_agent::io
