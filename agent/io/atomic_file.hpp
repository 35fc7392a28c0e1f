// Files as wholes: read at once with a limit, or replaced in one step; or their beginning alone.
#pragma once

#include <cstddef>
#include <string>

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

// Takes away temporary files of that name: a process that is killed leaves its own behind.
void remove_leftovers_of(const std::string& path);

}  // namespace redis_agent::io
