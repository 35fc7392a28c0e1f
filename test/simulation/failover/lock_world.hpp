// A simulated cluster whose primary moves: three pods with a modelled Redis and a real agent's core
// each, an API server that holds the lock and the route, networks, a kubelet, and clients that
// write to whatever takes writes, so that an isolated primary has some too. Each agent has a clock
// with a rate of its own. The same schedule always gives the same run.
//
// What may acknowledge writes beside the holder, and is accounted: a server whose agent does not
// run or is frozen, until that agent has run for a moment (min-replicas-to-write bounds it to
// servers that still feed a replica), and what waits in the sockets of a server that was frozen.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lock_faults.hpp"
#include "lock_pod.hpp"

namespace redis_agent::simulation {

// Mistakes of what drives the rules, to see that they are found.
struct lock_mistakes {
  bool reads_version_late = false;
  bool fence_is_duration = false;
};

// What a run has come to, besides its violation.
struct lock_account {
  std::int64_t acknowledged = 0;
  std::int64_t lost = 0;           // acknowledged, and not at the holder in the end
  std::int64_t lost_and_kept = 0;  // of them, in a file, or at a pod that does not follow
  std::int64_t stale = 0;          // acknowledged beside a later holder, as the model allows
  std::int64_t takes = 0;
  bool is_held = false;       // in the end a person has to decide
  bool has_diverged = false;  // a pod had what the holder lacks, and kept it
};

class lock_world : public network, public surroundings, public lock_surroundings {
 public:
  explicit lock_world(const lock_schedule& plan, bool keeps_trace = false,
                      const lock_mistakes& mistakes = {});

  // Runs it to its end; "" or what was violated.
  std::string run();

  const std::vector<std::string>& trace() const { return trace_; }
  const lock_account& account() const { return account_; }

  // network
  redis_model* server_at(const core::endpoint& to) override;
  bool reaches(const std::string& from, const std::string& to) override;
  bool is_anchor(const std::string& from, const core::endpoint& to) override;

  // surroundings
  std::optional<std::vector<std::string>> find_addresses(int from, const std::string& pod) override;
  std::optional<std::vector<std::string>> list_pods(int from) override;
  asked ask_server(int from, const std::string& address) override;
  const core::memory* ask_agent(int from, const std::string& address) override;
  std::optional<core::lock_view> ask_for_lock(int from, const std::string& address) override;
  instant time_of_servers(instant /*agents*/) override { return now_; }
  std::string address_of(int pod) override { return pod_at(pod).address; }
  void leave_order(int from, const std::string& address, const core::order& o) override;
  bool refuses_orders(const redis_model& server) override;
  void order_was_obeyed(int from, const core::order& o, redis_model& server) override;
  std::optional<std::string>& agent_file(int pod) override { return pod_at(pod).files.agent_file; }
  duration delay_of_volume(int pod) override;
  bool volume_refuses(int pod) override;
  std::optional<core::rdb_header> rdb_on_volume(int pod) override;
  int volume_number(int pod) override { return pod_at(pod).volume_number; }
  std::string new_cluster_id() override { return "cluster-" + std::to_string(chance_()); }
  void note(const std::string& line) override;
  void report_violation(int /*pod*/, const std::string& /*what*/) override {}
  bool loses_a_message() override;

  // lock_surroundings
  std::optional<bool> ask_for_promise(int from, const std::string& address,
                                      const core::lease& held) override;
  bool note_is_refused(int pod) override;
  void lost_was_kept(int pod) override;

 private:
  struct condition {
    lock_fault_kind kind;
    int pod;
    int other;
    instant until;
  };
  struct left_order {
    int pod;
    std::string run_id;
    core::order what;
    std::int64_t epoch;
  };

