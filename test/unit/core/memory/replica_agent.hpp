// A replica's agent for the tests of what it remembers: told step by step what its server and the
// primary's report.
#pragma once

#include <functional>
#include <string>

#include "core/memory/memory.hpp"
#include "core/readiness/verdict.hpp"

namespace redis_agent::core {

inline const std::string history_a(40, 'a');
inline const std::string history_b(40, 'b');
inline const std::string no_history(40, '0');

inline instant at(double seconds) {
  return instant(std::chrono::duration_cast<duration>(std::chrono::duration<double>(seconds)));
}

// A replica's agent and its two servers, told step by step.
class replica_agent {
 public:
  replica_agent() {
    settings_ = parse_settings(subcommand::sidecar, {}, "redis-slave-0").values;
    memory_ = begin_memory(settings_, at(0));
  }

  replica_agent& tell(double when, event e) {
    now_ = at(when);
    observe(memory_, e, now_);
    return *this;
  }

  // The local server, in sync at that offset unless `change` says otherwise.
  replica_agent& redis(double when, std::int64_t offset,
                       const std::function<void(poll_report&)>& change = {}) {
    poll_report report;
    report.asked_at = at(when);
    report.server = server_report{"7.0.15", run_, 100};
    report.details = server_details{5, {}};
    report.stage = link_stage::connected;
    report.loading = loading_report{};
    report.replication.server_role = role::replica;
    report.replication.replid = history_a;
    report.replication.replid2 = no_history;
    report.replication.backlog_is_active = true;
    report.replication.backlog_size = 1'000'000;
    report.replication.backlog_first_offset = 1;
    report.replication.backlog_length = offset;
    report.replication.link.emplace();
    report.replication.link->primary = settings_.primary;
    report.replication.link->is_up = true;
    report.replication.link->offset = offset;
    report.replication.link->last_io_seconds = 0;
    if (change) change(report);
    return tell(when, reported{peer::redis, report});
  }

  replica_agent& primary(double when, std::int64_t offset, const std::string& replid = history_a) {
    poll_report report;
    report.asked_at = at(when);
    report.replication.server_role = role::primary;
    report.replication.replid = replid;
    report.replication.replid2 = no_history;
    report.replication.offset = offset;
    report.server = server_report{"7.0.15", "primary-run", 100};
    tell(when, reported{peer::primary, report});
    statement said{.pod = "redis-master-0", .run_id = "primary-run"};
    said.history = {replid, offset};
    return tell(when, stated{peer::primary, said});
  }

  replica_agent& restart_server(const std::string& run) {
    run_ = run;
    return *this;
  }

  const memory& seen() const { return memory_; }
  reason why(double when) const { return decide(memory_, settings_, at(when)).why; }
  reason why() const { return decide(memory_, settings_, now_).why; }

 private:
  settings settings_;
  memory memory_;
  instant now_;
  std::string run_ = "run-1";
};

inline void cut(poll_report& report) {
  report.replication.link->is_up = false;
  report.replication.link->last_io_seconds.reset();
  report.replication.link->down_for_seconds = 1;
  report.stage = link_stage::connecting;
}

inline void receiving(poll_report& report) {
  cut(report);
  report.replication.link->sync_in_progress = true;
  report.stage = link_stage::sync;
}

}  // namespace redis_agent::core
