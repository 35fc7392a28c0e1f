// What is known of one connection to a Redis server: the local one, or the primary's. Every way in
// which a server can be at a loss is a condition of its own, so that a probe, a log line and a
// metric can name it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"

namespace redis_agent::core {

enum class link_condition {
  untried,            // nothing has been learned yet
  up,                 // answers what it is asked
  unresolved,         // its name has no address (yet)
  refused,            // nobody listens there
  unreachable,        // no route, or no answer to the connection attempt
  timed_out,          // connected, and silent: stopped, frozen, or cut off
  closed,             // ended the connection
  loading,            // -LOADING
  busy,               // -BUSY: a script or function runs for too long
  primary_down,       // -MASTERDOWN: a replica told not to serve stale data
  disk_failing,       // -MISCONF: no writes since its disk does not take them
  too_many_clients,   // -ERR max number of clients reached, and hangs up
  password_required,  // -NOAUTH
  password_refused,   // -WRONGPASS, -ERR invalid password
  not_permitted,      // -NOPERM; -DENIED: protected mode, and hangs up
  error_reply,        // another error
  not_redis,          // what it answers is not RESP, or not what was asked for
  reply_too_large,
  no_tls,                 // what it answers to TLS is none, or nothing
  tls_failed,             // TLS does not come about, for another reason
  certificate_expired,    // its own, or not valid yet
  certificate_untrusted,  // not of our authority
  certificate_usage,      // not for servers
  certificate_name,       // another's
  certificate_refused,    // ours, by the server
};
inline constexpr std::size_t link_conditions = 25;

std::string_view to_text(link_condition c);

// Told only where TLS is spoken.
constexpr bool is_about_tls(link_condition c) { return c >= link_condition::no_tls; }

// A server that answered, if only to refuse, is alive.
bool is_an_answer(link_condition c);

// "-WRONGPASS invalid username-password pair" -> password_refused.
link_condition condition_of_error(std::string_view error_reply);

struct link_memory {
  link_condition condition = link_condition::untried;
  std::string detail;                  // the server's or the system's own words
  std::uint32_t failed_as = 0;         // in which conditions since it was last up: 1 << condition
  std::optional<instant> learned_at;   // the last outcome, good or bad
  std::optional<instant> answered_at;  // the last answer, if only an error
  std::optional<instant> reported_at;  // the last complete answer
  std::uint64_t connections = 0;
  std::uint64_t polls = 0;
  std::array<std::uint64_t, link_conditions> failures{};  // by condition
};

// How long to wait before the next attempt to connect: none after a connection that worked, then
// doubling from 50 ms up to one second.
duration reconnect_after(unsigned failures_in_a_row);

// How often a replica's agent asks a primary that has this many replicas. INFO replication lists
// them all and costs 60 microseconds at 100 of them, so that their agents together ask at most 200
// times a second; but none less often than each half second, since contact is told by it.
duration primary_poll_interval(duration poll_interval, std::int64_t replicas);

}  // namespace redis_agent::core
