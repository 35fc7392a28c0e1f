// What can go wrong in a simulated world, as a list that can be printed, read and made shorter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"

namespace redis_agent::simulation {

enum class fault_kind {
  kill_server,   // kill -9; its container starts again
  end_server,    // SIGTERM; its container starts again
  empty_volume,  // with the server killed meanwhile
  keep_volume,   // a snapshot is taken
  older_volume,  // the snapshot is put back, with the server killed meanwhile
  pause_server,  // SIGSTOP
  kill_agent,    // its container starts again
  pause_agent,
  delete_pod,   // server and agent end, it comes back at another address
  lose_node,    // the same without a FIN: what was on its way is lost
  cut,          // between `pod` and `other`
  cut_one_way,  // from `pod` to `other`
  silence_dns,
  freeze_dns,       // answers with what was true when it began
  save,             // BGSAVE
  kill_all,         // all servers at once
  delete_all,       // all pods at once
  promote_by_hand,  // REPLICAOF NO ONE on a replica: a person
};
inline constexpr int fault_kinds = 18;

struct fault {
  core::duration at{};
  fault_kind kind{};
  int pod = 0;
  int other = 0;
  core::duration length{};  // until the container, the network or DNS is as it was
};

std::string to_text(const fault& f);
std::optional<fault> parse_fault(const std::string& line);

struct schedule {
  std::uint64_t seed = 0;  // of what is not in the list: ids, latencies, lost messages
  int replicas = 2;
  int version = 7;
  bool appendonly = false;
  bool is_placeholder = false;  // init --replicaof=placeholder
  std::vector<fault> faults;
};

schedule draw_schedule(std::uint64_t seed);
std::string to_text(const schedule& s);
std::optional<schedule> parse_schedule(const std::string& text);

}  // namespace redis_agent::simulation
