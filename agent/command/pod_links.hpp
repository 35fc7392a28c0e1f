// The primary's agent's connections to every other pod that is to be asked: finds the address, asks
// the server, asks the agent beside it (/status), hands orders on. Decides nothing.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "command/agent_doors.hpp"
#include "command/agent_report.hpp"
#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"
#include "core/orders/remedy.hpp"
#include "io/dns_resolver.hpp"
#include "io/redis_link.hpp"

namespace redis_agent::command {

// What the agent says of its server; nullopt if it knows none, or does not answer.
boost::asio::awaitable<std::optional<core::statement>> hear(agent_places agent);

class pod_links {
 public:
  struct surroundings {
    boost::asio::io_context& context;
    io::dns_resolver& resolver;
    const core::settings& settings;
    const agent_doors& agents;
    io::redis_link::callbacks callbacks;
  };

  explicit pod_links(surroundings around) : around_(std::move(around)) {}

  // These are the pods now; links to others end.
  void set_pods(const std::vector<core::service_target>& pods);

  // How often they are asked: often while a gate is closed.
  void set_interval(core::duration interval);

  bool give(const core::order& order);

  // One of the pods has that address.
  bool knows(const std::string& address) const;

 private:
  struct pod {
    pod(const surroundings& around, std::string host);
    const std::string host;
    const std::string name;
    io::redis_link link;
    std::vector<std::string> addresses{};
    std::string agent_at{};  // of them, where its agent has answered last
    io::http_line agent_line{};
    bool is_listed = true;
    boost::asio::steady_timer pause;  // until its agent is asked again
  };
  boost::asio::awaitable<void> find_address(std::shared_ptr<pod> watched);
  core::duration agent_interval() const;
  boost::asio::awaitable<void> hear_agent(std::shared_ptr<pod> watched);
  static boost::asio::awaitable<void> ask_server(std::shared_ptr<pod> watched);

  surroundings around_;
  core::duration interval_{};
  std::map<std::string, std::shared_ptr<pod>> pods_;  // by host
};

}  // namespace redis_agent::command
