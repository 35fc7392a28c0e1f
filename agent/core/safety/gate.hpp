// May the primary serve? Its server starts behind a gate: it has loaded its own data, no replica
// can copy it and nobody outside the pod can write to it, until these rules say that nobody has
// more. Pure: decide_gate(facts). What is then told to which server is remedy.hpp's business.
//
//   1. Redis does not answer, loads, or the volume has not been read: wait.
//   2. Another pod serves as a primary and has data: hold. Two primaries are never made.
//   3. Nobody has data and nothing says that there was any: open. The first start; it waits a
//      little for pods that may still come, since an emptied volume looks the same.
//   4. I carry the history of every pod that has data: open.
//   5. A pod that has data carries my history, or I am empty: catch up from the one that is
//      furthest ahead; then rule 4 opens.
//   6. A pod's data and mine have nothing in common, or each has what the other lacks: hold. A
//      person decides.
//   7. A pod that DNS lists or that this volume remembers has not answered: wait up to a limit
//      before 3, 4 and 5 are followed. After it: open if I have data, hold if I am empty while
//      something says that there was data: the agent's memory on the volume, or without one an RDB
//      there that has keys and was not loaded. (Told to use an AOF that does not exist yet, every
//      server from Redis 5 to Valkey 8.1 starts empty, and overwrites the RDB at its next save, at
//      the latest at its end.) Both limits and both choices are settings.
// Rules 1, 2 and 6 are looked at first, then 7, then 3 to 5.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/configuration/settings.hpp"
#include "core/memory/lineage.hpp"
#include "core/memory/memory.hpp"
#include "core/server/rdb_header.hpp"

namespace redis_agent::core {

struct pod_facts {
  std::string name;
  std::int64_t keys = 0;
  lineage history;
  bool serves_as_primary = false;
};

struct gate_facts {
  bool is_closed = false;
  bool answers = false;     // now, with all that is asked, and its volume's memory is known
  bool is_syncing = false;  // a copy is under way: what is here is nobody's history
  std::string followed;     // the pod that it copies or has copied from, "" if none
  std::int64_t keys = 0;
  lineage own;
  bool has_aof = false;
  std::optional<volume_memory> remembered;
  std::optional<rdb_header> rdb;    // on the volume when this server started
  std::vector<pod_facts> pods;      // that have answered
  std::vector<std::string> silent;  // listed, and not heard of
  bool pods_are_known = false;      // DNS has listed this pod, so that its list is worth something
  duration waited{};
  std::string kept;  // a person's word: "mine", "theirs" or ""
};

enum class gate_act { none, wait, hold, demote, open, catch_up };

struct gate_ruling {
  gate_act act = gate_act::none;  // none: the gate is open, or this pod has none
  int rule = 0;
  std::string donor;     // of catch_up: the pod to copy from; of demote: that has to follow again
  std::string evidence;  // a sentence
};

struct gate_limits {
  duration first_start{};
  duration with_data{};
  duration when_empty{};
  bool opens_with_data = true;
  bool opens_when_empty = false;
};

std::string_view to_text(gate_act act);

// False too where the gate is turned off.
bool gate_is_closed(const memory& m, const settings& s);
gate_facts assess_gate(const memory& m, const settings& s, instant now);
gate_ruling decide_gate(const gate_facts& facts, const gate_limits& limits);
gate_ruling decide_gate(const memory& m, const settings& s, instant now);

}  // namespace redis_agent::core
