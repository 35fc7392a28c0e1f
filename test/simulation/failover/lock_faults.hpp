// What can go wrong in a simulated world whose primary moves, as a list that can be printed, read
// and made shorter.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
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
};

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
  std::array<int, 3> rates{100, 100, 100};  // of the agents' clocks, in hundredths
  std::vector<lock_fault> faults;
};

lock_schedule draw_lock_schedule(std::uint64_t seed);
std::string to_text(const lock_fault& f);
std::string to_text(const lock_schedule& s);
std::optional<lock_schedule> parse_lock_schedule(const std::string& text);

}  // namespace redis_agent::simulation
