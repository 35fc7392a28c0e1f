// What can go wrong in a simulated world whose primary moves, as a list that can be printed, read
// and made shorter.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/base/time.hpp"

namespace redis_agent::simulation {

// A pod is `pod`, or, where that is 9, the one that holds the lock when the fault begins.
inline constexpr int holder_pod = 9;

enum class lock_fault_kind {
  api_down,
  api_slow,     // up to `other` tenths of a second each way
  api_refuses,  // `other`: 401, 403, 429, 5xx
  api_loses_answers,
  api_applies_late,  // writes, up to a minute after they were sent
  api_split,         // from `pod`
  api_restart,       // what is on its way is lost
  revoke_token,      // of `pod`
  kill_server,
  pause_server,
  kill_agent,
  pause_agent,
  pause_pod,
  delete_pod,    // it comes back with the same volume, another address and UID
  lose_node,     // the same without a FIN
  force_delete,  // the old one runs on for `length`, cut off from `other` (0: nobody, 1: the pods,
                 // 2: all); the new one has the same files
  empty_volume,
  keep_volume,  // a snapshot is taken
  older_volume,
  cut,          // between `pod` and `other`
  cut_one_way,  // from `pod` to `other`
  cut_off,      // `pod` from all pods
  isolate,      // the same, and from the API server
  kill_all,
  delete_all,
  silence_dns,
  answer_late,    // what the agent of `pod` asks the server of `other`
  lose_promises,  // every second answer to a question for a promise
  move,           // asked of the holder: to `other`
  save,
  // From here on drawn by a generator of their own (harder_faults.cpp).
  end_pod,        // its preStop hook, SIGTERM; it comes back like a deleted one
  scale_to_zero,  // all end so, one soon after the other, and come back `length` later
  lose_orders,    // of the agent of `pod`: the order, or the answer to one that is carried out
  refuse_orders,  // by the server of `pod`
  slow_server,    // of `pod`: answers everybody, its own agent too, 0.3 to 2.9 s late
  busy_server,    // of `pod`: runs a script, answers -BUSY and does nothing else
  load,           // from its next start on the server's files take `length` to load
  slow_volume,    // the agent's file operations at `pod` take `other` tenths of a second; with 0
                  // they hang as long as this lasts
  refuse_volume,  // the agent's own file at `pod`
  refuse_note,    // and what it leaves of the lock for the next agent of that pod
  lease_delete,   // the lock, by a person; `length` later the chart makes it anew
  lease_empty,    // it is replaced by the one of the chart
  lease_edit,     // by a person, of `other`: 0 its holder is removed, 1 all annotations are, 2 the
                  // term is 0, 3 an annotation is what no agent writes
};
inline constexpr int old_lock_faults = 30;
inline constexpr int lock_fault_kinds = 43;

struct lock_fault {
  core::duration at{};
  lock_fault_kind kind{};
  int pod = 0;
  int other = 0;
  core::duration length{};
};

struct lock_schedule {
  std::uint64_t seed = 0;
  int version = 7;
  int fast = 0;          // R 1 F 3 D 5 in place of 2, 6 and 10
  int until_ms = 60000;  // when everything heals
  int stays = 0;         // nothing heals: what the API server's absence alone may do
  int min_replicas = 2;  // 0, 1, 2: as it needs
  int appendonly = 0;
  int aof_delay_ms = 0;  // of the servers' write(2) to the AOF
  int unreached = 0;     // 1 to 3: that pod the API server does not reach until another one serves
  std::array<int, 3> rates{100, 100, 100};  // of the agents' clocks, in hundredths
  std::vector<lock_fault> faults;
};

lock_schedule draw_lock_schedule(std::uint64_t seed);
void draw_harder(lock_schedule& s);  // harder_faults.cpp
core::duration draw_length(std::mt19937_64& chance, int from_ms, int to_ms);
std::string to_text(const lock_fault& f);
std::string to_text(const lock_schedule& s);
std::optional<lock_schedule> parse_lock_schedule(const std::string& text);

}  // namespace redis_agent::simulation
