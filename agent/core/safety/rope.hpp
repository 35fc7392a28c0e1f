// Whom a replica follows. Its Redis resolves no name and trusts no address: the agent finds the
// primary, asks it who it is, and points Redis at the address. When the link is down and no primary
// has proven itself, Redis is parked: it follows a place where nobody answers, which keeps its data
// and its place in the stream (replication.c: cached master), so that it can go on where it was.
// Pure: decide_rope(facts). What is then told to Redis is remedy.hpp's business.
//
//   1. Redis does not answer or loads, or the volume is being read: leave it alone.
//   2. The primary is in contact, serves as one and carries all that is here, or nothing is here
//      to lose, or the lock's holder is the primary and what it lacks has been kept
//      (failover/divergence.hpp): follow its address. Who takes writes is parked first, and looked
//      at again: they may have come since.
//   3. The link is up and nothing speaks against whom it leads to, or a sync is under way whose
//      source had proven itself when this agent pointed at it (also one that has been asked for it
//      and answers nobody: it forks), or has nothing left to spare: leave it. Not a link that is
//      dead, nor a sync that Redis has begun by itself while nobody heard the primary, nor a
//      primary that a person has made a replica.
//   4. Else park, and say why the primary is refused. Also in a sync, while what was here before
//      still is (it goes when loading begins), from who is found out to have less.
#pragma once

#include <optional>
#include <string>

#include "core/configuration/parking.hpp"
#include "core/configuration/settings.hpp"
#include "core/memory/lineage.hpp"
#include "core/memory/memory.hpp"

namespace redis_agent::core {

bool is_parked(const replica_link& link);

struct rope_facts {
  bool is_held = false;          // by this agent: a replica, and the rope is not turned off
  bool answers = false;          // and does not load its own data
  bool tells_by_itself = false;  // the server, where its data comes from: no memory is needed
  bool volume_is_known = true;   // if not, nobody can tell what a primary would have to carry
  bool is_primary = false;       // it serves as a primary although its name says otherwise
  endpoint follows;
  bool follows_the_primary = false;  // by an address that is the primary's
  bool primary_never_moves = true;   // there is no lock: no replica is ever the primary
  bool link_is_up = false;
  bool is_anchored = false;     // to who copies from it
  bool is_receiving = false;    // a full sync: what was here before still is
  bool is_unasked = false;      // that has begun by itself, from whom nobody hears
  bool is_awaited = false;      // the answer of a primary that has been asked for one, and hangs
  bool is_empty = false;        // nothing is here that could be lost
  std::string unread{};         // what is on its volume alone (memory.hpp)
  bool is_a_strangers = false;  // what is here has nothing to do with what the volume remembers
  lineage own;
  std::string run_id;
  bool theirs_is_kept = false;  // a person has given up what is here
  bool is_let_go = false;       // the lock's holder does not carry it, and it has been dealt with

  bool primary_answers = false;
  bool primary_is_primary = false;
  bool primary_has_proven_itself = false;  // earlier in the same run, and was there ever since
  bool primary_is_of_another_cluster = false;
  bool primary_is_nobodys = false;  // no agent speaks for it, and the cluster knows another stream
  bool primary_may_be_a_stranger = false;  // its agent has not been heard yet, and may still be
  bool primary_may_know_more = false;      // of an AOF here than this pod's volume does
  endpoint primary;                        // by address
  std::string primary_run_id;
  lineage primary_history;
  // What this pod cannot be beyond, as the primary's agent noted when it was found to be away.
  std::optional<ancestor> bound;
  std::int64_t keys = 0;
  std::int64_t functions = 0;
  // How much the primary's gate has opened with, if the replica was missing then.
  std::optional<opening_count> opened{};
};

enum class rope_act { none, leave, follow, park };
enum class refusal {
  none,
  no_contact,
  volume_unknown,
  is_a_replica,
  not_yet_known,
  another_cluster,
  behind,           // the same history, and less of it
  another_history,  // emptied, or another data set
};

struct rope_ruling {
  rope_act act = rope_act::none;
  refusal why = refusal::none;
  endpoint to;
  std::string evidence;
};

std::string_view to_text(refusal why);

// The primary is there and has not what is here: not a matter of a moment.
constexpr bool is_about_data(refusal why) {
  return why == refusal::behind || why == refusal::another_history ||
         why == refusal::another_cluster;
}

// As the gate's (gate.hpp): what a person's word is about.
std::string describe_situation(const rope_facts& facts, const rope_ruling& ruling);

// The agent at the primary's address says that it belongs to another cluster than this volume, and
// it has not been there for long.
bool speaks_for_another_cluster(const memory& m, instant now);

// How often the agent beside the primary is asked: it knows what its server cannot tell.
duration statement_interval(const memory& m, const settings& s, instant now);

// How often a replica's agent asks its primary for all that it says of its replicas; at its other
// polls only whether it answers. INFO replication lists them all: 70 microseconds of the primary's
// time at 100 of them, where nothing else takes three. Only while nothing is to be decided, and no
// less often than contact is lost; 0: at each poll.
duration whole_poll_interval(const memory& m, const settings& s, instant now);

rope_facts assess_rope(const memory& m, const settings& s, instant now);

// What speaks against the primary, though the rope may be turned off.
refusal find_refusal(const memory& m, const settings& s, instant now);
rope_ruling decide_rope(const rope_facts& facts);
rope_ruling decide_rope(const memory& m, const settings& s, instant now);

}  // namespace redis_agent::core
