// All that can happen to an agent, as values: what servers, other agents, DNS, the volume and
// people tell. What it means is memory.hpp's business and that of the rules.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/configuration/certificates.hpp"
#include "core/configuration/keeping.hpp"
#include "core/memory/dns.hpp"
#include "core/memory/lock_memory.hpp"
#include "core/memory/lost_memory.hpp"
#include "core/memory/password_memory.hpp"
#include "core/memory/volume_memory.hpp"
#include "core/server/link.hpp"
#include "core/server/metrics_report.hpp"
#include "core/server/persistence.hpp"
#include "core/server/rdb_header.hpp"
#include "core/server/replication.hpp"

namespace redis_agent::core {

// What one poll of a server brought. The details are asked less often.
struct server_details {
  std::int64_t keys = 0;
  resync_counters resyncs{};
  std::int64_t functions = 0;  // libraries of them: data that is no key (7.0 and later)

  bool is_empty() const { return keys == 0 && functions == 0; }
};

struct poll_report {
  instant asked_at;
  std::string own_address;     // the agent's end of the connection
  std::string server_address;  // the server's
  replication_report replication;
  std::optional<loading_report> loading;
  std::optional<aof_report> aof;
  std::optional<link_stage> stage;
  std::optional<std::string> bind;           // the directive's value; of the local server
  std::optional<std::int64_t> min_replicas;  // min-replicas-to-write
  std::optional<std::string> rdb_name;       // dbfilename
  std::optional<bool> serves_stale_data;     // replica-serve-stale-data
  std::optional<std::string> appendfsync;
  std::optional<std::string> no_fsync_on_rewrite;  // no-appendfsync-on-rewrite
  std::optional<std::int64_t> repl_timeout_seconds;
  std::string read_refusal;   // -MASTERDOWN: a replica told not to serve stale data; "" otherwise
  std::string write_refusal;  // -MISCONF: its disk does not take what it writes; "" otherwise
  std::optional<server_report> server;
  std::optional<server_details> details;
  std::shared_ptr<const metrics_report> metrics{};  // where a scrape has asked for it
  bool took_order = false;                          // it answers an order (remedy.hpp)
  std::string order_refusal;                        // what the server said to that, "" if it obeyed
  bool clients_are_paused = false;                  // from here on, the agent's own questions too
  std::optional<password_report> passwords{};       // where they are rotated
};

// Nothing has happened: the agent's loop goes round, four times a second.
struct turned {};

// The local server; the primary, as a replica's agent asks it; a pod, as the primary's agent does.
// At a primary's agent, peer::primary is whoever has the address that its own name leads to.
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
// It was asked no more than whether it answers, and loads.
struct answered {
  peer who;
  loading_report loading;
  std::string pod{};
};
struct failed {
  peer who;
  link_condition condition;
  std::string detail;
  std::string pod{};
};
// What an agent knows of the lock. The holder is told by its pod's name alone: who has the whole of
// its identity may ask for promises.
struct lock_view {
  std::string holder;
  std::int64_t term = 0;  // the latest that it knows
  bool serves = false;    // it is the holder, and its time is not over
  bool ends = false;      // its pod: that was announced
  // The API server answers it, and its server runs: who cannot take the lock keeps nobody from it.
  bool could_take = true;

  friend bool operator==(const lock_view&, const lock_view&) = default;
};
// Data that is on a pod's volume and not in its server, which is empty: an RDB beside a new AOF.
struct unread_rdb {
  std::string what;  // "dump.rdb holds at least 7 keys, saved ..."
  lineage history{};

