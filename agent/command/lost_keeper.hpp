// Keeps what this pod has and the holder of the lock does not carry, in a file on the data volume,
// as failover/divergence.hpp says. Reads, saves and writes beside the loop. Decides nothing.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "core/configuration/settings.hpp"
#include "core/failover/divergence.hpp"
#include "core/memory/memory.hpp"
#include "io/redis_link.hpp"
#include "io/worker.hpp"

namespace redis_agent::command {

class lost_keeper {
 public:
  // `seen` is what the agent knows, and changes with what is told.
  lost_keeper(boost::asio::io_context& context, const core::settings& s, const core::memory& seen,
              io::redis_link::callbacks callbacks);

  // Runs as long as the io_context does. The object outlives it.
  boost::asio::awaitable<void> run();

  // A file is being written, or waited for.
  bool is_busy() const { return worker_.is_busy(); }

 private:
  void take(const core::keeping_step& next);
  void begin(const core::divergence& what, std::function<core::event()> job);

  const core::settings& settings_;
  const core::memory& seen_;
  io::redis_link::callbacks call_;
  boost::asio::steady_timer pause_;
  io::worker worker_;
};

}  // namespace redis_agent::command
