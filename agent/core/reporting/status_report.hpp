// What one agent says of its pod, as values: for /status, the page, and `redis-agent status`, which
// asks every pod for its own. Unknown is nullopt, never 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/memory/memory.hpp"
#include "core/readiness/verdict.hpp"
#include "core/reporting/recent.hpp"

namespace redis_agent::core {

struct link_status {
  std::string endpoint;
  std::vector<std::string> addresses;
  std::string condition;
  std::string detail;
};

struct status_report {
  std::string pod;
  std::string role;  // the derived one
  bool is_ready = false;
  std::string reason;
  std::string explanation;
  std::string advice;               // what a person can do about it, "" if nothing
  std::optional<std::string> link;  // of a replica: the phase
  std::optional<std::int64_t> lag_bytes;
  std::optional<double> lag_seconds;      // the upper bound
  std::optional<double> contact_seconds;  // since the primary was last heard
  std::optional<std::int64_t> connected_replicas;
  std::optional<std::string> version;
  std::optional<std::int64_t> keys;
  std::optional<std::int64_t> functions;  // libraries of them
  std::optional<std::int64_t> offset;
  link_status redis;
  std::optional<link_status> primary;     // of a replica
  std::optional<std::string> upstream{};  // where its server's own link leads
  std::vector<std::string> addresses{};   // of the pod
  std::string decision;                   // what the gate's or the rope's rules say, "" if nothing
  std::string situation;           // what a person's decision would be about, "" if about nothing
  std::string answer_to_decision;  // to the last one that came: "taken: ..." or "refused: ..."
  std::string volume;              // what is wrong with it, "" if nothing is
  std::string cluster_id;          // what the volume remembers
  std::string run_id;              // of the server that all this is true of
  lineage history;  // its id is "" while the server has none: it loads, or does not answer
  std::vector<std::string> peers;       // host names that DNS lists
  bool peers_are_cut = false;           // there are more
  std::vector<remembered_pod> pods;     // that a primary's volume remembers
  std::optional<noted_offset> noted{};  // by a primary on its volume
  std::optional<opening_count> opened{};
  bool was_in_sync = false;
  bool has_untold_aof = false;
  std::vector<std::string> warnings;  // of init, about the user's redis.conf and the password
  std::optional<lock_view> lock{};    // nullopt: the name alone gives the role, or it is not known
  std::string lock_ruling{};          // what this agent does about it, and why
  std::string lost{};  // what became of what its holder did not carry, "" if nothing was so
  // Where they are rotated: tags, the phase, and what is waited for.
  std::optional<password_tags> passwords{};
  std::string password_phase{};
  std::string password_detail{};
  std::string tls{};  // the way of its links, as --tls names it; "": an older agent's
  std::string agent_version;
  std::optional<recent_report> recent{};  // where it was asked for
};

// What the other agent's report tells of its server's data: nothing while that loads, whatever an
// older agent says of it. nullopt if it knows no server.
std::optional<statement> statement_in(const status_report& report);

// How far this pod's replica is behind; nullopt where nobody can say, as while its server is
// silent.
std::optional<lag> lag_now(const memory& m, instant now);

status_report report_status(const memory& m, const settings& s, instant now,
                            const std::string& agent_version);

}  // namespace redis_agent::core
