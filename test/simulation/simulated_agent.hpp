// One agent: the real core, fed by the simulated world in the sidecar's rhythm. Stands for
// command/sidecar.cpp: what that does with sockets and timers, this does with method calls.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"
#include "core/orders/remedy.hpp"
#include "simulated_volume.hpp"
#include "surroundings.hpp"

namespace redis_agent::simulation {

class simulated_agent {
 public:
  simulated_agent(int pod, const core::settings& s, surroundings& around, instant now);

  void advance(instant now);

  // What happens to it besides: what the lock's keeper brings.
  void hear(const core::event& happened, instant now);

  // What a person who looks is told, and the word that comes of it: about that and nothing else.
  std::string describe_decision(instant now) const;
  std::string describe_situation(instant now) const;
  void hear_a_person(const std::string& kept, const std::string& situation, instant now);

  // The connections that it has to that server are gone, and with them what was on its way.
  void lose_connections(const std::string& address, instant now);

  const core::memory& memory() const { return memory_; }
  const core::settings& settings() const { return settings_; }
  bool calls_itself_ready(instant now) const;
  bool has_address(const std::string& address) const;  // of a pod, to ask it
  // An answer from there is on its way, and nothing else is asked before it comes.
  bool waits_for(const std::string& address) const;

 private:
  // An answer that is on its way, or not yet given.
  struct awaited {
    instant asked_at;
    instant due;
    std::string run_id;
    std::optional<core::order> order;
    std::optional<core::poll_report> told;  // on its way
    bool is_told_late = false;
  };

  struct target {
    std::string address;
    instant next_poll;
    std::optional<core::order> order;
    instant ordered_at{};
    bool was_up = false;
    std::string run_id{};  // of the server that its connection leads to
    instant details_at{};
    std::optional<awaited> answer{};
  };

  struct whom {
    core::peer who;
    std::string pod;
  };

  void take(const core::event& happened, instant now);
  void turn();
  void act(instant now);
  bool ask_volume(instant now);
  void hear_volume(instant now);
  void give(const core::order& o);
  void look_up_names(instant now);
  void look_up_primary();
  void look_up_pods();
  void aim_by_lock();
  void visit_pods(instant now);
  core::statement word_of(const core::memory& other) const;
  void visit(const whom& w, target& at);
  void poll(const whom& w, target& at);
  void fail(const whom& w, target& at, core::link_condition why);
  void wait_for_answer(const whom& w, target& at, const surroundings::asked& asked);
  void go_on_waiting(const whom& w, target& at);
  core::poll_report ask(const whom& w, target& at, redis_model& server);
  void drop_old_order(target& at, const redis_model& server) const;
  void hear_agents(instant now);
  void hear_pods();
  void hear_agent(core::peer who, const std::string& pod, const std::string& address);
  bool asks_pods() const {
    return memory_.derived == core::role::primary || memory_.lock.is_used();
  }
  std::string carry_out(const core::order& o, redis_model& server);
  duration interval_of(core::peer who) const;
  std::string address_of(const whom& w, const target& at);

  int pod_;
  const core::settings& settings_;
  surroundings& around_;
  core::memory memory_;
  target redis_;
  target primary_;
  std::map<std::string, target> pods_;
  instant next_turn_{};
  instant next_name_;
  instant next_statement_;
  instant heard_at_{};  // the primary's agent, when it was asked last
  simulated_volume volume_;
  instant clients_wait_until_{};  // of its own server, in this run
  std::string paused_run_;
  instant now_;
};

// What the server does with it. "" or its complaint.
std::string obey(const core::order& o, redis_model& server);

}  // namespace redis_agent::simulation
