// One agent: the real core, fed by the simulated world in the sidecar's rhythm. Stands for
// command/sidecar.cpp: what that does with sockets and timers, this does with method calls.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"
#include "core/safety/remedy.hpp"
#include "redis_model.hpp"

namespace redis_agent::simulation {

// What an agent can get at, from where it stands.
class surroundings {
 public:
  virtual ~surroundings() = default;

  // nullopt: DNS does not answer.
  virtual std::optional<std::vector<std::string>> find_addresses(const std::string& pod) = 0;
  virtual std::optional<std::vector<std::string>> list_pods() = 0;

  struct asked {
    redis_model* server = nullptr;  // that answers; nullptr for none
    core::link_condition otherwise = core::link_condition::refused;
  };
  virtual asked ask_server(int from, const std::string& address) = 0;
  virtual const core::memory* ask_agent(int from, const std::string& address) = 0;
  virtual std::string address_of(int pod) = 0;
  virtual std::optional<std::string>& agent_file(int pod) = 0;
  virtual std::optional<core::rdb_header> rdb_on_volume(int pod) = 0;
  virtual int volume_number(int pod) = 0;  // changes when files are put in from outside
  virtual std::string new_cluster_id() = 0;
  virtual void note(const std::string& line) = 0;
  virtual void report_violation(const std::string& what) = 0;
  virtual bool loses_a_message() = 0;
};

class simulated_agent {
 public:
  simulated_agent(int pod, const core::settings& s, surroundings& around, instant now);

  void advance(instant now);
  void hear_a_person(const std::string& kept, instant now) {
    take(core::person_decided{kept}, now);
  }

  const core::memory& memory() const { return memory_; }
  const core::settings& settings() const { return settings_; }
  bool calls_itself_ready(instant now) const;

 private:
  struct target {
    std::string address;
    instant next_poll;
    std::optional<core::order> order;
    bool was_up = false;
    instant details_at{};
  };

  void take(const core::event& happened, instant now);
  void act(instant now);
  void give(const core::order& o);
  void look_up_names(instant now);
  void poll(core::peer who, const std::string& pod, target& at);
  void hear_agents(instant now);
  void carry_out(const core::order& o, redis_model& server);
  duration interval_of(core::peer who) const;

  int pod_;
  const core::settings& settings_;
  surroundings& around_;
  core::memory memory_;
  target redis_;
  target primary_;
  std::map<std::string, target> pods_;
  instant next_name_;
  instant next_statement_;
  int volume_number_;
  instant now_;
};

}  // namespace redis_agent::simulation
