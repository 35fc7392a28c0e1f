// Where the primary is, and what it and its agent say: by the name that DNS knows, or by the
// address that the lock names. A pod that is the primary itself looks where its own name leads, if
// its name made it that. Asks and tells; decides nothing.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "command/agent_doors.hpp"
#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"
#include "io/dns_resolver.hpp"
#include "io/redis_link.hpp"

namespace redis_agent::command {

class primary_watch {
 public:
  struct surroundings {
    boost::asio::io_context& context;
    io::dns_resolver& resolver;
    core::duration dns_timeout;
    const core::settings& settings;
    const agent_doors& agents;
    const core::memory& seen;  // changes with what is told
    io::redis_link::rhythm pace;
    io::redis_link::callbacks callbacks;
  };

  explicit primary_watch(surroundings around);

  // Starts what runs as long as the io_context does. The object outlives it.
  void start();

  // The primary has told how many replicas it has: all agents together are not to ask too often.
  void keep_pace();

  io::redis_link& link() { return link_; }

 private:
  bool aim_by_lock();
  void tell_addresses(const core::result<core::address_answer>& answer);
  boost::asio::awaitable<void> hear_agent_at(std::vector<std::string> addresses);
  boost::asio::awaitable<void> find_primary();
  boost::asio::awaitable<void> hear_primary();
  boost::asio::awaitable<void> watch_own_name();

  surroundings around_;
  io::dns_resolver resolver_for_own_name_;
  io::redis_link link_;
  io::http_line agent_line_;
};

}  // namespace redis_agent::command
