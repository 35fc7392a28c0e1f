// What the first bytes of the RDB on the data volume say of it: whose data it is, when it was saved
// and how much there is. Redis loads it at its start, unless it has an AOF: then it passes it over,
// also where there is no AOF yet, and starts empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace redis_agent::core {

struct rdb_header {
  std::string replid;                      // "" if it was saved before the first replica attached
  std::int64_t offset = -1;                // -1: unknown
  std::optional<std::int64_t> saved_at{};  // in seconds since 1970
  // Of the first database that is in it; nullopt: not told so early in the file.
  std::optional<std::int64_t> keys{};
  std::int64_t expiring_keys = 0;  // of these, those with a time to live
  bool has_functions = false;      // libraries of them stand before the first database

  friend bool operator==(const rdb_header&, const rdb_header&) = default;
};

// The file's name in the data folder, unless Redis is told another one.
inline constexpr const char* rdb_file = "dump.rdb";

// "at least 7 keys, saved 2026-11-24 15:21:08 UTC, of history 6be5e6ca at offset 403982"
std::string describe(const rdb_header& header);

}  // namespace redis_agent::core
