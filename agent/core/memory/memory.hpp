// What the agent has seen, and how each event changes it: observe(memory, event, now) -> memory.
// Keeps facts and counts them; whether they make a pod ready is verdict.hpp's business, and no
// fact here ever causes a command to Redis.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "core/base/time.hpp"
#include "core/configuration/settings.hpp"
#include "core/memory/dns.hpp"
#include "core/memory/lag.hpp"
#include "core/memory/volume_memory.hpp"
#include "core/server/link.hpp"
#include "core/server/rdb_header.hpp"
#include "core/server/replication.hpp"
#include "core/server/sync_phase.hpp"

namespace redis_agent::core {

// What one poll of a server brought. The details are asked less often.
struct server_details {
  std::int64_t keys = 0;
  resync_counters resyncs;
};

struct poll_report {
  instant asked_at;
  std::string own_address;     // the agent's end of the connection
  std::string server_address;  // the server's
  replication_report replication;
  std::optional<loading_report> loading;
  std::optional<bool> has_aof;
  std::optional<link_stage> stage;
  std::optional<std::string> bind;           // the directive's value; of the local server
  std::optional<std::int64_t> min_replicas;  // min-replicas-to-write
  std::string read_refusal;  // -MASTERDOWN: a replica told not to serve stale data; "" otherwise
  std::optional<server_report> server;
  std::optional<server_details> details;
  std::string order_refusal;  // what the server said to an order (remedy.hpp), "" if it obeyed
  bool clients_are_paused = false;  // from here on, the agent's own questions too
};

// The local server; the primary, as a replica's agent asks it; a pod, as the primary's agent does.
enum class peer { redis, primary, pod };

struct connected {
  peer who;
  std::string pod{};
};
struct reported {
  peer who;
  poll_report report;
  std::string pod{};
};
struct failed {
  peer who;
  link_condition condition;
  std::string detail;
  std::string pod{};
};
// What another pod's agent says of its server (its /status): more than the server itself can tell.
struct statement {
  std::string pod;
  std::string cluster_id;
  std::string run_id;  // of the server that it is true of
  lineage history;
};
struct stated {
  peer who;
  statement said;
  std::string pod{};
};
struct volume_read {
  std::optional<volume_memory> remembered;
  std::optional<rdb_header> rdb{};
};
// After a restart of the server: its volume is the one that it had before.
struct volume_checked {
  bool is_untouched = false;
  std::optional<rdb_header> rdb{};
};
struct volume_written {
  volume_memory remembered;
};
struct addresses_resolved {
  address_answer answer;
};
struct addresses_failed {
  std::string why;
};
struct peers_resolved {
  service_answer answer;
};
struct peers_failed {
  std::string why;
};
struct person_decided {
  std::string kept;  // "mine" or "theirs"
};
struct end_announced {};  // by a preStop hook: SIGTERM comes next
using event = std::variant<connected, reported, failed, stated, volume_read, volume_checked,
                           volume_written, person_decided, end_announced, addresses_resolved,
                           addresses_failed, peers_resolved, peers_failed>;

// One name in DNS. The last good answer is kept while the server does not answer.
template <class Answer>
struct name_memory {
  std::optional<Answer> answer;
  std::string trouble;  // why the last question failed, "" if it did not
  std::optional<instant> answered_at;
  std::uint64_t changes = 0;
  std::uint64_t failures = 0;
};

// A replica's way with its primary, as far as this agent has watched it.
struct sync_memory {
  sync_phase phase = sync_phase::no_link;
  bool was_in_sync = false;           // since its server started, and no full sync begun since
  bool is_admitted = false;           // its lag lets it be ready (hysteresis, lag.hpp)
  std::optional<instant> data_as_of;  // all that the primary had written by then is here
  std::uint64_t full_resyncs = 0;
  std::uint64_t partial_resyncs = 0;
  // The last report before the link went down: tells a full resync from a partial one.
  std::optional<replication_report> before_cut;
};

// Another pod's server, as this agent has asked it.
struct pod_memory {
  link_memory link;
  poll_report report;  // the last; its optional parts as they were last told
  std::optional<statement> said;
};

// The end of the server that runs, once it has been announced (ending.hpp).
struct ending_memory {
  instant announced_at;
  bool is_paused = false;   // its clients are: what it has now is all that it will ever have
  bool is_refused = false;  // it would not be paused
};

struct memory {
  instant started_at;
  std::string pod;
  role derived = role::replica;
  lag_budget budget;
  duration contact_timeout{};
  std::uint16_t anchor_port = 0;
  gate_choice gate{};

