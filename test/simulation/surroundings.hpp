// What a simulated agent can get at, from where it stands. The world implements it. Pods are named
// by a number that is theirs for as long as they exist: two of one name have two.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/memory/memory.hpp"
#include "core/orders/remedy.hpp"
#include "redis_model.hpp"

namespace redis_agent::simulation {

class surroundings {
 public:
  virtual ~surroundings() = default;

  // nullopt: DNS does not answer.
  virtual std::optional<std::vector<std::string>> find_addresses(int from,
                                                                 const std::string& pod) = 0;
  virtual std::optional<std::vector<std::string>> list_pods(int from) = 0;

  struct asked {
    redis_model* server = nullptr;  // that answers; nullptr for none
    core::link_condition otherwise = core::link_condition::refused;
    duration late{};            // the answer comes so much later
    bool is_late_here = false;  // on its way back: what it tells, and orders, are of now
    bool loses_answer = false;  // an order is carried out, and nobody hears of it
  };
  virtual asked ask_server(int from, const std::string& address) = 0;
  virtual const core::memory* ask_agent(int from, const std::string& address) = 0;
  // What that agent says of the lock, where there is one.
  virtual std::optional<core::lock_view> ask_for_lock(int /*from*/,
                                                      const std::string& /*address*/) {
    return std::nullopt;
  }
  // An agent's clock may have a rate of its own; the servers have that of the world.
  virtual instant time_of_servers(instant agents) { return agents; }
  virtual std::string address_of(int pod) = 0;

  // What a stopped server finds in its socket when it goes on.
  virtual void leave_order(int from, const std::string& address, const core::order& o) = 0;
  virtual bool refuses_orders(const redis_model& server) = 0;
  virtual void order_was_obeyed(int from, const core::order& o, redis_model& server) = 0;

  virtual std::optional<std::string>& agent_file(int pod) = 0;
  virtual bool volume_refuses(int pod) = 0;
  virtual duration delay_of_volume(int pod) = 0;  // of each file operation of the agent
  virtual std::optional<core::rdb_header> rdb_on_volume(int pod) = 0;
  virtual int volume_number(int pod) = 0;  // changes when files are put in from outside
  virtual std::string new_cluster_id() = 0;
  virtual void note(const std::string& line) = 0;
  virtual void report_violation(int pod, const std::string& what) = 0;
  virtual bool loses_a_message() = 0;
};

}  // namespace redis_agent::simulation
