// Who is the primary where the primary moves: whoever holds one lock in Kubernetes. What this agent
// does about it, decided by pure rules; decide_lock(facts) -> ruling. What is then asked of the API
// server is renewal.hpp's business, what is told to Redis orders/remedy.hpp's.
//
// D: how long the lock stands still before somebody else may take it (--lock-duration; the
// holder's, if that is longer). F: how long after the start of its last good renewal the holder
// serves (--lock-fence). F + 1 s < D, in rates of clocks alone: no wall clock is compared.
//
//   1. The lock has not been read yet, or its last write came to a conflict: look.
//   2. I hold it, and have promised somebody that I would not take it: give it back. The take was
//      sent before that, and carried out late.
//   3. I hold it, and my server ends, is silent, or has less than a pod that was in sync with it,
//      or a move is wanted and my successor has all: give it to that pod. Or it was given to me,
//      and I end: hand it on.
//   4. I hold it: renew it. Never lost by an error: only a read that shows another holder is that.
//   5. It has never been held: the pod that its name makes the primary takes it once the gate's
//      rules would open. So a first start is what it is without a lock. Where it was held, and a
//      person has emptied it or made it anew, the pod that held it takes it again, as long as
//      nobody else can have; the other waits for D first.
//   6. Somebody holds it, and it has changed within D: follow him.
//   7. It names me as the next, or has stood still for D: may I take it? No, in this order: my
//      server's end is announced, or it does not answer, loads or copies; I was not in sync when it
//      was last renewed; another cluster; another history; too far behind; somebody has been
//      promised; the holder's agent says that it serves; a pod that may take it has more; a member
//      is silent, and has not been waited for. Nobody has the holder's history where it was a
//      cache's, or all volumes are new: an empty pod takes it too, once all that are listed have
//      answered for --peer-wait-empty and nobody has anything. The gate's rules open it then. And
//      where a person has decided, in this very situation, who has what counts no more.
//   8. Else take it, with the version that stood still.
//
// Whether this pod's server may take writes is another question, and F's alone (may_serve).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"

namespace redis_agent::core {

// Another pod, as one that may have to be preferred.
struct rival {
  std::string pod;
  bool is_member = false;                 // was in sync when the lock was last renewed
  bool is_holder = false;                 // has the holder's name
  bool answers = false;                   // its server, with its data
  duration silent_for = duration::max();  // that server, since it last did
  bool agent_answers = false;
  bool ends = false;              // that was announced
  bool could_take = false;        // by its agent's word
  bool serves_this_term = false;  // its agent says so
  bool is_fed_by_holder = false;  // its server follows the one at the address that the lock has
  bool has_data = false;
  lineage history{};
};

struct lock_facts {
  std::string pod;
  std::string identity;
  std::optional<lease> seen;
  bool must_look = false;
  duration still_for{};           // it has not changed, as far as it was looked at
  bool is_named_primary = false;  // by its name
  bool gate_would_open = false;   // asked of a lock that nobody has held
  std::int64_t known_term = 0;    // the latest that this pod has seen or heard of
  bool may_retake = false;       // it held the lock that has been emptied, and nobody else can have
  bool held_last = false;        // the same, and perhaps somebody else has
  bool somebody_serves = false;  // by the word of his agent
  bool has_promised = false;     // since it last took or renewed
  bool is_bound = false;         // by a promise that still counts

  bool ends = false;  // the local server's end is announced
  bool runs = false;  // the local server answers, with its data, and copies nothing
  bool has_data = false;
  bool nobody_has_any = false;  // as all say that may be there, and have said for a while
  bool is_decided = false;      // by a person's word about this very situation: keep what is here
  std::string run_id{};
  lineage own{};
  std::string cluster_id{};
  std::string heir{};  // to whom the lock is to go now, and why
  std::string why_heir{};
  std::string next{};         // who is to be named as the next one, "" if nobody
  bool writes_alone = false;  // its server is to, from now on: no replica comes back
  std::vector<rival> rivals{};

  bool holds() const { return seen && seen->holder == identity; }
};

enum class lock_act { look, renew, take, name, give };

// Why a pod does not take a lock that has stood still.
enum class lock_word {
  none,
  ending,
  not_running,
  not_a_member,
  another_cluster,
  another_history,
  too_far_behind,
  promised,
  holder_alive,
  not_furthest,
  member_silent,
};

struct lock_ruling {
  lock_act act = lock_act::look;
  int rule = 0;
  lock_word word = lock_word::none;
  std::string evidence;  // a sentence
};

std::string_view to_text(lock_act act);
std::string_view to_text(lock_word word);

struct lock_limits {
  duration lock_duration{};
  duration candidate_wait{};
  bool prefers_data = false;
  std::int64_t max_lag = 0;
};

lock_limits limits_of(const settings& s);

// For so long a lock has to stand still, and a promise binds: its holder may have longer times.
duration patience_of(const lease& seen, const lock_limits& limits);

lock_facts assess_lock(const memory& m, const settings& s, instant now);
lock_ruling decide_lock(const lock_facts& facts, const lock_limits& limits);
lock_ruling decide_lock(const memory& m, const settings& s, instant now);

// What a person's word would be about: why this pod does not take a lock that nobody has, and who
// else has what. "" while others may take it still, and where no word counts.
std::string describe_situation(const lock_facts& facts, const lock_limits& limits);

// No replica follows the server of this pod, which holds the lock for certain: by a renewal that
// began after the last one was lost. Those that the lock lists have had the time to come back.
bool is_alone(const memory& m, const settings& s, instant now);

// Without a lock always. With one: this pod holds it, and the time within which it has to renew it
// is not over; or the API server is out of reach, and all pods that were in sync have promised to
// leave it alone.
bool may_serve(const memory& m, const settings& s, instant now);

// A holder, or one that is to be, may serve at the latest until then; nullopt: not at all.
std::optional<instant> serves_until(const memory& m, const settings& s, instant now);

// May this agent promise the holder of that term not to take the lock for D from now? "" or why
// not. A holder that is turned away (401) by an API server that answers others has been deleted,
// and runs on where its kubelet does not know.
std::string refuse_promise(const memory& m, const std::string& holder, std::int64_t term,
                           bool is_turned_away = false);

// Of the lock: by what was read, remembered and heard of it.
std::int64_t latest_term(const memory& m);

// Those whom the lock lists, and those whom a write lists that may be carried out still: all of
// them have to promise.
std::set<std::string> who_may_take(const lock_memory& lock);

// What others are told of it. nullopt: there is none, or it has not been read.
std::optional<lock_view> view_of_lock(const memory& m, const settings& s, instant now);

// What this agent does about the lock, and why: for status. "" without one.
std::string describe_lock(const memory& m, const settings& s, instant now);

// It should have been renewed by now: somebody may have to take it, and looks at the other pods.
bool lock_is_late(const memory& m, const settings& s, instant now);

// The pods that were in sync are to be asked for that promise now.
bool needs_promises(const memory& m, const settings& s, instant now);

}  // namespace redis_agent::core
