// What a pod does that has data which the holder of the lock does not carry: an old primary that
// was cut off while clients still wrote to it, or a replica that was ahead of the one that took
// over. It follows the holder without a person, and gives up what it has beyond him; before that it
// keeps it in a file on its volume. Pure; the file is command/lost_keeper.hpp's business.
//
//   1. There is a divergence: the rope refuses the primary for its data, which is in contact,
//      serves by the lock in the current term as its agent says, and belongs to the same cluster.
//      Never where the holder is empty, the lock speaks of keys and there is data here; nor while
//      this pod's server is a primary or follows anybody.
//   2. Nothing can be counted, or none is to be kept (--keep-lost-max=0): there is nothing to keep.
//   3. The server still has the bytes in its backlog: the stream itself, the commands that were
//      lost and nothing else. A parked server gives none, so it is first held by this pod's own
//      anchor.
//   4. Else all the data that is here, as an RDB.
//   5. Neither is possible: nothing, and --after-divergence says whether it follows.
#pragma once

#include <optional>
#include <string>

#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"

namespace redis_agent::core {

// Rule 1. nullopt: there is none, or not all is known.
std::optional<divergence> find_divergence(const memory& m, const settings& s, instant now);

// Where the two part: sets from and to.
void find_parting(divergence& of, const lineage& own, const lineage& holders);

enum class keeping_act { none, hold_at_anchor, read_stream, save_rdb, give_up };

struct keeping_step {
  keeping_act act = keeping_act::none;
  divergence what{};
  std::string why{};  // of give_up: there is nothing to keep, or it cannot be
};

// What is to be done now about what is here.
keeping_step choose_keeping(const memory& m, const settings& s, instant now);

// This pod's own anchor, as its server reaches it.
endpoint own_anchor(const settings& s);

}  // namespace redis_agent::core