  friend bool operator==(const unread_rdb&, const unread_rdb&) = default;
};
// What another pod's agent says of its server (its /status): more than the server itself can tell.
struct statement {
  std::string pod;
  std::string cluster_id;
  std::string run_id;  // of the server that it is true of
  lineage history;
  std::vector<remembered_pod> pods{};  // a primary's
  std::optional<lock_view> lock{};
  std::optional<noted_offset> noted{};   // by this one, where it is a primary, or by its primary
  std::vector<std::string> addresses{};  // of the pod, of both families
  bool has_data = false;
  std::optional<opening_count> opened{};  // by a primary
  // A replica's server: until its link broke it was in sync and no more than moments behind, and it
  // has lost nothing since.
  bool was_in_sync = false;
  std::optional<password_tags> passwords{};  // where they are rotated
  bool has_untold_aof = false;               // as a remembered pod's
};
struct stated {
  peer who;
  statement said;
  std::string pod{};
};
// An order has left for that server (safety/remedy.hpp), described.
struct ordered {
  peer who;
  std::string order;
  std::string pod{};
  bool pauses_writes = false;
  bool resumes_writes = false;
  bool is_about_passwords = false;
};
// A file operation has begun, which takes as long as the volume likes. One at a time: what comes of
// it is one of the events below.
struct volume_asked {
  std::optional<volume_memory> to_be_written{};
};
struct volume_read {
  std::optional<volume_memory> remembered;
  std::optional<rdb_header> rdb{};
  std::string rdb_trouble{};  // why there is none to be read, "" if there just is none
};
// After a restart of the server: its volume is the one that it had before, or what another one
// remembers. Or the server's RDB has another name than was thought.
struct volume_checked {
  bool is_untouched = false;
  std::optional<rdb_header> rdb{};
  std::optional<volume_memory> remembered{};  // of a volume that is not
  std::string rdb_trouble{};
};
// There is a memory on the volume, and it cannot be had: not to be taken for none.
struct volume_unreadable {
  std::string why;
};
struct volume_written {
  volume_memory remembered;
};
struct volume_refused {
  std::string why;
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
  absence what = absence::unknown;
};
struct person_decided {
  keeping kept = keeping::undecided;  // undecided: refused
  std::string situation{};            // that it was shown for (failover/decision.hpp)
  std::string answer{};               // what has become of it
};
struct end_announced {};  // by a preStop hook: SIGTERM comes next
// The local server, asked by somebody who has not logged in.
struct door_tried {
  bool is_open = false;  // it takes commands without a password
};
// The redis.conf that the server starts with next, looked at anew.
struct config_seen {
  bool has_gate = false;  // redis_conf.hpp, begins_behind_gate
};
// What Redis's own link meets at the primary, where it does not come up.
struct own_link_tried {
  std::string trouble;  // "" if nothing was found
};
// The local server's port, tried at the pod's own address.
struct reach_tried {
  bool is_reached = false;
};
// A request to the API server about the lock has left.
struct lock_asked {
  lock_request request;
};
// It brought the lock as it is now; after a write, as it was written.
struct lock_answered {
  lease seen;
  std::optional<std::int64_t> certificate_until{};  // of the API server, in Unix seconds
};
// What an agent that was here before in this pod has left of the lock: what it read last, or, as
// its holder, when it renewed it last.
struct lock_recalled {
  lease seen;
  instant renewed_at;
  // The run of the server that may serve by it without being weighed again (promotion.hpp): it has
  // served in this term, or was to. "" if there is none.
  std::string run{};
};
struct lock_failed {
  lock_trouble what{};
  std::string why{};
  duration retry_after{};
};
// This agent has promised its holder not to take the lock for a while.
struct promise_given {};
// A pod's agent has promised that to this one; the question left then.
struct promise_heard {
  std::string pod;
  instant asked_at;
};
// The lock names this pod as the next one, says who holds it: a look shows it.
struct look_wanted {};
// The pod that the lock of that term names as the next has said that it has read so, or that it
// ends.
struct next_heard {
  std::string pod;
  std::int64_t term = 0;
  bool ends = false;
};
// The write Service leads to this pod in that term, or could not be moved: also as it names a later
// one, of a lock that is there no more.
struct route_known {
  std::int64_t term = 0;
  std::string trouble{};
  std::int64_t found_term = -1;
};
// The primary is to move, and why not, or that it has.
struct move_asked {
  std::string to;
};
struct move_ended {
  std::string outcome;  // "" if it was done
};
// The holder of the lock does not carry what is here; and the step that is to keep it has begun.
struct divergence_found {
  divergence what;
  bool is_being_kept = false;
};
// That has come of it; in that form nothing could.
struct lost_kept {
  divergence what;
  kept_lost kept;
};
struct lost_not_kept {
  divergence what;
  kept_form form{};
  std::string why{};
};
struct own_addresses_known {
  std::vector<std::string> addresses;  // of this pod
};
// Where Redis reads its certificates has been looked at, and where they come from.
struct certificates_seen {
  std::optional<certificate_facts> installed;
  std::string trouble;  // why what is offered is not installed
  bool is_new = false;
  std::int64_t now = 0;  // in Unix seconds
};
// A handshake with the local server has shown this one.
struct certificate_served {
  std::string fingerprint;
  std::int64_t until = 0;
};
using event =
    std::variant<turned, connected, reported, answered, failed, stated, ordered, door_tried,
                 config_seen, own_link_tried, reach_tried, volume_asked, volume_read,
                 volume_checked, volume_unreadable, volume_written, volume_refused, person_decided,
                 end_announced, own_addresses_known, addresses_resolved, addresses_failed,
                 peers_resolved, peers_failed, lock_asked, lock_answered, lock_failed,
                 lock_recalled, promise_given, promise_heard, look_wanted, next_heard, route_known,
                 move_asked, move_ended, divergence_found, lost_kept, lost_not_kept,
                 certificates_seen, certificate_served, passwords_read, passwords_recalled,
                 password_released, primary_passwords_tried>;

}  // namespace redis_agent::core
