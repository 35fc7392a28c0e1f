// What the agent has seen, and how each event changes it: observe(memory, event, now) -> memory.
// Keeps facts and counts them; whether they make a pod ready is verdict.hpp's business, and no
// fact here ever causes a command to Redis.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/dns.hpp"
#include "core/lag.hpp"
#include "core/link.hpp"
#include "core/replication.hpp"
#include "core/settings.hpp"
#include "core/sync_phase.hpp"
#include "core/time.hpp"

namespace redis_agent::core {

// What one poll of a server brought. The details are asked less often.
struct server_details {
  std::int64_t keys = 0;
  resync_counters resyncs;
};

struct poll_report {
  instant asked_at;
  replication_report replication;
  std::optional<loading_report> loading;
  std::optional<link_stage> stage;
  std::string read_refusal;  // -MASTERDOWN: a replica told not to serve stale data; "" otherwise
  std::optional<server_report> server;
  std::optional<server_details> details;
};

enum class peer { redis, primary };  // the local server; the primary, as a replica's agent asks it

struct connected {
  peer who;
};
struct reported {
  peer who;
  poll_report report;
};
struct failed {
  peer who;
  link_condition condition;
  std::string detail;
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
using event = std::variant<connected, reported, failed, addresses_resolved, addresses_failed,
                           peers_resolved, peers_failed>;

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

struct memory {
  instant started_at;
  role derived = role::replica;
  lag_budget budget;
  duration contact_timeout{};

  link_memory redis;
  std::optional<replication_report> replication;
  loading_report loading;
  std::string read_refusal;
  std::optional<server_report> server;
  std::optional<server_details> details;
  std::uint64_t server_restarts = 0;

  link_memory primary;
  std::optional<replication_report> primary_replication;
  offset_history primary_offsets;
  sync_memory sync;

  // When loading or a sync last moved on, or when there was nothing of the kind to wait for.
  instant progressed_at;

  name_memory<address_answer> primary_name;
  name_memory<service_answer> service_name;
};

memory begin_memory(const settings& s, instant now);

memory observe(memory m, const event& e, instant now);

// The primary has answered as a primary within the contact timeout.
bool primary_is_in_contact(const memory& m, instant now);

// How far the replica is behind; nullopt when that is unknown: no contact, another history.
std::optional<lag> measure_lag(const memory& m, instant now);

// P's answers speak of the same history as R's offset (replid, or replid2 up to where it ends).
bool shares_history(const replication_report& p, const replication_report& r);

}  // namespace redis_agent::core
