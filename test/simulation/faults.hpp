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
  // From here on drawn by a generator of their own (fault_draw.cpp).
  load,       // from its next start on the server's files take `length` to load
  pause_pod,  // server and agent
  // When the gate of the primary has been closed by a decision (it waits, holds or copies) for
  // `other` seconds, the pod because of which falls silent, goes, or loses its connection once.
  silence_while_decided,
  delete_while_decided,
  hang_up_while_decided,
  answer_late,     // what the agent of `pod` asks the server of `other`: 0.3 to 2.9 s late each
  lose_orders,     // of the agent of `pod`: the order, or the answer to one that is carried out
  refuse_orders,   // by the server of `pod`
  block_redis,     // from `pod` to port 6379 of `other`
  block_agent,     // from `pod` to port 9121 of `other`
  block_anchor,    // port 9122 of all
  decide_late,     // a person looks when `pod` asks for one; the word arrives `length` later.
                   // With `other` odd it is "mine", else what fits what was seen
  promote_empty,   // the volume of `pod` is emptied and its server promoted by hand at its start
  force_delete,    // a new pod has the name, the old one runs on for `length`. Of `other` the ones:
                   // the old one is cut off from nobody, one or all; the tens: the new one has the
                   // same volume, the snapshot, or nothing
  restart_often,   // a crash loop of `other` restarts, each `length` after it has begun to serve
  appendonly_off,  // CONFIG SET, until the server ends
  appendonly_on,
  expire,          // the time to live of all keys is over
  load_function,   // FUNCTION LOAD at the primary
  refuse_volume,   // the agent's own file at `pod`
  omit_from_dns,   // the list of pods lacks `pod`; its name resolves
  follow_by_hand,  // REPLICAOF an empty stranger at `pod`: a person
  // Drawn by a generator of its own again.
  slow_volume,  // the agent's file operations at `pod` take `other` tenths of a second; with 0 they
                // hang as long as this lasts
  refuse_questions,  // by the server of `pod`, of other pods' agents: it is busy in a script
  // And again.
  end_planned,  // the preStop hook, then SIGTERM; with `other` 1 a kill, with 2 nothing comes
  // And again.
  cut_aof,  // a person has it repaired (redis-check-aof --fix) while the server is down: what is
            // left is what the snapshot had
  // And again.
  write_by_hand,    // a person promotes the replica `pod` and writes to it for `length`
  copy_a_stranger,  // he has `pod` copy a stranger that has data, and promotes it after `length`
};
inline constexpr int old_fault_kinds = 18;
inline constexpr int hard_fault_kinds = 40;
inline constexpr int fault_kinds = 46;

struct fault {
  core::duration at{};
  fault_kind kind{};
  int pod = 0;
  int other = 0;
  core::duration length{};  // until the container, the network or DNS is as it was
};

std::string to_text(const fault& f);
std::optional<fault> parse_fault(const std::string& line);

// Words after the first five are optional: what they say by default is the kind world of the first
// schedules.
struct schedule {
  std::uint64_t seed = 0;  // of what is not in the list: ids, latencies, lost messages
  int replicas = 2;
  int version = 7;
  bool appendonly = false;
  bool is_placeholder = false;  // init --replicaof=placeholder
  int until_ms = 20000;         // when everything heals
  int aof_delay_ms = 0;         // of the servers' write(2) to the AOF
  int aof_rewrite_ms = 100;     // until an AOF is there after a full sync
  int keys_max = 0;             // clients write over as many; 0: each write is a key of its own
  int diskless = 1;
  int transfer_ms = 200;  // of a full sync
  int fork_ms = 0;        // before it
  int backlog_ttl_ms = 3600000;
  int saves = 1;   // an RDB at SIGTERM
  int writes = 1;  // by clients
  int rope = 1;
  int dns_max = 0;         // how many pods DNS can list in an answer; 0: all
  int dns_ready_only = 0;  // a Service without publishNotReadyAddresses
  std::vector<fault> faults;
};

// The schedule with each optional word as it is by default: what a shrinker tries.
std::vector<schedule> with_fewer_words(const schedule& s);

schedule draw_schedule(std::uint64_t seed);  // fault_draw.cpp
std::string to_text(const schedule& s);
std::optional<schedule> parse_schedule(const std::string& text);

}  // namespace redis_agent::simulation
