// The agent's own file on the data volume (core/memory/volume_memory.hpp), and the beginning of
// Redis's RDB there, which is only read. Every call may block for as long as the disk likes: the
// sidecar calls from beside its loop (volume_worker.hpp), one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/memory/events.hpp"
#include "core/memory/volume_memory.hpp"
#include "core/server/rdb_header.hpp"

namespace redis_agent::command {

class volume {
 public:
  explicit volume(const std::string& data_dir);

  // Takes away what an agent that was killed while it wrote has left. volume_read or
  // volume_unreadable.
  core::event read(const std::string& rdb_name);

  // The memory is the very file that was last read or written, or it is read: whoever puts back a
  // volume makes another. volume_checked or volume_unreadable.
  core::event check(const std::string& rdb_name);

  // volume_written or volume_refused.
  core::event write(const core::volume_memory& remembered);

 private:
  struct identity {
    std::uint64_t inode = 0;
    std::int64_t changed_at_ns = 0;
    friend bool operator==(const identity&, const identity&) = default;
  };
  std::optional<identity> identify() const;

  // nullopt where there is no file; a failure is not that.
  core::result<std::optional<core::volume_memory>> read_memory();

  struct rdb {
    std::optional<core::rdb_header> header;
    std::string trouble;
  };
  rdb read_rdb(const std::string& name) const;

  std::string folder_;
  std::string path_;
  std::optional<identity> known_;
};

// A person's decision (resolve.hpp) waits in a file of its own until the sidecar takes it: once. It
// names the situation that it was shown for.
core::result<std::string> leave_decision(const std::string& data_dir,
                                         const core::person_decided& word);
std::optional<core::person_decided> take_decision(const std::string& data_dir);
bool decision_waits(const std::string& data_dir);

// 32 hexadecimal digits of chance.
std::string new_cluster_id();

}  // namespace redis_agent::command
