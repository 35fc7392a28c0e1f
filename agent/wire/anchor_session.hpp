// One replica's connection to the anchor: a primary that accepts a replica and never sends it
// anything. Redis refuses to pass its data on while its own link is down (-NOMASTERLINK), so a
// replica whose primary is gone cannot fill another server. Told REPLICAOF <anchor>, it asks to go
// on where it was, is answered +CONTINUE, and its link is up: it keeps its data, its replication id
// and its offset, stays read-only, and others can sync from it.
//
// What is never sent can change nothing: no RDB, and not a byte after +CONTINUE, because a replica
// takes all that follows for the replication stream. A replica that has nothing to go on from is
// told -NOMASTERLINK, which Redis takes for "try again later" and keeps what it has; -ERR in that
// place would make it forget its offset and ask for a full sync (slaveTryPartialResynchronization
// in Redis's replication.c). A silent primary is given up after repl-timeout: the replica connects
// anew, and is held again.
//
// Bytes in, bytes out, no sockets. Redis from 6 on sends arrays, Redis 5 sends its handshake as
// lines. A password is neither compared nor kept: there is nothing here to guard.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "wire/resp.hpp"

namespace redis_agent::wire {

class anchor_session {
 public:
  static constexpr std::size_t command_bytes_max = std::size_t{64} << 10;

  // What to answer to these bytes, which may be any part of one or of many commands.
  std::string receive(std::string_view bytes);

  // False after bytes that are no command, or a command that is too large: close the connection.
  bool is_usable() const { return is_usable_; }
  // True from +CONTINUE on, after which everything is answered with silence.
  bool is_held() const { return is_held_; }

 private:
  std::optional<command> take(std::string_view piece);
  std::optional<command> finish_array();
  std::string answer(const command& said);
  std::string answer_psync(const command& said);

  std::string line_;                   // begun and not ended
  std::optional<resp_reader> reader_;  // while an array has begun and not ended
  std::size_t command_bytes_ = 0;
  bool is_usable_ = true;
  bool is_held_ = false;
};

}  // namespace redis_agent::wire
