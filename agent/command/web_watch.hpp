// What the sidecar asks of those who see its pages: looks each few seconds at --web-config-file and
// what that names, takes what is good, and says of a request whether it may be answered. What is
// no good is told, and what was read before stays.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "command/agent_doors.hpp"
#include "core/reporting/http.hpp"
#include "core/reporting/log_line.hpp"
#include "core/reporting/web_access.hpp"
#include "io/password_checks.hpp"
#include "io/worker.hpp"

namespace redis_agent::command {

class web_watch {
 public:
  struct surroundings {
    boost::asio::io_context& context;
    const core::settings& settings;
    agent_doors& doors;
    std::function<void(const core::log_line&)> tell;
  };

  explicit web_watch(surroundings around);

  // nullptr without --web-config-file: nothing is asked of anybody, and no thread is there for it.
  static std::unique_ptr<web_watch> make(surroundings around);

  // Before anything is served: blocks for as long as the files need. "" or why nothing is to be
  // served at all, for nothing older is there that could stay.
  std::string begin();

  // Goes on as long as the io_context runs. The object outlives it.
  boost::asio::awaitable<void> run();

  // The answer in place of a page that its asker may not see.
  boost::asio::awaitable<std::optional<core::http_answer>> refuse(core::http_request request);

  const core::web_state& state() const { return state_; }

 private:
  struct look;
  static look look_at(const core::settings& s, const std::string& known);
  void take(const look& found);

  surroundings around_;
  core::web_state state_;
  std::string seen_trouble_;  // at the last look; a file may be met while it changes
  io::password_checks checks_;
  io::worker worker_;
};

}  // namespace redis_agent::command
