// The agent's business with Kubernetes: reads and writes the lock as core/failover/renewal.hpp asks
// for it, points the write Service at this pod while it serves, and asks the pods that were in sync
// for their promises while the API server is away. Decides nothing.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>

#include "command/agent_doors.hpp"
#include "core/base/result.hpp"
#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"
#include "io/kubernetes_client.hpp"
#include "wire/api_request.hpp"

namespace redis_agent::command {

class lock_keeper {
 public:
  struct surroundings {
    boost::asio::io_context& context;
    const core::settings& settings;
    const agent_doors& agents;
    const core::memory& seen;
    std::function<void(const core::event&)> tell;
  };

  // A failure where the folder does not say in which namespace the pod is.
  static core::result<std::unique_ptr<lock_keeper>> make(const surroundings& around);

  // What an agent that was here before in this pod has left: its time goes on, beside a server that
  // serves. For before the first request.
  void recall();

  // Each runs as long as the io_context does. The object outlives them.
  boost::asio::awaitable<void> keep_lock();
  boost::asio::awaitable<void> keep_route();
  boost::asio::awaitable<void> ask_for_promises();
  boost::asio::awaitable<void> tell_next();

  // What is known has changed: there may be something to ask.
  void hurry() { lock_timer_.cancel(); }

 private:
  lock_keeper(const surroundings& around, std::string in_namespace);
  boost::asio::awaitable<void> send(core::lock_request request);
  boost::asio::awaitable<void> move_route();
  void note_lock();
  void leave(core::instant renewed_at);
  void forget();
  boost::asio::awaitable<void> ask_member(std::string pod, std::string address);

  surroundings around_;
  const std::string path_;  // of what is left for the next agent; in memory, like redis.conf
  core::lease left_;        // there, of another pod's lock
  wire::api_name lease_;
  wire::api_name service_;
  io::kubernetes_client for_lock_;
  io::kubernetes_client for_route_;
  boost::asio::steady_timer lock_timer_;
};

// GET /lock/promise?holder=POD/UID&term=N at another pod's agent, by a holder that the API server
// turns away with &turned-away.
std::string promise_target(const core::lease& held, bool is_turned_away);

}  // namespace redis_agent::command
