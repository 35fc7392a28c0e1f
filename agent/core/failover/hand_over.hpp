// To whom the holder of the lock gives it away, and when: somebody has asked for a move, its server
// ends, or it has less than a pod that was in sync with it (an emptied volume: to promote that one
// is quicker than to copy from it), or it is silent.
//
// A planned move loses nothing: the next one is named in the lock, the server's writes are paused,
// the next one has all, the lock is given away, and the server is made a replica only after the
// clients' route leads elsewhere. The pause ends by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"

namespace redis_agent::core {

struct hand_over {
  std::string named;  // to be written into the lock as the next one, "" for nobody
  std::string heir;   // to be given the lock now
  std::string why;
};

// For so long writes are paused at most, and so long the next one may need to have all.
inline constexpr duration pause_length = 5s;
inline constexpr duration catch_up_max = 2s;

// For so long whoever was given the lock takes writes before a replica follows. One that is cut off
// at once takes them no longer than one that has just lost its replicas.
inline constexpr duration alone_max = 1500ms;

hand_over plan_hand_over(const memory& m, const settings& s, instant now);

// To whom this pod hands the lock on that it was given and does not take, "" if nobody is known:
// the furthest of those that the lock lists, one that answers before one that may be gone too.
std::string find_another_heir(const memory& m, instant now);

// The answer to the hook that has announced the end (safety/ending.hpp), nullopt while it waits:
// also as long as this pod may have the lock and has to hand it on, or has handed it over and is to
// be seen to follow the next one, where only an AOF is left of what it had.
std::optional<std::string> release_end(const memory& m, const settings& s, instant now);

// The pod that is to be told that the lock names it as the next, "" if none is: from then on it
// looks at the lock so often that it takes it in milliseconds.
std::string find_next_to_tell(const memory& m);

// How that pod's agent answers where its pod ends: another one is to be named.
inline constexpr std::string_view next_ends = "it ends";

// Whether this pod knows that the lock of that term names it as the next.
bool knows_that_it_is_next(const memory& m, std::int64_t term);

// Writes are to be paused now: the next one is named, knows it, and follows closely.
bool is_to_be_paused(const memory& m, instant now);

// Writes are paused, and the lock has not been given away yet.
bool moves_in_a_hurry(const memory& m);

// A paused server whose lock is given away stays a primary for a moment, so that its clients wait
// and do not fail; nobody writes to it.
bool waits_for_the_route(const memory& m, instant now);

// This pod was given the lock no longer ago: it has all, and its replicas are on their way.
bool was_given_within(const memory& m, duration length, instant now);

// The move is over, or never will be: what has become of it, "" if it was done; nullopt while it is
// under way.
std::optional<std::string> outcome_of_move(const memory& m, instant now);

// Nobody knows yet what becomes of it, or the server that is to step down has not.
bool move_is_under_way(const memory& m, instant now);

// What has become of the one that was asked for: "done: redis-slave-0 holds the lock", or why not.
std::string describe_move(const memory& m, const std::string& to);

// Why none may be asked for here, "" if it may.
std::string refuse_move(const memory& m, const std::string& to);

// The gate's rules would open a server that nobody has taken the lock for yet.
bool gate_would_open(const memory& m, const settings& s, instant now);

}  // namespace redis_agent::core
