// What an agent remembers on the data volume, beside Redis's own files: whose data that is, how far
// it had come and whether its end was clean. An AOF has none of that, and an RDB only where a
// replica was attached when it was written. A few hundred bytes, written rarely.
// Remembers no key, no value and no secret. A file that cannot be read is no memory, never a fault:
// the rules (gate.hpp) know what to do with less.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/time.hpp"
#include "core/memory/lineage.hpp"

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

struct volume_memory {
  std::string cluster_id;  // "" until the pod has taken part in a cluster
  std::string run_id;      // of the server that this was last written about
  lineage history;
  std::int64_t keys = 0;
  std::int64_t replicas = 0;   // that were attached; of a primary
  bool is_copying = false;     // began to copy another's data, which is not known to be whole
  bool ended_cleanly = false;  // the history's offset is the last that this server ever reached
  std::optional<end_proof> last_end;  // nullopt if that was not a planned one

  friend bool operator==(const volume_memory&, const volume_memory&) = default;
};

// The file's name in the data folder.
inline constexpr const char* volume_memory_file = "redis-agent.json";

// What the server's data is, as far as its own report and the memory can tell together. A server
// that does not tell (lineage.hpp) has what the memory says; only an AOF has all of it.
struct own_report {
  const replication_report& replication;
  std::string run_id;
  std::int64_t keys = 0;
  bool has_aof = false;
  bool is_open = false;  // it serves as a primary: what it says from now on is its own stream
  bool end_was_witnessed = false;  // of the run before: an AOF has all of it
};
lineage effective_lineage(const own_report& own, const std::optional<volume_memory>& remembered);

// The server's data has nothing to do with what the volume remembers: a stranger's was copied.
bool is_foreign(const replication_report& own, const std::optional<volume_memory>& remembered);

// Worth a write: something other than the numbers changed, or they did and some time went by.
bool is_worth_writing(const std::optional<volume_memory>& before, const volume_memory& after,
                      duration since_last);

}  // namespace redis_agent::core
