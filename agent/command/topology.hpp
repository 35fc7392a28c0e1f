// Asks DNS for the pods, and every pod's agent for its report. Needs no password: it speaks to
// agents, not to Redis.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "command/agent_doors.hpp"
#include "core/configuration/settings.hpp"
#include "core/reporting/status_table.hpp"
#include "io/dns_resolver.hpp"

namespace redis_agent::command {

struct topology {
  std::vector<core::topology_row> rows;
  std::string trouble;  // why the table may not be whole, "" if it is
};

class topology_reader {
 public:
  topology_reader(boost::asio::io_context& context, const core::settings& s);

  // Reads on which terms agents are asked. "" or why nobody can be.
  std::string prepare() { return doors_.read(); }

  // All pods at once. Without DNS this pod's own agent alone.
  boost::asio::awaitable<topology> read();

 private:
  boost::asio::awaitable<std::vector<core::service_target>> list_pods(topology& found);
  boost::asio::awaitable<topology> read_own(topology found);
  boost::asio::awaitable<void> ask(std::string host, core::topology_row& row);

  boost::asio::io_context& context_;
  const core::settings& settings_;
  agent_doors doors_;
  io::dns_resolver resolver_;
};

}  // namespace redis_agent::command
