// Files as wholes: read at once with a limit, or replaced in one step, also piece by piece; or
// their beginning alone.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace redis_agent::io {

// The failure names the path. A file that is larger is a failure, not a cut.
core::result<std::string> read_file(const std::string& path, std::size_t bytes_max);

// The first bytes of a file that may have many more.
core::result<std::string> read_beginning(const std::string& path, std::size_t bytes_max);

// Temporary file in the same folder, fsync, rename, fsync of the folder: after a crash or a failure
// there is the old file or the new one, whole, and no temporary one is left by a failure. Missing
// parent folders are made. The mode is exact, whatever the umask. Returns the empty string.
core::result<std::string> replace_file(const std::string& path, const std::string& content,
                                       unsigned mode);

// The same for a file that is too large to be held in memory. Nothing is there before commit(), nor
// after a failure, which each later call repeats.
class replacement {
 public:
  replacement(const std::string& path, unsigned mode);
  replacement(const replacement&) = delete;
  replacement& operator=(const replacement&) = delete;
  ~replacement();

  core::result<std::string> append(std::string_view content);
  core::result<std::string> commit();

 private:
  struct temporary;
  std::unique_ptr<temporary> file_;
  core::result<std::string> trouble_;
};

// After it a name that was made or renamed in that folder outlasts a crash.
core::result<std::string> synchronize_folder_of(const std::string& path);

// Takes away temporary files of that name: a process that is killed leaves its own behind.
void remove_leftovers_of(const std::string& path);

}  // namespace redis_agent::io
