// A replica's agent for the tests of its rope: told step by step what its two servers report.
#pragma once

#include <functional>
#include <gtest/gtest.h>
#include <string>

#include "core/failover/decision.hpp"
#include "core/safety/rope.hpp"

namespace redis_agent::core {

inline const std::string a(40, 'a');
inline const std::string b(40, 'b');
inline const std::string zeros(40, '0');
inline const endpoint primary_place = {"10.0.0.1", 6379};
inline const endpoint by_name = {"redis-master-0.redis-headless", 6379};

class watched_replica : public testing::Test {
 protected:
  watched_replica() : settings_(parse_settings(subcommand::sidecar, {}, "redis-slave-0").values) {
    memory_ = begin_memory(settings_, instant(0s));
    volume_memory remembered;
    remembered.cluster_id = "ours";
    remembered.history = {a, 100};
    tell(0s, volume_read{remembered});
    tell(0s, addresses_resolved{{{"10.0.0.1"}, 5s}});
  }

  void tell(duration when, const event& e) {
    now_ = instant(when);
    observe(memory_, e, now_);
  }

  // At offset 100 and cut off, unless `change` says otherwise.
  void redis(duration when, const std::function<void(poll_report&)>& change = {}) {
    poll_report report;
    report.asked_at = instant(when);
    report.server = server_report{"7.0.15", "replica-run", 100};
    report.details = server_details{5, {}};
    report.stage = link_stage::connecting;
    report.replication.server_role = role::replica;
    report.replication.replid = a;
    report.replication.replid2 = zeros;
    report.replication.offset = 100;
    report.replication.link.emplace();
    report.replication.link->primary = by_name;
    report.replication.link->offset = 100;
    report.replication.link->down_for_seconds = 3;
    if (change) change(report);
    tell(when, reported{peer::redis, report});
    if (!memory_.volume_is_checked) tell(when, volume_checked{true});
  }

  void primary(duration when, const std::string& id, std::int64_t offset,
               const std::string& run = "primary-run") {
    tell(when, reported{peer::primary, primary_report(when, id, offset, run)});
  }

  void primary_loads(duration when, const std::string& id, std::int64_t offset) {
    poll_report report = primary_report(when, id, offset, "primary-run");
    report.loading = loading_report{true, false, 10};
    tell(when, reported{peer::primary, report});
  }

  static poll_report primary_report(duration when, const std::string& id, std::int64_t offset,
                                    const std::string& run) {
    poll_report report;
    report.asked_at = instant(when);
    report.server = server_report{"7.0.15", run, 100};
    report.server_address = "10.0.0.1";
    report.replication.replid = id;
    report.replication.replid2 = zeros;
    report.replication.offset = offset;
    report.replication.connected_replicas = 1;
    return report;
  }

  void says(duration when, const std::string& cluster, const lineage& history) {
    tell(when, stated{peer::primary, {"redis-master-0", cluster, "primary-run", history}});
  }

  // A person's word about what the rope says at this moment, weighed as the agent weighs it.
  void decides(keeping kept) {
    const person_decided word{kept, describe_situation(memory_, settings_, now_)};
    tell(now_.time_since_epoch(), weigh_decision(memory_, settings_, now_, word));
  }

  rope_ruling rule() const { return decide_rope(memory_, settings_, now_); }

  settings settings_;
  memory memory_;
  instant now_;
};

inline void in_sync(poll_report& report) {
  report.stage = link_stage::connected;
  report.replication.link->is_up = true;
  report.replication.link->down_for_seconds.reset();
}

}  // namespace redis_agent::core
