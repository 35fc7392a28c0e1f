// An empty replica whose volume knows of no cluster asks the other pods' agents (/status) whose it
// is, while it has to do with a primary that has no agent. Tells; decides nothing.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>

#include "command/agent_doors.hpp"
#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"
#include "io/dns_resolver.hpp"

namespace redis_agent::command {

struct siblings {
  boost::asio::io_context& context;
  io::dns_resolver& resolver;
  const core::settings& settings;
  const agent_doors& agents;
  const core::memory& seen;  // changes with what is told
  std::function<void(const core::event&)> tell;
};

// Runs as long as the io_context does.
boost::asio::awaitable<void> hear_siblings(siblings around);

}  // namespace redis_agent::command
