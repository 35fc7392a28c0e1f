// What an agent remembers on the data volume, beside Redis's own files: whose data that is, how far
// it had come and whether its end was clean. An AOF has none of that, and an RDB only where a
// replica was attached when it was written. A few hundred bytes, written rarely.
// Remembers no key, no value and no secret. A file that cannot be read is no memory, never a fault:
// the rules (gate.hpp) know what to do with less.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/configuration/volume_file.hpp"
#include "core/memory/lineage.hpp"
#include "core/server/rdb_header.hpp"

namespace redis_agent::core {

// What was known of a primary's planned end: what it had, and which replicas had it too.
struct end_proof {
  std::string run_id;                     // of the server that ended
  std::int64_t offset = 0;                // the last that is known
  std::int64_t replicas = 0;              // that were attached
  std::int64_t acknowledged = 0;          // of them, that have all of it
  std::int64_t unacknowledged_bytes = 0;  // that none of them has; 0 where none was attached

  friend bool operator==(const end_proof&, const end_proof&) = default;
};

// How far a primary's volume was known to remember its stream. What is on it later is never less,
// unless it is an older one.
struct noted_offset {
  std::string pod;  // the primary
  std::string id;
  std::int64_t offset = 0;
  std::int64_t bounds_revision = 0;  // as on that volume

  friend bool operator==(const noted_offset&, const noted_offset&) = default;
};

// How much there was when a primary's gate opened with an AOF that a crash may have cut short.
// Where replicas have such an AOF too, counts decide (gate_weighing.hpp): that of then is what one
// is compared with that comes later.
struct opening_count {
  std::string stream;  // in which the AOF was written last
  std::int64_t keys = 0;
  std::int64_t functions = 0;
  std::int64_t revision = 0;  // of the comings and goings by then

  friend bool operator==(const opening_count&, const opening_count&) = default;
};

// Another pod's server, as it was last seen by the primary's agent.
struct remembered_pod {
  std::string name;
  std::string history_id;  // "" if it has never been seen
  std::int64_t offset = 0;
  std::int64_t keys = 0;
  // Of one that is away, what it cannot be beyond: where the primary was when it was found to be.
  std::string bound_id{};
  std::int64_t bound = -1;
  // The agent has read that from its volume, and not seen for itself that the pod stays away: it
  // may have been back since, and the volume be an older one.
  bool bound_is_inherited = false;
  std::int64_t bound_revision = 0;  // which of the comings and goings that was, see below
  // Its AOF had stopped, and its own volume had not taken that: what it comes back with may be of
  // long before.
  bool has_untold_aof = false;

  friend bool operator==(const remembered_pod&, const remembered_pod&) = default;
};

// nullptr if the pod was attached when it was last seen.
const remembered_pod* find_away(const std::vector<remembered_pod>& pods, const std::string& name);

// What that pod cannot be beyond; nullopt where it was attached when it was last seen.
std::optional<ancestor> find_bound(const std::vector<remembered_pod>& pods,
                                   const std::string& name);

// A pod's volume that tells of earlier streams alone than the primary has seen it in: its agent was
// away when its server went on. Its AOF has what came since, nobody knows how much; or the volume
// is an older one. True if so.
bool learn_last_stream(lineage& history, const std::vector<remembered_pod>& pods,
                       const std::string& name, const lineage& primarys);

struct volume_memory {
  std::string cluster_id;  // "" until the pod has taken part in a cluster
  std::string run_id;      // of the server that this was last written about
  lineage history;
  // Of a server behind its gate that has not all of the history: what it goes on from. What the
  // history has beyond it, other pods may have. "" if there is no such server.
  lineage gone_back{};
  std::int64_t keys = 0;
  std::int64_t replicas = 0;           // that were attached; of a primary
  std::vector<remembered_pod> pods{};  // the others of a primary, listed now or a while ago
  std::int64_t bounds_revision = 0;    // counts the comings and goings that `pods` has noted
  // Up to where an AOF surely has the history (aof_memory.hpp); nullopt: the file does not say.
  std::optional<std::int64_t> aof_offset{};
  // How large it was by then, at least: a smaller one has been cut since (redis-check-aof --fix),
  // by nobody knows how much. nullopt: not known.
  std::optional<std::int64_t> aof_bytes{};
  // There is no AOF that keeps up with the history: it was switched off, or is not made yet. One
  // that is on the volume is of earlier data.
  bool aof_is_stale = false;
  // Beyond which it has nothing; nullopt: it is written to, or the file does not say.
  std::optional<std::int64_t> aof_reach{};
  bool aof_is_being_made = false;  // and has all once that ends, whether it is noted or not
  std::int64_t term = -1;          // of the lock, in which it served or followed last; -1: none
  bool is_copying = false;         // began to copy another's data, which is not known to be whole
  bool ended_cleanly = false;      // that run's end was announced, and its AOF had all by then
  std::optional<noted_offset> noted{};        // by its primary, of a replica
  std::optional<opening_count> opened{};      // of a primary
  std::optional<end_proof> last_end{};        // nullopt if that was not a planned one
  std::optional<rdb_header> dismissed_rdb{};  // that a person has decided not to load
  std::int64_t functions = 0;                 // libraries of them: data that is no key
  std::string unknown_fields{};  // of a later version of the agent: JSON, kept as it is

  bool has_data() const { return keys > 0 || functions > 0; }

  friend bool operator==(const volume_memory&, const volume_memory&) = default;
};

// All are in the list, and away or attached as they were.
bool names_the_same(const std::vector<remembered_pod>& a, const std::vector<remembered_pod>& b);

// What the server's data is, as far as its own report and the memory can tell together. A server
// that does not tell (lineage.hpp) has what the memory says; only an AOF has all of it.
struct own_report {
  const replication_report& replication;
  std::string run_id;
  bool is_empty = true;
  bool has_aof = false;
  bool is_open = false;       // it serves as a primary: what it says from now on is its own stream
  bool was_promoted = false;  // by hand, and is a replica by its name: others may have gone on
  bool is_anchored = false;   // to who copies from it
  bool has_invented_id = false;  // at its start; it was seen before it was told to follow anybody
  std::optional<std::int64_t> aof_bytes{};  // of what it has loaded, where that was seen
};
lineage effective_lineage(const own_report& own, const std::optional<volume_memory>& remembered);

// The server's data has nothing to do with what the volume remembers: a stranger's was copied.
bool is_foreign(const replication_report& own, const std::optional<volume_memory>& remembered);

// Each was last seen in the same stream.
bool know_the_same_streams(const std::vector<remembered_pod>& a,
                           const std::vector<remembered_pod>& b);

bool had_untold_aof(const std::vector<remembered_pod>& pods, const std::string& name);

// Of the same AOFs it is known that they had stopped.
bool know_the_same_aofs(const std::vector<remembered_pod>& a, const std::vector<remembered_pod>& b);

// Worth a write: something other than the numbers changed, or they did and some time went by.
bool is_worth_writing(const std::optional<volume_memory>& before, const volume_memory& after,
                      duration since_last);

}  // namespace redis_agent::core
