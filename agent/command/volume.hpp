// The agent's own file on the data volume (core/memory/volume_memory.hpp): read once, written when
// it is told to; and the beginning of Redis's RDB there, which is only read. What goes wrong is
// logged, once until it changes, and stops nothing: an agent without a memory knows less, and a pod
// must not stay down because its volume is full.
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

  // Takes away what an agent that was killed while it wrote has left.
  std::optional<core::volume_memory> read();
  core::result<std::string> write(const core::volume_memory& remembered);

  // nullopt too where the file cannot be read.
  std::optional<core::rdb_header> read_rdb(const std::string& name);

  // The file is the very one that was last read or written: whoever puts back a volume makes
  // another.
  bool is_untouched() const;

 private:
  struct identity {
    std::uint64_t inode = 0;
    std::int64_t changed_at_ns = 0;
    friend bool operator==(const identity&, const identity&) = default;
  };
  std::optional<identity> identify() const;

  // A line in the log for each new trouble with a file.
  struct complaints {
    std::string subject;
    std::string last{};
    void add(const std::string& trouble);  // "": there is none
  };

  std::string folder_;
  std::string path_;
  complaints about_memory_{"the agent's memory on the volume cannot be used"};
  complaints about_rdb_{"the RDB on the volume cannot be read"};
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
