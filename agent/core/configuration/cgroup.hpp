// The memory limit of the container, from the texts of the cgroup files (Linux: Documentation/
// admin-guide/cgroup-v1/memory.rst and cgroup-v2.rst). Names the files and reads their texts; opens
// none of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redis_agent::core {

// Where the limits of a process stand, given its /proc/<pid>/cgroup: the file of its own cgroup
// and of each one above, version 1 and 2. Those that do not exist are to be skipped: in a container
// the path is often the host's while the mounted tree begins at the container.
std::vector<std::string> memory_limit_files(std::string_view proc_cgroup);

// Bytes, or nullopt if the text is no limit: "max" (v2), the huge number that v1 has for none, or
// anything that is no number.
std::optional<std::uint64_t> parse_memory_limit(std::string_view text);

// The limit that is reached first.
std::optional<std::uint64_t> tightest_memory_limit(const std::vector<std::string>& texts);

}  // namespace redis_agent::core
