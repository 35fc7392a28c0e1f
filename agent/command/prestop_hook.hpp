// The port on which the end of Redis is announced, or its primary is to move (wire/routes.hpp):
// waits with the answer until that may come.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <optional>
#include <string>

#include "command/listening.hpp"
#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"
#include "core/reporting/http.hpp"
#include "core/reporting/log_line.hpp"
#include "io/http_server.hpp"

namespace redis_agent::command {

class prestop_hook {
 public:
  struct surroundings {
    boost::asio::io_context& context;
    const core::settings& settings;
    const core::memory& seen;  // changes with what is told
    std::function<void(const core::event&)> tell;
    std::function<void(const core::log_line&)> log;
    std::function<void()> ask_redis;                             // now, and not at the next poll
    std::function<boost::asio::awaitable<void>()> await_change;  // of what is seen
  };

  explicit prestop_hook(surroundings around);

  // Nowhere with --prestop-port=0.
  opened listen();

 private:
  boost::asio::awaitable<std::optional<core::http_answer>> hear(core::http_request request);
  boost::asio::awaitable<void> move_primary(std::string to);

  surroundings around_;
  io::http_server server_;
};

}  // namespace redis_agent::command
