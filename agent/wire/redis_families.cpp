// The families of redis_exporter, under its names and labels: those that are one field of INFO by
// the table of info_families.hpp, the others here.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/server/info.hpp"
#include "wire/command_families.hpp"
#include "wire/info_families.hpp"
#include "wire/metric_families.hpp"

namespace redis_agent::wire {
namespace {

using info_lines = std::vector<std::pair<std::string_view, std::string_view>>;

// Older than what a scrape takes for new, and newer than what it was still waiting for in vain
// (command/scrape_watch.cpp).
constexpr core::duration metrics_age_max = std::chrono::milliseconds(240);

std::optional<double> number_of(std::string_view text) {
  if (text == "ok" || text == "true") return 1;
  if (text == "err" || text == "fail" || text == "false") return 0;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  return is_whole ? std::optional(value) : std::nullopt;
}

void add_fields(families& to, const info_lines& lines) {
  // A later server may tell a field in two sections.
  std::vector<bool> told(all_info_families().size());
  for (const auto& [field, text] : lines) {
    const info_family* const known = find_info_family(field);
    if (known == nullptr) continue;
    const auto value = number_of(text);
    const auto row = static_cast<std::size_t>(known - all_info_families().data());
    if (!value || told[row]) continue;
    told[row] = true;
    const auto begin = known->type == family_type::counter ? counter : gauge;
    constexpr double microseconds = 1e6;
    const bool is_scaled = known->unit == family_unit::from_microseconds;
    begin(to, known->name, known->help).sample(is_scaled ? *value / microseconds : *value);
  }
}

// CPU time of each I/O thread (Valkey 9).
void add_io_threads(families& to, const info_lines& lines) {
  constexpr std::string_view prefix = "used_active_time_io_thread_";
  std::optional<family> times;
  for (const auto& [field, text] : lines) {
    const auto value = field.starts_with(prefix) ? number_of(text) : std::nullopt;
    if (!value) continue;
    if (!times) {
      times = counter(to, "redis_active_time_io_thread_seconds_total",
                      "Seconds in which an I/O thread had work");
    }
    times->sample(*value, {{"thread", field.substr(prefix.size())}});
  }
}

void add_instance(families& to, const core::info_fields& info, double unix_seconds) {
  const auto text = [&](std::string_view name) { return info.text(name).value_or(""); };
  std::vector<label> named = {{"role", text("role")},
                              {"redis_version", text("redis_version")},
                              {"redis_build_id", text("redis_build_id")},
                              {"redis_mode", info.text("redis_mode").value_or(text("server_mode"))},
                              {"os", text("os")},
                              {"maxmemory_policy", text("maxmemory_policy")},
                              {"tcp_port", text("tcp_port")},
                              {"run_id", text("run_id")},
                              {"process_id", text("process_id")}};
  for (const std::string_view valkeys : {"valkey_version", "valkey_release_stage"}) {
    if (const auto value = info.text(valkeys)) named.push_back({valkeys, *value});
  }
  gauge(to, "redis_instance_info", "What this Redis is, always 1").sample(1, named);
  if (const auto uptime = info.number("uptime_in_seconds")) {
    gauge(to, "redis_start_time_seconds", "When Redis started, in seconds since 1970")
        .sample(std::trunc(unix_seconds) - static_cast<double>(*uptime));
  }
}

void add_configuration(families& to, const core::metrics_report& report) {
  const auto add = [&](const char* name, const char* help, std::optional<std::int64_t> value) {
    if (value) gauge(to, name, help).sample(static_cast<double>(*value));
  };
  add("redis_config_maxclients", "maxclients: connections beyond it are refused",
      report.maxclients);
  add("redis_config_maxmemory", "maxmemory; 0: no limit of its own", report.maxmemory);
  add("redis_config_io_threads", "io-threads; 1: the main thread alone", report.io_threads);
  add("redis_slowlog_length", "Entries of the slow log", report.slowlog_length);
  if (!report.slowlog_length) return;
  constexpr double microseconds = 1e6;
  gauge(to, "redis_slowlog_last_id", "Number of the last slow command; it grows by one with each")
      .sample(static_cast<double>(report.slowlog_last_id.value_or(0)));
  gauge(to, "redis_last_slow_execution_duration_seconds", "How long the last slow command took")
      .sample(static_cast<double>(report.slowlog_last_microseconds.value_or(0)) / microseconds);
}

void add_spikes(families& to, const std::vector<core::latency_spike>& spikes) {
  if (spikes.empty()) return;
  auto last = gauge(to, "redis_latency_spike_last",
                    "When an event of LATENCY LATEST was last too slow, in seconds since 1970");
  for (const core::latency_spike& spike : spikes) {
    last.sample(static_cast<double>(spike.unix_seconds), {{"event_name", spike.event}});
  }
  constexpr double milliseconds = 1e3;
  auto length = gauge(to, "redis_latency_spike_duration_seconds",
                      "How long an event of LATENCY LATEST took when it was last too slow");
  for (const core::latency_spike& spike : spikes) {
    length.sample(static_cast<double>(spike.milliseconds) / milliseconds,
                  {{"event_name", spike.event}});
  }
}

void add_link(families& to, const core::replica_link& link) {
  const std::string port = std::to_string(link.primary.port);
  const std::vector<label> primary = {{"master_host", link.primary.host}, {"master_port", port}};
  gauge(to, "redis_master_link_up", "1 while the replica is connected to its primary and in sync")
      .sample(link.is_up ? 1 : 0, primary);
  gauge(to, "redis_master_sync_in_progress", "1 while it receives or loads a full sync")
      .sample(link.sync_in_progress ? 1 : 0, primary);
  gauge(to, "redis_slave_repl_offset", "Up to where it has its primary's stream")
      .sample(static_cast<double>(link.offset), primary);
  // The peer writes Redis's -1 through: its dashboards expect the series to be there.
  gauge(to, "redis_master_last_io_seconds_ago",
        "Seconds since it last heard its primary; -1: no link")
      .sample(static_cast<double>(link.last_io_seconds.value_or(-1)), primary);
  std::vector<label> info = primary;
  info.push_back({"read_only", link.is_read_only ? "1" : "0"});
  gauge(to, "redis_slave_info", "Whom this replica follows, always 1").sample(1, info);
}

void add_replicas(families& to, const core::replication_report& report) {
  const auto replicas = core::distinct_replicas(report);
  if (replicas.empty()) return;
  const auto each = [&](family into, const auto& value_of) {
    for (const core::attached_replica& replica : replicas) {
      const std::optional<std::int64_t> value = value_of(replica);
      if (!value) continue;
      const std::string port = std::to_string(replica.address.port);
      into.sample(static_cast<double>(*value), {{"slave_ip", replica.address.host},
                                                {"slave_port", port},
                                                {"slave_state", replica.state}});
    }
  };
  each(gauge(to, "redis_connected_slave_offset_bytes",
             "Up to where a replica has acknowledged the stream"),
       [](const core::attached_replica& replica) { return std::optional(replica.offset); });
  each(gauge(to, "redis_connected_slave_lag_seconds",
             "Seconds since a replica's last acknowledgement; it sends one each second"),
       [](const core::attached_replica& replica) { return replica.lag_seconds; });
}

}  // namespace

bool is_redis_up(const snapshot& at) {
  const core::memory& seen = at.seen;
  return seen.redis.condition == core::link_condition::up && seen.replication && seen.metrics &&
         at.now - seen.metrics_at <= metrics_age_max;
}

void add_redis_families(families& to, const snapshot& at) {
  const core::memory& seen = at.seen;
  const bool is_up = is_redis_up(at);
  gauge(to, "redis_up", "1 when Redis has answered this scrape").sample(is_up ? 1 : 0);
  if (!is_up) return;
  std::string text;
  for (const std::string& part : seen.metrics->info) text.append(part).append("\n");
  const core::info_fields info(text);
  add_fields(to, info.all());
  add_io_threads(to, info.all());
  add_instance(to, info, at.process == nullptr ? 0 : at.process->unix_seconds);
  add_command_families(to, info.all());
  add_keyspace_families(to, info.all(), seen.metrics->databases.value_or(0));
  add_configuration(to, *seen.metrics);
  add_spikes(to, seen.metrics->spikes);
  if (seen.replication->link) add_link(to, *seen.replication->link);
  add_replicas(to, *seen.replication);
}

}  // namespace redis_agent::wire
