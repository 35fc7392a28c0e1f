// What a server says of itself, typed. Redis's own words ("master", "slave") end here.
// Parses; judges nothing. Sources: redis.io/commands/info, redis.io/commands/role, and what real
// servers from 5 to 8 and Valkey answered (test/unit/core/server/info/).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/address.hpp"
#include "core/base/result.hpp"
#include "core/configuration/identity.hpp"

namespace redis_agent::core {

struct attached_replica {
  endpoint address;
  std::string state;  // wait_bgsave, send_bulk, online: the primary's view, not the replica's
  std::int64_t offset = 0;
  std::optional<std::int64_t> lag_seconds;  // since its last acknowledgement
};

// A primary pings its replicas each 10 s (repl-ping-replica-period): a link that has been silent
// for longer looks up for a minute, whatever has become of the other end.
inline constexpr std::int64_t link_silence_max_seconds = 11;

// "slave_" and "master_" fields that only a replica has.
struct replica_link {
  endpoint primary;
  bool is_up = false;
  bool sync_in_progress = false;
  std::optional<std::int64_t> last_io_seconds;   // nullopt while there is no connection (-1)
  std::optional<std::int64_t> down_for_seconds;  // only while the link is down
  std::optional<std::int64_t> sync_read_bytes;   // only during a sync, 6.2 and later
  std::optional<std::int64_t>
      sync_idle_seconds;  // only during a sync; the primary's newlines count
  std::int64_t offset = 0;
  std::optional<std::int64_t> read_offset;  // with what is not applied yet; 6.2 and later
  bool is_read_only = true;
  std::int64_t priority = 100;
};

struct replication_report {
  role server_role = role::primary;
  std::string replid;
  std::string replid2;  // the history before a failover; zeros if none
  std::int64_t offset = 0;
  std::int64_t second_offset = -1;  // where replid2's history ends
  bool backlog_is_active = false;
  std::int64_t backlog_size = 0;
  std::int64_t backlog_first_offset = 0;
  std::int64_t backlog_length = 0;
  std::optional<replica_link> link;  // of a replica
  std::int64_t connected_replicas = 0;
  std::optional<std::int64_t> good_replicas;  // where min-replicas-to-write asks for some
  std::vector<attached_replica> replicas;
};

struct server_report {
  std::string version;  // "7.0.15", "valkey 8.1.1"
  std::string run_id;
  std::int64_t uptime_seconds = 0;
  bool is_shutting_down = false;  // waits for its replicas (7.0 and later)
  bool is_clustered = false;      // cluster-enabled: Redis Cluster gives roles and slots
};

// The counters of INFO stats that tell how replicas came back.
struct resync_counters {
  std::int64_t full = 0;
  std::int64_t partial_accepted = 0;
  std::int64_t partial_denied = 0;
};

// ROLE's word for a replica's link; finer than INFO's up and down.
enum class link_stage { none, connecting, handshake, sync, connected };

// One for each address, the last: a connection that has died without a word is listed until
// repl-timeout, before the one that came after it.
std::vector<attached_replica> distinct_replicas(const replication_report& report);

result<replication_report> parse_replication(std::string_view info);
result<server_report> parse_server(std::string_view info);
resync_counters parse_resync_counters(std::string_view info);
std::int64_t parse_key_count(std::string_view info);  // over all databases
// The one in which all keys are; nullopt if there is none, or more than one.
std::optional<std::int64_t> parse_only_database(std::string_view info);
// Of INFO memory; 0 before 7.0, which had none.
std::int64_t parse_function_libraries(std::string_view info);
link_stage parse_link_stage(std::string_view word);

}  // namespace redis_agent::core
