// The families of redis_exporter that speak of replication, under its names, labels and helps.
#include "wire/metric_families.hpp"

namespace redis_agent::wire {
namespace {

void add_gauge(families& into, const std::string& name, double value) {
  gauge(into, "redis_" + name, name + " metric").sample(value);
}

void add_link(families& into, const core::replica_link& link) {
  const labels primary = {{"master_host", link.primary.host},
                          {"master_port", std::to_string(link.primary.port)}};
  gauge(into, "redis_master_link_up", "Master link status on Redis slave")
      .sample(link.is_up ? 1 : 0, primary);
  gauge(into, "redis_master_sync_in_progress", "Master sync in progress")
      .sample(link.sync_in_progress ? 1 : 0, primary);
  gauge(into, "redis_slave_repl_offset", "Slave replication offset")
      .sample(static_cast<double>(link.offset), primary);
  // The peer writes Redis's -1 through: its dashboards expect the series to be there.
  gauge(into, "redis_master_last_io_seconds_ago", "Master last io seconds ago")
      .sample(static_cast<double>(link.last_io_seconds.value_or(-1)), primary);
  labels info = primary;
  info.emplace_back("read_only", link.is_read_only ? "1" : "0");
  gauge(into, "redis_slave_info", "Information about the Redis slave").sample(1, info);
  add_gauge(into, "slave_priority", static_cast<double>(link.priority));
}

void add_replicas(families& into, const std::vector<core::attached_replica>& replicas) {
  if (replicas.empty()) return;
  auto offset = gauge(into, "redis_connected_slave_offset_bytes", "Offset of connected slave");
  auto lag = gauge(into, "redis_connected_slave_lag_seconds", "Lag of connected slave");
  for (const core::attached_replica& replica : replicas) {
    const labels named = {{"slave_ip", replica.address.host},
                          {"slave_port", std::to_string(replica.address.port)},
                          {"slave_state", replica.state}};
    offset.sample(static_cast<double>(replica.offset), named);
    if (replica.lag_seconds) lag.sample(static_cast<double>(*replica.lag_seconds), named);
  }
}

}  // namespace

void add_redis_families(families& into, const snapshot& at) {
  const core::memory& seen = at.seen;
  const bool is_up = seen.redis.condition == core::link_condition::up && seen.replication;
  gauge(into, "redis_up", "Information about the Redis instance").sample(is_up ? 1 : 0);
  if (!is_up) return;
  const core::replication_report& report = *seen.replication;
  add_gauge(into, "connected_slaves", static_cast<double>(report.connected_replicas));
  add_gauge(into, "master_repl_offset", static_cast<double>(report.offset));
  add_gauge(into, "second_repl_offset", static_cast<double>(report.second_offset));
  add_gauge(into, "repl_backlog_is_active", report.backlog_is_active ? 1 : 0);
  add_gauge(into, "replication_backlog_bytes", static_cast<double>(report.backlog_size));
  add_gauge(into, "repl_backlog_first_byte_offset",
            static_cast<double>(report.backlog_first_offset));
  add_gauge(into, "repl_backlog_history_bytes", static_cast<double>(report.backlog_length));
  if (seen.details) {
    const core::resync_counters& resyncs = seen.details->resyncs;
    add_gauge(into, "replica_resyncs_full", static_cast<double>(resyncs.full));
    add_gauge(into, "replica_partial_resync_accepted",
              static_cast<double>(resyncs.partial_accepted));
    add_gauge(into, "replica_partial_resync_denied", static_cast<double>(resyncs.partial_denied));
  }
  if (report.link) add_link(into, *report.link);
  add_replicas(into, report.replicas);
}

}  // namespace redis_agent::wire
