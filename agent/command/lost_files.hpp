// The files on the data volume that keep what a pod had and the new primary lacks. They are data of
// users, and nobody's but a person's to apply or to take away: the newest few stay. Each call may
// block for as long as the disk likes.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.hpp"
#include "core/memory/lost_memory.hpp"

namespace redis_agent::command {

class lost_files {
 public:
  explicit lost_files(std::string folder, std::string rdb_name);

  // "lost-<term>-<from>-<to>.resp"; "lost-<term>.rdb".
  std::string path_of(const core::divergence& what, core::kept_form form) const;

  // The volume can take that much, and still the RDB that the next full sync brings.
  core::result<std::string> find_room(std::uint64_t bytes) const;

  // Of the server's own RDB; 0 if there is none.
  std::uint64_t rdb_size() const;

  // That RDB is what the server had there: it need not be saved for this.
  bool rdb_has(const core::divergence& what) const;

  // Another name for the server's RDB, which stays when that is replaced.
  core::result<std::string> link_rdb(const std::string& path) const;

  // Takes away all but the newest, and what an agent that was killed has left.
  void thin_out() const;

 private:
  std::string folder_;
  std::string rdb_path_;
};

}  // namespace redis_agent::command
