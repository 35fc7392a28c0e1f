// A simulated cluster: pods with a modelled Redis and a real agent's core each, a network, DNS, a
// kubelet that starts again what ended, a client that writes, people who decide, and faults from a
// schedule. The same schedule always gives the same run.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/safety/gate.hpp"
#include "core/safety/rope.hpp"
#include "faults.hpp"
#include "simulated_agent.hpp"
#include "world_pod.hpp"
#include "world_writes.hpp"

namespace redis_agent::simulation {

inline constexpr const char* primary_name = "redis-master-0";
// What the servers' files name, exactly as --primary has it.
inline constexpr const char* primary_host = "redis-master-0.redis-headless";

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
  bool admits(const std::string& from, const core::endpoint& to) override;
  bool is_anchor(const std::string& from, const core::endpoint& to) override;

  // surroundings
  std::optional<std::vector<std::string>> find_addresses(int from, const std::string& pod) override;
  std::optional<std::vector<std::string>> list_pods(int from) override;
  asked ask_server(int from, const std::string& address) override;
  const core::memory* ask_agent(int from, const std::string& address) override;
  std::string address_of(int pod) override { return pod_at(pod).address; }
  void leave_order(int from, const std::string& address, const core::order& o) override;
  bool refuses_orders(const redis_model& server) override;
  void order_was_obeyed(int from, const core::order& o, redis_model& server) override;
  std::optional<std::string>& agent_file(int pod) override { return pod_at(pod).files.agent_file; }
  duration delay_of_volume(int pod) override;
  bool volume_refuses(int pod) override { return holds(fault_kind::refuse_volume, pod); }
  std::optional<core::rdb_header> rdb_on_volume(int pod) override;
  int volume_number(int pod) override { return pod_at(pod).volume_number; }
  std::string new_cluster_id() override { return "cluster-" + std::to_string(chance_()); }
  void note(const std::string& line) override;
  void report_violation(int pod, const std::string& what) override;
  bool loses_a_message() override;

 private:
  // A fault with a length, while it lasts. By the numbers of pods.
  struct condition {
    fault_kind kind;
    int pod;
    int other;
    instant until;
  };

  // Of a person, on its way.
  struct word {
    instant arrives;
    int pod;
    std::string kept;
    std::string situation;
    bool accepts_all_loss = false;  // of what nobody who is there has
    std::vector<int> given_up;      // what was seen to be lost by it
  };

  // A fault that waits for its moment.
  struct lurking {
    fault what;
    std::optional<instant> decided_since;
  };

  struct left_order {
    instant at;
    int pod;
    std::string run_id;
    core::order what;
  };

  // Two pods that may both take writes for a reason.
  struct two_pods {
    std::optional<instant> in_contact_since;
    bool was_in_contact = false;  // in these runs of both, long enough to be known
    bool is_excused = false;      // until one of them takes writes no more
  };

  // world.cpp
  void begin();
  void step();
  void start_server(simulated_pod& p);
  void cut_aof(simulated_pod& p);
  void start_agent(simulated_pod& p);
  void forget_who_was_asked(simulated_pod& p);
  void write();
  void write_to(simulated_pod& p);
  simulated_pod& pod_at(int number) { return *pods_[static_cast<std::size_t>(number)]; }
  simulated_pod& named(int index);
  const simulated_pod& primary() const { return *pods_[static_cast<std::size_t>(current_[0])]; }
  server_config config_of(const simulated_pod& p) const;
  duration longest_load() const;

  // world_kubelet.cpp
  void run_kubelet();
  void undo_by_hand();
  void run_pod(simulated_pod& p);
  void come_up(simulated_pod& p);
  void restart_often(simulated_pod& p);
  void go_on_ending(simulated_pod& p);
  void deliver_left_orders();
  void excuse_who_served_later(const simulated_pod& p, instant than);
  void heal();

  // world_network.cpp
  bool holds(fault_kind kind, int pod, int other = -1) const;
  simulated_pod* find_pod(const std::string& address) const;
  std::string resolve(const std::string& host) const;
  bool dns_answers(int from) const;
  bool is_listed(const std::string& name) const;
  bool may_pass(const simulated_pod& a, const simulated_pod& b) const;

  // world_faults.cpp
  void happen(const fault& f);
  void happen_to_servers(const fault& f);
  void happen_to_pods(const fault& f);
  void happen_by_hand(const fault& f);
  void cut_off(const fault& f);
  void last(const fault& f);
  void end_server(simulated_pod& p, duration until_back, bool gracefully);
  void end_pod(simulated_pod& p, duration until_back, in_flight fate);
  void lead_astray(simulated_pod& p);
  void promote(simulated_pod& p);
  void write_by_hand(simulated_pod& p);
  void give_up_what_only_it_has(const simulated_pod& p);
  void recount_protected();

