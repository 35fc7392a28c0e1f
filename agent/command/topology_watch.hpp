// All other pods as their agents tell, for the page: asked while somebody looks at it, however many
// do, and not otherwise. Decides nothing, and nothing is decided by it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <string>

#include "command/agent_doors.hpp"
#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"
#include "core/reporting/status_table.hpp"
#include "io/dns_resolver.hpp"

namespace redis_agent::command {

class topology_watch {
 public:
  struct surroundings {
    boost::asio::io_context& context;
    io::dns_resolver& resolver;
    const core::settings& settings;
    const agent_doors& agents;
    const core::memory& seen;
  };

  explicit topology_watch(surroundings around) : around_(around) {}

  // Somebody looks now: the pods are asked, until nobody has looked for a while.
  void look();

  // By host, as they were heard last.
  const core::topology_rows& rows() const { return rows_; }

 private:
  struct place {
    std::vector<std::string> addresses;
    std::string agent_at;  // of them, where its agent has answered last, or is asked first
    core::instant resolve_at;
    bool is_being_asked = false;
  };

  boost::asio::awaitable<void> follow();
  boost::asio::awaitable<void> ask(std::string host);
  boost::asio::awaitable<core::result<core::status_report>> hear(std::string host);
  void list_pods();

  surroundings around_;
  core::topology_rows rows_;
  std::map<std::string, place> places_;  // by host
  core::instant looked_at_;
  bool is_following_ = false;
};

}  // namespace redis_agent::command
