// Looks each few seconds at the file of --tls-file. Where it says another way, and the servers and
// agents that have a link with this pod's are found to get on with it, the own server's port is
// opened or closed, and the agent runs again: the way is a constant of its settings, and what it
// does after a restart is known to be right.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "command/agent_doors.hpp"
#include "core/base/result.hpp"
#include "core/memory/memory.hpp"
#include "core/reporting/log_line.hpp"
#include "io/dns_resolver.hpp"
#include "io/worker.hpp"
#include "wire/conversation.hpp"

namespace redis_agent::command {

// What it says; the failure names it.
core::result<core::tls_mode> read_tls_file(const std::string& path);

// As the redis.conf has it, with which a server that restarts in its place begins; nullopt where
// nothing is to be read. An agent that restarts goes on from it: the file may be ahead of what
// servers have proven.
std::optional<core::tls_mode> read_way_in_force(const std::string& redis_conf);

class tls_watch {
 public:
  struct surroundings {
    boost::asio::io_context& context;
    const core::settings& settings;
    const core::memory& seen;
    io::dns_resolver& resolver;
    const agent_doors& agents;
    std::function<void(const core::log_line&)> tell;
    std::function<core::result<wire::login>()> read_login;
    std::function<bool()> is_busy;                  // something is written that has to be whole
    std::function<std::string()> read_web_trouble;  // what is wrong with --web-config-file's files
  };

  explicit tls_watch(surroundings around);

  // Runs as long as the io_context does; nothing of it without --tls-file. The object outlives it.
  boost::asio::awaitable<void> run();

  // Why links do not go as the file says; "" if they do.
  std::string_view trouble() const { return trouble_; }

 private:
  boost::asio::awaitable<void> look(core::result<core::tls_mode> said);
  boost::asio::awaitable<std::string> await_writing();
  boost::asio::awaitable<void> align_port();
  boost::asio::awaitable<std::string> find_obstacle(core::tls_mode next);
  boost::asio::awaitable<std::string> ask_servers(core::tls_mode next);
  boost::asio::awaitable<std::string> ask_agents();
  boost::asio::awaitable<std::string> set_plain_port(std::uint16_t port);
  void hold(const std::string& said, const std::string& why);
  void begin_anew(core::tls_mode mode);

  surroundings around_;
  io::worker worker_;
  core::result<core::tls_mode> said_;
  std::string aligned_run_;  // of the own server, whose port is as it is to be
  std::string held_;
  std::string trouble_;
};

}  // namespace redis_agent::command
