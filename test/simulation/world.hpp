// A simulated cluster: pods with a modelled Redis and a real agent's core each, a network, DNS, a
// kubelet that starts again what ended, a client that writes, and faults from a schedule. The same
// schedule always gives the same run.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "faults.hpp"
#include "simulated_agent.hpp"

namespace redis_agent::simulation {

class world : public network, public surroundings {
 public:
  explicit world(const schedule& plan, bool keeps_trace = false);

  // Runs it to its end; "" or what was violated.
  std::string run();

  const std::vector<std::string>& trace() const { return trace_; }
  // Rule 2, 6 or 7 of the gate, or 0: a replica that refuses its primary.
  const std::set<int>& decisions_by_a_person() const { return decisions_; }
  duration healed_after() const { return healed_after_; }

  // network
  redis_model* server_at(const core::endpoint& to) override;
  bool reaches(const std::string& from, const std::string& to) override;
  bool is_anchor(const std::string& from, const core::endpoint& to) override;

  // surroundings
  std::optional<std::vector<std::string>> find_addresses(const std::string& pod) override;
  std::optional<std::vector<std::string>> list_pods() override;
  asked ask_server(int from, const std::string& address) override;
  const core::memory* ask_agent(int from, const std::string& address) override;
  std::string address_of(int pod) override;
  std::optional<std::string>& agent_file(int pod) override;
  std::optional<core::rdb_header> rdb_on_volume(int pod) override;
  int volume_number(int pod) override { return pods_[static_cast<std::size_t>(pod)].volume_number; }
  std::string new_cluster_id() override { return "cluster-" + std::to_string(chance_()); }
  void note(const std::string& line) override;
  void report_violation(const std::string& what) override { reported_violation_ = what; }
  bool loses_a_message() override;

 private:
  struct simulated_pod {
    std::string name;
    std::string address;  // "" while it does not exist
    core::settings settings;
    volume files;
    volume kept_files;
    int volume_number = 0;
    std::unique_ptr<redis_model> server;
    std::unique_ptr<simulated_agent> agent;
    bool agent_is_paused = false;
    bool empties_at_start = false;
    bool restores_at_start = false;
    std::optional<instant> server_starts_at;
    std::optional<instant> agent_starts_at;
    std::optional<instant> server_goes_on_at;
    std::optional<instant> agent_goes_on_at;
    std::optional<instant> comes_back_at;
    std::optional<instant> empty_and_ready_since;
  };

  // world.cpp
  void begin();
  void step();
  void start_server(simulated_pod& p);
  void start_agent(int index);
  void run_kubelet();
  void write();
  bool is_whole() const;
  simulated_pod* find_pod(const std::string& address);
  std::string resolve(const std::string& host) const;
  server_config config_of(const simulated_pod& p) const;

  // world_faults.cpp
  void happen(const fault& f);
  void end_server(simulated_pod& p, duration until_back, bool gracefully);
  void end_pod(simulated_pod& p, duration until_back, in_flight fate);
  void recount_protected();

  // world_checks.cpp
  std::string check_safety();
  std::string check_writable() const;
  std::string check_protected();
  std::string check_ready();
  std::string check_healed() const;
  std::string decide_as_a_person();
  std::set<int> held_anywhere() const;

  schedule plan_;
  bool keeps_trace_;
  std::mt19937_64 chance_;
  instant now_{1h};
  instant began_at_{1h};
  std::vector<simulated_pod> pods_;
  int next_address_ = 1;
  std::size_t next_fault_ = 0;
  std::map<std::string, std::string> records_;  // what DNS says
  std::map<std::string, std::string> frozen_records_;
  std::optional<instant> dns_silent_until_;
  std::optional<instant> dns_frozen_until_;
  std::set<std::pair<std::string, std::string>> cuts_;  // by pod name
  std::vector<std::pair<instant, std::pair<std::string, std::string>>> heals_;
  std::vector<std::pair<instant, std::string>> stale_records_;
  int written_ = 0;
  std::vector<int> acknowledged_;
  std::set<int> protected_;  // acknowledged, and a replica has had it; no fault has destroyed it
  bool has_promoted_by_hand_ = false;
  std::string reported_violation_;  // by an agent's world, "" without one
  bool needed_a_person_ = false;
  std::set<int> decisions_;
  bool is_healing_ = false;
  duration healed_after_{};
  std::vector<std::string> trace_;
};

}  // namespace redis_agent::simulation
