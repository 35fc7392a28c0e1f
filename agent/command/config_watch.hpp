// The redis.conf that init wrote, looked at now and then: Redis itself may write it anew (CONFIG
// REWRITE), and then a primary's gate is no longer in it. Tells; decides nothing.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>

#include "core/memory/events.hpp"
#include "io/worker.hpp"

namespace redis_agent::command {

class config_watch {
 public:
  config_watch(boost::asio::io_context& context, std::string path,
               std::function<void(const core::event&)> tell);

  // Runs as long as the io_context does. The object outlives it.
  boost::asio::awaitable<void> run();

 private:
  void look();

  boost::asio::io_context& context_;
  std::string path_;
  std::function<void(const core::event&)> tell_;
  io::worker worker_;
};

}  // namespace redis_agent::command