  // lock_world.cpp
  void step();
  void run_kubelet();
  void run_pod(lock_pod& p);
  void come_up(lock_pod& p);
  void start_server(lock_pod& p);
  void start_agent(lock_pod& p);
  void go_on(lock_pod& p);
  void deliver_left_orders(lock_pod& p);
  void run_agents();
  void tell_ruling(lock_pod& p);
  void heal();
  server_config config_of(const lock_pod& p) const;
  core::settings settings_of(const std::string& pod, const std::string& uid) const;
  instant clock_of(const lock_pod& p) const;
  lock_pod& pod_at(int number) { return *pods_[static_cast<std::size_t>(number)]; }
  lock_pod& named(int index);
  lock_pod* find_pod(const std::string& address) const;
  void violate(const std::string& what);

  // lock_world_faults.cpp
  void happen(const lock_fault& f);
  void happen_to_containers(const lock_fault& f, lock_pod& p);
  void happen_to_pods(const lock_fault& f, lock_pod& p);
  void end_server(lock_pod& p, duration until_back);
  void end_pod(lock_pod& p, duration until_back, in_flight fate);
  void end_for_good(lock_pod& p);
  void force_delete(const lock_fault& f, lock_pod& old);
  void ask_for_move(const lock_fault& f);
  void happen_to_orders(const lock_fault& f, lock_pod& p);

  // lock_world_ends.cpp
  void begin_end(lock_pod& p, instant comes_back_at);
  void go_on_ending(lock_pod& p);
  void happen_to_lock(const lock_fault& f);
  void set_weather();
  bool may_pass(const lock_pod& a, const lock_pod& b) const;
  bool is_cut_off(int pod) const;
  bool holds(lock_fault_kind kind, int pod, int other = -1) const;

  // lock_world_checks.cpp
  void write_everywhere();
  void write_to(lock_pod& p, bool was_waiting);
  void judge_acknowledgement(lock_pod& p, int number, bool was_waiting);
  void judge_basis(const lock_pod& p);
  std::optional<instant> basis_of(const lock_pod& p) const;
  bool is_impaired(const lock_pod& p) const;
  void watch_impaired();
  void watch_reach();
  void watch_volumes();
  void judge_promotion(lock_pod& p);
  void judge_data(const lock_pod& p);
  lock_pod* holder();

  // lock_world_healed.cpp
  std::string await_health();
  std::string check_healed(duration since);
  std::string check_follower(lock_pod& p, const lock_pod& first);
  std::string check_route(const lock_pod& first);
  bool is_held_by_rules();
  bool is_anybody_copying() const;
  bool has_the_lock_just_changed();
  std::string describe_rulings();
  std::string check_stay();
  void leave_one_unreached();
  void draw_account();

  lock_schedule plan_;
  bool keeps_trace_;
  lock_mistakes mistakes_;
  std::mt19937_64 chance_;
  instant now_{1h};
  instant began_at_{1h};
  api_server api_;
  api_weather weather_;
  std::vector<std::unique_ptr<lock_pod>> pods_;  // by number
  std::vector<int> current_;                     // who has the name
  std::map<std::string, std::string> records_;   // what DNS says
  int next_address_ = 1;
  int next_uid_ = 1;
  std::size_t next_fault_ = 0;
  std::vector<condition> conditions_;
  std::vector<left_order> left_orders_;
  bool is_healing_ = false;
  std::int64_t last_epoch_ = -1;  // the latest in which a write was acknowledged
  std::map<std::int64_t, std::pair<int, std::string>> servers_of_epochs_;
  std::vector<bool> acknowledged_ = {false};  // by a write's number
  std::vector<std::int64_t> epoch_of_write_ = {-1};
  std::set<int> kept_;                      // writes that are in a file of what was lost
  std::optional<instant> acknowledged_at_;  // by anybody
  duration longest_gap_{};                  // without a write, since somebody served
  std::optional<instant> serves_since_;     // in the end: one and the same holder
  std::int64_t serving_term_ = -1;
  std::optional<instant> lock_is_made_at_;
  std::string version_seen_;
  instant lock_changed_at_;
  std::string violation_;
  lock_account account_;
  std::vector<std::string> trace_;
};

}  // namespace redis_agent::simulation
