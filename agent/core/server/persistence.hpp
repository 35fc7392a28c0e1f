// What INFO persistence says: whether a server loads its data, and how far its AOF can be trusted.
// Parses; judges nothing. Source: redis.io/commands/info, and aof.c for what the numbers mean.
#pragma once

#include <cstdint>
#include <string_view>

namespace redis_agent::core {

struct loading_report {
  bool is_loading = false;        // PING and GET answer -LOADING
  bool is_async_loading = false;  // old data is served meanwhile (7.0 and later, swapdb)
  std::int64_t loaded_bytes = 0;

  bool is_under_way() const { return is_loading || is_async_loading; }
};

struct aof_report {
  bool is_enabled = false;          // false too while a server loads, whatever its file says
  bool is_rewriting = false;        // or is about to
  bool has_child = false;           // rewrites it or saves an RDB at this moment
  bool is_failing = false;          // its last write went wrong
  std::int64_t bytes = 0;           // of its files
  std::int64_t buffered_bytes = 0;  // not yet handed to the kernel
  std::int64_t pending_fsyncs = 0;  // handed to the kernel, and on their way to the disk
};

// Of the saving of an RDB.
struct saving_report {
  bool is_hindered = false;  // by itself: one is under way, or a rewrite of the AOF
  bool has_failed = false;   // the last one
};

loading_report parse_loading(std::string_view info);
aof_report parse_aof(std::string_view info);
saving_report parse_saving(std::string_view info);

}  // namespace redis_agent::core
