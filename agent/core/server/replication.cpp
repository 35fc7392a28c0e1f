#include "core/server/replication.hpp"

#include "core/server/info.hpp"

namespace redis_agent::core {
namespace {

std::uint16_t port_of(std::optional<std::int64_t> number) {
  return number && *number > 0 && *number < 65536 ? static_cast<std::uint16_t>(*number) : 0;
}

// Redis writes -1 where there is nothing to count.
std::optional<std::int64_t> unless_negative(std::optional<std::int64_t> number) {
  return number && *number >= 0 ? number : std::nullopt;
}

std::optional<attached_replica> parse_attached(std::string_view list) {
  const auto ip = find_attribute(list, "ip");
  const auto state = find_attribute(list, "state");
  if (!ip || !state) return std::nullopt;
  const auto number = [&](std::string_view name) {
    const auto text = find_attribute(list, name);
    return text ? parse_number(*text) : std::nullopt;
  };
  attached_replica replica;
  replica.address = {canonical_host(*ip), port_of(number("port"))};
  replica.state = *state;
  replica.offset = number("offset").value_or(0);
  replica.lag_seconds = unless_negative(number("lag"));
  return replica;
}

replica_link parse_link(const info_fields& fields) {
  replica_link link;
  link.primary = {canonical_host(fields.text("master_host").value_or("")),
                  port_of(fields.number("master_port"))};
  link.is_up = fields.text("master_link_status") == "up";
  link.sync_in_progress = fields.is_set("master_sync_in_progress");
  link.last_io_seconds = unless_negative(fields.number("master_last_io_seconds_ago"));
  link.down_for_seconds = unless_negative(fields.number("master_link_down_since_seconds"));
  link.sync_read_bytes = unless_negative(fields.number("master_sync_read_bytes"));
  link.sync_idle_seconds = unless_negative(fields.number("master_sync_last_io_seconds_ago"));
  link.offset = fields.number("slave_repl_offset").value_or(0);
  link.read_offset = fields.number("slave_read_repl_offset");
  link.is_read_only = fields.is_set("slave_read_only");
  link.priority = fields.number("slave_priority").value_or(0);
  return link;
}

bool is_attached_line(std::string_view name) {
  constexpr std::string_view prefix = "slave";
  return name.size() > prefix.size() && name.substr(0, prefix.size()) == prefix &&
         parse_number(name.substr(prefix.size())).has_value();
}

}  // namespace

result<replication_report> parse_replication(std::string_view info) {
  const info_fields fields(info);
  const auto role_word = fields.text("role");
  if (role_word != "master" && role_word != "slave") {
    return failure{"INFO replication without a role"};
  }
  replication_report report;
  report.server_role = role_word == "master" ? role::primary : role::replica;
  report.replid = fields.text("master_replid").value_or("");
  report.replid2 = fields.text("master_replid2").value_or("");
  report.offset = fields.number("master_repl_offset").value_or(0);
  report.second_offset = fields.number("second_repl_offset").value_or(-1);
  report.backlog_is_active = fields.is_set("repl_backlog_active");
  report.backlog_size = fields.number("repl_backlog_size").value_or(0);
  report.backlog_first_offset = fields.number("repl_backlog_first_byte_offset").value_or(0);
  report.backlog_length = fields.number("repl_backlog_histlen").value_or(0);
  report.connected_replicas = fields.number("connected_slaves").value_or(0);
  report.good_replicas = fields.number("min_slaves_good_slaves");
  if (report.server_role == role::replica) report.link = parse_link(fields);
  for (const auto& [name, value] : fields.all()) {
    if (!is_attached_line(name)) continue;
    if (auto replica = parse_attached(value)) report.replicas.push_back(std::move(*replica));
  }
  return report;
}

std::vector<attached_replica> distinct_replicas(const replication_report& report) {
  std::vector<attached_replica> distinct;
  for (const attached_replica& replica : report.replicas) {
    std::erase_if(distinct, [&](const attached_replica& earlier) {
      return earlier.address == replica.address;
    });
    distinct.push_back(replica);
  }
  return distinct;
}

result<server_report> parse_server(std::string_view info) {
  const info_fields fields(info);
  const auto run_id = fields.text("run_id");
  if (!run_id) return failure{"INFO server without a run_id"};
  server_report report;
  // Valkey says redis_version:7.2.4 for the clients' sake and its own version beside it.
  if (const auto valkey = fields.text("valkey_version")) {
    report.version = "valkey " + std::string(*valkey);
  } else {
    report.version = fields.text("redis_version").value_or("");
  }
  report.run_id = *run_id;
  report.uptime_seconds = fields.number("uptime_in_seconds").value_or(0);
  // redis_mode; Valkey calls it server_mode.
  report.is_clustered =
      fields.text("redis_mode") == "cluster" || fields.text("server_mode") == "cluster";
  report.is_shutting_down = fields.number("shutdown_in_milliseconds").has_value();
  return report;
}

resync_counters parse_resync_counters(std::string_view info) {
  const info_fields fields(info);
  return {fields.number("sync_full").value_or(0), fields.number("sync_partial_ok").value_or(0),
          fields.number("sync_partial_err").value_or(0)};
}

std::int64_t parse_key_count(std::string_view info) {
  const info_fields fields(info);
  std::int64_t keys = 0;
  for (const auto& [name, value] : fields.all()) {
    if (name.substr(0, 2) != "db" || !parse_number(name.substr(2))) continue;
    const auto count = find_attribute(value, "keys");
    keys += count ? parse_number(*count).value_or(0) : 0;
  }
  return keys;
}

std::optional<std::int64_t> parse_only_database(std::string_view info) {
  const info_fields fields(info);
  std::optional<std::int64_t> only;
  for (const auto& [name, value] : fields.all()) {
    const auto number = name.substr(0, 2) == "db" ? parse_number(name.substr(2)) : std::nullopt;
    if (!number) continue;
    if (only) return std::nullopt;
    only = number;
  }
  return only;
}

std::int64_t parse_function_libraries(std::string_view info) {
  return info_fields(info).number("number_of_libraries").value_or(0);
}

link_stage parse_link_stage(std::string_view word) {
  if (word == "connected") return link_stage::connected;
  if (word == "sync") return link_stage::sync;
  if (word == "handshake") return link_stage::handshake;
  if (word == "connecting") return link_stage::connecting;
  return link_stage::none;  // "connect" (not yet tried again), "none"
}

}  // namespace redis_agent::core