  // world_lurking.cpp
  void lurk();
  bool strike(lurking& l);
  simulated_pod& reason_of(const core::gate_ruling& ruling);
  void force_delete(const fault& f);
  void end_for_good(simulated_pod& p);

  // world_people.cpp
  std::string decide_as_people();
  std::optional<word> look(simulated_pod& p, bool insists_on_mine);
  std::string question_at_gate(const simulated_pod& p, const core::gate_ruling& gate) const;
  std::string question_of_loss(const simulated_pod& p, const core::gate_ruling& gate) const;
  bool names_change_unseen() const;
  bool ends_are_known() const;
  bool begins_with_an_unnoted_name(const core::lineage& history) const;
  bool is_anybodys_beginning_unknown(const simulated_pod& first) const;
  std::string question_at_replica(const simulated_pod& p, const core::rope_ruling& rope) const;
  void let_go_of_the_anchor(simulated_pod& p);
  void look_late();
  void hear_words();
  void take_word(const word& w);
  std::vector<bool> numbers_of(const simulated_pod* one, const simulated_pod* all_but) const;

  // world_checks.cpp
  std::string check_safety();
  std::string check_protected();
  std::string check_orders() const;
  std::string check_healed(bool explains);
  bool has_only_grown(const simulated_pod& p) const;
  void count_what_replicas_have();
  void add_held(const simulated_pod& p, std::vector<bool>& held) const;
  void note_what_is_held();
  void watch_names();
  void give_up_what_strangers_replace();
  std::vector<bool> held_anywhere(const simulated_pod* but = nullptr) const;
  std::set<int> functions_held(const simulated_pod* but = nullptr) const;
  const dataset* loads_from(const simulated_pod& p) const;

  // world_gate.cpp
  void watch_who_can_be_asked();
  bool can_be_asked(const simulated_pod& p) const;
  bool is_alone(const simulated_pod& first) const;
  bool is_out_of_reach(const simulated_pod& other, const redis_model& first) const;
  void give_up_what_no_rope_holds(const redis_model& first);
  void give_up_all_but(const dataset& kept);
  void excuse_who_is_out_of_contact(const simulated_pod& p);
  void judge_opening(simulated_pod& p, redis_model& server);
  std::string check_reason_of_gate();

  // world_writable.cpp
  std::string check_writable();
  void watch_contacts();
  bool are_in_contact(const simulated_pod& a, const simulated_pod& b) const;
  bool is_excused(const simulated_pod& a, const simulated_pod& b);
  void forget_contacts_of(const simulated_pod& p);

  // world_ready.cpp
  std::string check_ready();
  std::string check_ready_replica(simulated_pod& p);
  bool lags(simulated_pod& p);
  bool follows_another(const simulated_pod& p) const;

  schedule plan_;
  bool keeps_trace_;
  std::mt19937_64 chance_;
  std::mt19937_64 more_chance_;  // for what the first schedules did not know
  instant now_{1h};
  instant began_at_{1h};
  std::vector<std::unique_ptr<simulated_pod>> pods_;  // by number
  std::vector<int> current_;                          // who has the name: the primary first
  volume stranger_files_;
  std::unique_ptr<redis_model> stranger_;
  int next_address_ = 1;
  std::size_t next_fault_ = 0;
  std::map<std::string, std::string> records_;  // what DNS says
  std::map<std::string, std::string> frozen_records_;
  std::optional<instant> dns_silent_until_;
  std::optional<instant> dns_frozen_until_;
  std::vector<condition> conditions_;
  std::set<std::pair<int, int>> cuts_;
  std::vector<std::pair<instant, std::pair<int, int>>> heals_;
  std::vector<std::pair<instant, std::string>> stale_records_;
  std::vector<lurking> lurking_;
  std::vector<left_order> left_orders_;
  std::map<std::pair<int, int>, two_pods> contacts_;
  std::map<std::string, std::deque<instant>> obeyed_;  // orders, by the server's address
  write_log writes_;
  int functions_loaded_ = 0;
  std::set<std::string> noted_streams_;  // by an agent of the primary, on its volume
  std::string last_noted_stream_;
  std::set<int> protected_functions_;
  std::set<int> given_up_functions_;
  std::string reported_violation_;  // by an agent's world, "" without one
  std::vector<word> words_;
  std::optional<instant> unexplained_since_;  // the gate is closed, and does not say why
  bool mine_was_kept_ = false;
  std::optional<instant> plenty_since_;  // of data, in all
  bool theirs_was_kept_ = false;
  std::set<int> decisions_;
  bool is_healing_ = false;
  duration healed_after_{};
  std::vector<std::string> trace_;
};

}  // namespace redis_agent::simulation
