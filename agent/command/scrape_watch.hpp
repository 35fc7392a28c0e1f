// A scrape tells what Redis says now: what is older than a moment is asked for anew, in one round
// on the kept connection, which all scrapes of that moment share. A Redis that hangs holds a scrape
// up for a short while, no longer; it is answered from memory then.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <set>

#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"
#include "core/reporting/process_usage.hpp"
#include "io/redis_link.hpp"
#include "wire/metrics_text.hpp"

namespace redis_agent::command {

class scrape_watch {
 public:
  scrape_watch(boost::asio::io_context& context, const core::settings& s, const core::memory& seen,
               io::redis_link& redis)
      : context_(context), settings_(s), memory_(seen), redis_(redis) {}

  // Until what is known is new, or will not be.
  boost::asio::awaitable<void> refresh();

  // The memory has heard this.
  void hear(const core::event& happened);

  // As the last scrape has left it.
  wire::metrics_page& page() { return page_; }

  // Of the agent itself, as of the last refresh.
  const core::process_usage& process() const { return process_; }

 private:
  bool is_fresh() const;

  boost::asio::io_context& context_;
  const core::settings& settings_;
  const core::memory& memory_;
  io::redis_link& redis_;
  core::process_usage process_;
  wire::metrics_page page_;
  std::set<boost::asio::steady_timer*> waiting_;  // of the scrapes that wait
};

}  // namespace redis_agent::command
