// May the primary serve? Its server starts behind a gate: it has loaded its own data, no replica
// can copy it and nobody outside the pod can write to it, until these rules say that nobody has
// more. Pure: decide_gate(facts). What is then told to which server is remedy.hpp's business.
//
//   1. Redis does not answer, loads, or the volume has not been read: wait.
//   2. Another server serves as a primary, whatever it has, or feeds a pod in this one's place, or
//      this pod's name leads to another one: hold. Two primaries are never made. One that has
//      nothing is made a replica again, and one that a person has decided against, if it is heard;
//      so is one that this server has followed since it served (Redis's own FAILOVER): what it has
//      by then is weighed by rules 4 to 6.
//   3. Nobody has data and nobody who may have some is missing: open. A first start waits a little
//      for pods that may still come, since an emptied volume looks the same.
//   4. I carry the history of every pod that has data: open.
//   5. A pod that has data carries my history, or I am empty: catch up from the one that is
//      furthest ahead; then rule 4 opens.
//   6. A pod's data and mine have nothing in common, or each has what the other lacks: hold. A
//      person decides.
//   7. A pod that DNS lists or that this volume remembers has not answered, or the one that is
//      furthest ahead has fallen silent: wait, for as long as its loading moves on or its agent
//      may still introduce it, else up to a limit since it was last heard, before 3, 4 and 5 are
//      followed. After it: open if I have data; hold if I am empty while something says that there
//      was data: the agent's memory on the volume, a missing pod that was seen with some, or an RDB
//      there that has keys and was not loaded. (Told to use an AOF that does not
//      exist yet, every server from Redis 5 to Valkey 8.1 starts empty, and overwrites the RDB at
//      its next save, at the latest at its end.) Both limits and both choices are settings. Half a
//      copy never opens while somebody is missing. Nothing opens over a pod that is there and
//      refuses to tell what it has, unless its agent has told that it is here: hold.
//      A pod that answers, and whose agent does not say what its data is, is missing too: a gate
//      does not open over more than is here then, and an empty one takes it at its server's word.
// Rules 1, 2 and 6 are looked at first, then 7, then 3 to 5.
//
// What a pod was heard to have in this run stays a fact until it says otherwise: that it is silent,
// or listed no more, is no news about its data. Waiting is counted from when this server had its
// data, or from when the other one fell silent.
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
  std::int64_t functions = 0;
  std::string fed_by;                    // a server that is not this pod's; "" if none
  std::optional<duration> silent_for{};  // nullopt: it answers
  // This pod's volume was known to remember that stream beyond what it does now: it is an older
  // one.
  bool knows_a_later_volume = false;
  std::string refusal{};                // of one that is silent: as a missing pod's
  bool feeds_this = false;              // this one served in this run, and follows it since
  std::optional<ancestor> bound{};      // what it cannot be beyond, if anybody knows
  bool bound_is_old = false;            // and it may have been back since
  std::optional<noted_offset> noted{};  // how far its primary's volume was known to remember
  bool was_in_sync = false;             // with its primary, and close, until their link broke
  bool has_untold_aof = false;          // its AOF had stopped when it was last seen

  bool has_data() const { return keys > 0 || functions > 0; }
};

// One that may have data and has not said so.
struct missing_pod {
  std::string name;
  duration waited{};  // since it was last heard to move on, or since this server has its data
  bool is_loading = false;
  bool is_introducing = false;  // it answers, and its agent may still say what its data is
  bool had_data = false;        // when it was last heard, or it was seen to load
  // It answers, and neither its server nor an agent has said in time where its data comes from.
  bool is_of_unknown_history = false;
  std::int64_t keys = 0;  // of such a one
  std::int64_t functions = 0;
  // What it says instead of what it has, if it is there and says anything: -BUSY, -NOAUTH.
  std::string refusal{};

  bool is_on_its_way() const { return is_loading || is_introducing; }
};

struct gate_facts {
  bool is_closed = false;
  bool answers = false;  // now, with all that is asked, and its volume's memory is known
  bool volume_is_known = true;
  bool is_half_copied = false;  // a copy is under way or has broken off, and what was here is gone
  std::string followed;         // the pod that it copies or has copied from, "" if none
  std::int64_t keys = 0;
  std::int64_t functions = 0;
  lineage own;
  bool was_in_sync = false;  // the pod that it has a whole copy of was, with the former primary
  std::string run_id;
  bool has_aof = false;
  bool end_was_seen = false;  // of the run before, by this agent: what it had then is known
  std::optional<volume_memory> remembered;
  std::string rdb_name = rdb_file;
  std::optional<rdb_header> rdb;     // on the volume when this server started
  std::vector<pod_facts> pods;       // that have been heard in this run
  std::vector<missing_pod> missing;  // listed or remembered, and not heard
  bool pods_are_known = false;       // DNS has listed this pod, so that its list is worth something
  absence why_unknown = absence::unknown;
  std::string deposed_by;  // the address to which this pod's name leads, where another one runs
  duration waited{};       // since this server has its data
  keeping kept = keeping::undecided;  // a person's word about this very situation

  bool has_data() const { return keys > 0 || functions > 0; }
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

// This pod's name leads to the address of another one of that name: it was deleted, and still runs.
// "" or the address.
std::string find_successor(const memory& m, instant now);

gate_facts assess_gate(const memory& m, const settings& s, instant now);
gate_ruling decide_gate(const gate_facts& facts, const gate_limits& limits);
gate_ruling decide_gate(const memory& m, const settings& s, instant now);

// What a person's word is about: the rule, this server's run, and who has or lacks what. The same
// text for as long as it is the same situation. "" while there is nothing to decide.
std::string describe_situation(const gate_facts& facts, const gate_ruling& ruling);

// A pod in such a text: its name and its history.
std::string describe_holder(const pod_facts& pod);

}  // namespace redis_agent::core
