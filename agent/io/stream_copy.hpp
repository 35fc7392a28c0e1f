// Copies a part of a server's replication stream out of its backlog into a file: the very commands
// that are in it, which `redis-cli --pipe` applies elsewhere. Asks as a replica does (PSYNC), on a
// connection of its own that ends with the last byte. Blocks: for a thread beside the loop.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.hpp"
#include "io/redis_stream.hpp"
#include "wire/login.hpp"

namespace redis_agent::io {

struct stream_part {
  redis_place server;
  wire::login as;
  std::string history_id;  // of the server
  std::int64_t first = 0;  // that its backlog has
  std::int64_t from = 0;
  std::int64_t to = 0;  // the last
};

struct copied_stream {
  std::int64_t commands = 0;  // 0: pings alone, and no file was made
  bool is_for_known_database = false;
};

// The file is there whole, with the mode 0600, or not at all. Where the stream is for another
// database than the first, a SELECT that it does not have itself is put before it.
core::result<copied_stream> copy_stream(const stream_part& part, const std::string& path);

}  // namespace redis_agent::io
