// What init writes, read back by a real redis-server: the one of the PATH, or of REDIS_SERVER.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <random>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "core/configuration/redis_conf.hpp"

namespace {

using namespace redis_agent::core;
namespace fs = std::filesystem;

std::string server_program() {
  const char* const named = std::getenv("REDIS_SERVER");
  return named != nullptr ? named : "redis-server";
}

bool server_exists() {
  return std::system(("command -v " + server_program() + " >/dev/null").c_str()) == 0;
}

void write_file(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

// One command in the form that carries any bytes (redis.io/docs/reference/protocol-spec).
std::string command_of(const std::vector<std::string>& words) {
  std::string text = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return text;
}

class connection {
 public:
  explicit connection(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(std::data(address.sun_path), std::size(address.sun_path) - 1);
    is_open_ = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() { close(fd_); }

  bool is_open() const { return is_open_; }

  // An error or a status as it is, the last string of anything else.
  std::string ask(const std::vector<std::string>& words) {
    const std::string text = command_of(words);
    if (write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return {};
    return answer();
  }

 private:
  std::string answer() {
    const std::string line = take_line();
    if (line.empty() || line[0] == '+' || line[0] == '-') return line;
    const long count = std::atol(line.c_str() + 1);
    if (line[0] == '$')
      return take(static_cast<std::size_t>(count) + 2).substr(0, static_cast<std::size_t>(count));
    std::string last;
    if (line[0] == '*') {
      for (long i = 0; i < count; ++i) last = answer();
    }
    return last;
  }

  std::string take_line() {
    std::string line;
    while (line.size() < 2 || line.substr(line.size() - 2) != "\r\n") {
      const std::string next = take(1);
      if (next.empty()) return {};
      line += next;
    }
    return line.substr(0, line.size() - 2);
  }

  std::string take(std::size_t count) {
    std::string bytes(count, '\0');
    for (std::size_t have = 0; have < count;) {
      const ssize_t got = read(fd_, bytes.data() + have, count - have);
      if (got <= 0) return {};
      have += static_cast<std::size_t>(got);
    }
    return bytes;
  }

  int fd_;
  bool is_open_ = false;
};

// A server that was started with nothing but a file and a socket to be asked at.
class server {
 public:
  explicit server(const fs::path& folder) : socket_(folder / "socket"), log_(folder / "log") {
    const std::string program = server_program();
    const std::string conf = folder / "redis.conf";
    pid_ = fork();
    if (pid_ == 0) {
      execlp(program.c_str(), program.c_str(), conf.c_str(), "--port", "0", "--unixsocket",
             socket_.c_str(), "--logfile", log_.c_str(), "--save", "", nullptr);
      _exit(127);
    }
  }
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    fs::remove(socket_);
  }

  // False if it has ended instead, and after ten seconds.
  bool answers() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < deadline) {
      if (connection(socket_).is_open()) return true;
      if (waitpid(pid_, nullptr, WNOHANG) != 0) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  }

  const std::string& socket_path() const { return socket_; }
  std::string log() const {
    std::ifstream file(log_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::string socket_;
  std::string log_;
  pid_t pid_;
};

class redis_reads_back : public testing::Test {
 protected:
  void SetUp() override {
    if (!server_exists()) GTEST_SKIP() << "there is no " << server_program();
    folder_ = fs::temp_directory_path() / ("redis-reads-back-" + std::to_string(getpid()));
    fs::create_directories(folder_);
    plan_.pod = "redis-master-0";
    plan_.own_role = role::primary;
    plan_.primary = {"redis-master-0.redis-headless", 6379};
    plan_.data_dir = folder_;
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Asks a started server for what it takes the two passwords to be.
  void expect_password(const std::string& password, const std::string& when) {
    SCOPED_TRACE(when);
    server started(folder_);
    ASSERT_TRUE(started.answers()) << started.log();
    connection link(started.socket_path());
    EXPECT_EQ(link.ask({"PING"}).substr(0, 7), "-NOAUTH");
    EXPECT_EQ(link.ask({"AUTH", password + "x"}).substr(0, 1), "-");
    ASSERT_EQ(link.ask({"AUTH", password}), "+OK");
    EXPECT_EQ(link.ask({"CONFIG", "GET", "requirepass"}), password);
    EXPECT_EQ(link.ask({"CONFIG", "GET", "masterauth"}), password);
    EXPECT_EQ(link.ask({"CONFIG", "REWRITE"}), "+OK");
  }

  void expect_read_back(const std::string& password) {
    SCOPED_TRACE("password " + quote_secret(password));
    auto accepted = accept_password(password, "the test");
    ASSERT_TRUE(accepted);
    plan_.password = *accepted;
    write_file(folder_ / "redis.conf", render(plan_));
    expect_password(password, "from the file as init writes it");
    expect_password(password, "after CONFIG REWRITE");
  }

  fs::path folder_;
  redis_conf_plan plan_;
};

TEST_F(redis_reads_back, the_passwords_that_break_other_tools) {
  for (const char* const password :
       {" ", " leading", "trailing ", "a b", "\"", "'", "\\", "it's \"it\"", "#comment", "a#b",
        "$HOME", "\t", "\r", "ends in \\", "\\x41", "\xff\xfe\x80", "パスワード", "no one",
        "frieza-redis-pass"}) {
    expect_read_back(password);
  }
}

TEST_F(redis_reads_back, random_bytes_of_every_length) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> any_byte(1, 255);
  for (const std::size_t length :
       {1U, 2U, 3U, 7U, 16U, 32U, 64U, 100U, 255U, 256U, 400U, 512U, 512U}) {
    std::string password(length, 'x');
    for (char& c : password) {
      const int byte = any_byte(random);
      if (byte != '\n') c = static_cast<char>(byte);
    }
    expect_read_back(password);
  }
}

TEST_F(redis_reads_back, the_agent_s_lines_win_over_the_user_s) {
  const fs::path user = folder_ / "a user's file.conf";
  write_file(
      user,
      "port 7777\nbind 127.0.0.1\ndir /\nprotected-mode yes\nmaxmemory 1mb\nslaveof 127.0.0.1 1\n"
      "slave-announce-ip 10.0.0.1\nslave-announce-port 7\nmaxmemory-policy allkeys-lru\n");
  plan_.own_role = role::replica;
  plan_.user_config = user;
  plan_.data_dir = folder_ / "a data folder";
  plan_.announce_ip = "redis-slave-0.redis-headless";
  plan_.announce_port = 16379;
  plan_.maxmemory = 201326592;
  plan_.primary = {"fd00::1", 6380};
  fs::create_directories(plan_.data_dir);
  write_file(folder_ / "redis.conf", render(plan_));
  server started(folder_);
  ASSERT_TRUE(started.answers()) << started.log();
  connection link(started.socket_path());
  const std::pair<const char*, std::string> wanted[] = {
      {"bind", "0.0.0.0 ::"},
      {"dir", plan_.data_dir},
      {"protected-mode", "no"},
      {"maxmemory", "201326592"},
      {"replica-announce-ip", "redis-slave-0.redis-headless"},
      {"replica-announce-port", "16379"},
      {"slaveof", "fd00::1 6380"},
      {"maxmemory-policy", "allkeys-lru"},
  };
  for (const auto& [name, value] : wanted)
    EXPECT_EQ(link.ask({"CONFIG", "GET", name}), value) << name;
}

TEST_F(redis_reads_back, the_newest_form_is_taken_too) {
  plan_.version = {7, 0};
  plan_.username = "replicator";
  plan_.password = secret("p");
  write_file(folder_ / "redis.conf", render(plan_));
  server started(folder_);
  ASSERT_TRUE(started.answers()) << started.log();
  connection link(started.socket_path());
  ASSERT_EQ(link.ask({"AUTH", "p"}), "+OK");
  EXPECT_EQ(link.ask({"CONFIG", "GET", "bind"}), "* -::*");
  EXPECT_EQ(link.ask({"CONFIG", "GET", "masteruser"}), "replicator");
}

}  // namespace