  link_memory redis;
  std::optional<replication_report> replication;
  loading_report loading;
  std::string read_refusal;
  std::optional<server_report> server;
  std::optional<server_details> details;
  bool details_are_new = false;  // the last report brought them
  std::uint64_t server_restarts = 0;
  bool has_aof = false;
  std::optional<std::string> bind;
  std::int64_t min_replicas = 0;     // without as many good ones it refuses writes
  bool had_enough_replicas = false;  // in this run
  instant run_began_at;              // when this agent first heard of the server's run

  std::optional<volume_memory> remembered;
  bool volume_is_read = false;
  bool volume_is_checked = true;   // since the server's last restart
  bool served_before = false;      // as a primary, until that restart, under this agent's eyes
  bool end_was_witnessed = false;  // and on this volume: an AOF has all of that run
  std::string fresh_cluster_id;    // for a primary that serves and belongs to no cluster yet
  instant remembered_at;
  // What the volume held when the server's run began, as far as this agent saw: a save changes the
  // file afterwards.
  std::optional<rdb_header> rdb_at_start;

  std::string kept;  // a person's word about the gate of this run, "" without one

  std::optional<ending_memory> ending;  // of this run

  std::map<std::string, pod_memory> pods;  // by name; the primary's agent asks all that DNS lists

  link_memory primary;
  std::optional<replication_report> primary_replication;
  std::string primary_address;  // of the server that said so
  std::string primary_run_id;
  instant primary_heard_at;  // for the first time in that run
  // Of the run that has proven to carry this replica's history and has been in contact, as a
  // primary, ever since: its id changes when its first replica attaches, its data only grows.
  std::string proven_run_id;
  std::optional<statement> primary_said;
  offset_history primary_offsets;
  sync_memory sync;

  // When loading or a sync last moved on, or when there was nothing of the kind to wait for.
  instant progressed_at;

  name_memory<address_answer> primary_name;
  name_memory<service_answer> service_name;
};

memory begin_memory(const settings& s, instant now);

memory observe(memory m, const event& e, instant now);

// The link leads to an anchor, which holds a replica as it is and sends nothing (remedy.hpp): up,
// and no sign of being in sync with anybody.
bool is_anchored(const memory& m, const replica_link& link);

// The local server listens for its own pod alone: "bind 127.0.0.1 -::1". Taken to be so where it
// would be but may not be asked (CONFIG is forbidden): what cannot be opened is not called open.
bool binds_locally(const memory& m);

// The local server is a primary, and can be reached from outside its pod.
bool serves_as_primary(const memory& m);

// It refuses writes since it has lost replicas that its min-replicas-to-write asks for
// (redis.io/docs/management/replication). Before it has had them nobody can say that it is cut off:
// they may start after it, when it is ready.
bool lacks_replicas(const memory& m);

// The server at the primary's address has answered within the contact timeout; as a primary.
bool primary_answers(const memory& m, instant now);
bool primary_is_in_contact(const memory& m, instant now);

// How far the replica is behind; nullopt when that is unknown: no contact, another history.
std::optional<lag> measure_lag(const memory& m, instant now);

// An agent that is there has said by then what its server's data is; there may be none (the
// article's pods).
inline constexpr duration introduction_max = 3s;

// What the agent beside a server has said, if that is the server that answers; nullptr otherwise.
const statement* word_of_primary(const memory& m);
const statement* word_of(const pod_memory& pod);

// The agent speaks for another cluster than the volume remembers.
bool names_another_cluster(const memory& m, const statement& said);

// What the local server's data is (volume_memory.hpp), and a pod's as its server and agent tell.
lineage own_lineage(const memory& m);
lineage lineage_of_pod(const pod_memory& pod);
lineage lineage_of_primary(const memory& m);

}  // namespace redis_agent::core
