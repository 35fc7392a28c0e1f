// A primary's agent for the tests of what it decides: told step by step what servers report.
#pragma once

#include <functional>
#include <string>

#include "core/failover/decision.hpp"
#include "core/orders/remedy.hpp"
#include "core/safety/remembering.hpp"

namespace redis_agent::core {

inline const std::string former_history(40, 'a');  // the cluster's before the primary's restart
inline const std::string own_history(40, 'e');     // which the primary has invented at its start
inline const std::string next_history(40, 'f');    // which it takes when it opens
inline const std::string no_history(40, '0');

inline volume_memory remembered_data(std::int64_t offset) {
  volume_memory remembered;
  remembered.cluster_id = "ours";
  remembered.run_id = "run-0";
  remembered.history = {former_history, offset};
  remembered.keys = 5;
  remembered.replicas = 1;
  return remembered;
}

// A Redis 5 behind its gate, as a replica of nobody, with all that was remembered.
inline void replica_of_nobody(poll_report& r) {
  r.server->version = "5.0.14";
  r.bind = "0.0.0.0 ::";
  r.details->keys = 5;
  r.replication.server_role = role::replica;
  r.replication.replid = former_history;
  r.replication.offset = 100;
  r.replication.link.emplace();
  r.replication.link->primary = {"127.0.0.1", 1};
  r.replication.link->offset = 100;
}

// Behind a gate, emptied, at redis-master-0 (10.0.0.1); redis-slave-0 is at 10.0.0.2.
class primary_agent {
 public:
  using change = std::function<void(poll_report&)>;

  explicit primary_agent(const std::optional<volume_memory>& remembered = remembered_data(100),
                         const std::optional<rdb_header>& rdb = {})
      : settings_(parse_settings(subcommand::sidecar, {}, "redis-master-0").values),
        memory_(begin_memory(settings_, instant(0s))) {
    memory_.fresh_cluster_id = "fresh";
    tell(volume_read{remembered, rdb});
    lists({"redis-master-0", "redis-slave-0"});
  }

  primary_agent& at(duration when) {
    now_ = instant(when);
    return *this;
  }

  primary_agent& tell(const event& e) {
    observe(memory_, e, now_);
    return *this;
  }

  primary_agent& lists(const std::vector<std::string>& pods) {
    service_answer answer;
    for (const std::string& pod : pods) answer.targets.push_back({pod + ".redis-headless", 6379});
    return tell(peers_resolved{answer});
  }

  primary_agent& redis(const change& differs = {}) {
    poll_report report;
    report.asked_at = now_;
    report.server = server_report{"7.0.15", "run-1", 10};
    report.details = server_details{0, {}};
    report.loading = loading_report{};
    report.bind = "127.0.0.1 -::1";
    report.replication.replid = own_history;
    report.replication.replid2 = no_history;
    if (differs) differs(report);
    const bool is_first = !memory_.server;
    tell(reported{peer::redis, report});
    return is_first ? tell(volume_checked{true, memory_.rdb_at_start}) : *this;
  }

  // With 5 keys at offset 100, cut off from the primary.
  primary_agent& replica(const change& differs = {}, const std::string& name = "redis-slave-0") {
    poll_report report;
    report.asked_at = now_;
    report.own_address = "10.0.0.1";
    report.server_address = "10.0.0.2";
    report.server = server_report{"7.0.15", name + "-run", 1000};
    report.details = server_details{5, {}};
    report.loading = loading_report{};
    report.replication.server_role = role::replica;
    report.replication.replid = former_history;
    report.replication.replid2 = no_history;
    report.replication.offset = 100;
    report.replication.link.emplace();
    report.replication.link->primary = {"10.0.0.1", 6379};
    report.replication.link->offset = 100;
    if (differs) differs(report);
    return tell(reported{peer::pod, report, name});
  }

  // Its agent's word, about the server that has been told.
  primary_agent& replica_says(const std::string& cluster_id, const lineage& history) {
    const statement said = {"redis-slave-0", cluster_id, "redis-slave-0-run", history};
    return tell(stated{peer::pod, said, "redis-slave-0"});
  }

  // Writes to the volume what the agent would.
  primary_agent& remember() { return tell(volume_written{*memory_to_be()}); }

  // A person's word about what the gate says at this moment, weighed as the agent weighs it.
  primary_agent& decides(keeping kept) {
    const person_decided word{kept, situation()};
    return tell(weigh_decision(memory_, settings_, now_, word));
  }

  std::vector<order> orders() const { return choose(memory_, settings_, now_); }
  std::optional<volume_memory> memory_to_be() const {
    return choose_memory(memory_, settings_, now_);
  }
  std::string decision() const { return describe_decision(memory_, settings_, now_); }

  std::string situation() const { return describe_situation(memory_, settings_, now_); }

  settings& set() { return settings_; }
  memory& seen() { return memory_; }

 private:
  settings settings_;
  memory memory_;
  instant now_{};
};

inline void held_by_the_anchor(poll_report& report) {
  report.replication.link->primary = {"10.0.0.1", 9122};
  report.replication.link->is_up = true;
}

// Started from an AOF: its id is its own, and it has no place in that stream.
inline void from_an_aof(poll_report& report) {
  report.aof = aof_report{.is_enabled = true};
  report.replication.replid = next_history;
  report.replication.offset = 0;
  report.replication.link->offset = 1;
}

inline void copying(poll_report& report) {
  report.replication.server_role = role::replica;
  report.replication.link.emplace();
  report.replication.link->primary = {"10.0.0.2", 6379};
  report.replication.link->sync_in_progress = true;
  report.stage = link_stage::sync;
}

inline void copied(poll_report& report) {
  copying(report);
  report.stage = link_stage::connected;
  report.details = server_details{5, {}};
  report.replication.replid = former_history;
  report.replication.offset = report.replication.link->offset = 100;
  report.replication.link->is_up = true;
  report.replication.link->sync_in_progress = false;
}

// Opened after it has copied.
inline void serving(poll_report& report) {
  report.bind = "* -::*";
  report.details = server_details{5, {}};
  report.replication.replid = next_history;
  report.replication.replid2 = former_history;
  report.replication.second_offset = 101;
  report.replication.offset = 100;
  report.replication.backlog_is_active = true;
}

}  // namespace redis_agent::core
