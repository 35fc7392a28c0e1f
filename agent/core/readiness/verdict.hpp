// Whether the pod is ready, and the one reason. Pure: decide(memory, settings, now). An opinion
// only: nothing here acts.
//
// The rules, in order; the first that fails gives the reason:
//   1. Redis has answered within its budget, is not loading, accepts the password, and asks others
//      for it too.
//   2. Its role is the one that follows from the pod's name, and no Redis Cluster's; a primary's
//      gate is open (gate.hpp), and it does not refuse writes: for lack of replicas that it has
//      lost (min-replicas-to-write), or since its disk does not take them.
//   3. A replica has been seen in sync with its primary since its server started, and is in no
//   phase
//      of a full sync.
//   4. A replica whose lag is known is inside the budget of bytes and of seconds (hysteresis).
//   5. A replica whose lag is not known, because its primary is gone or cut off, has data that is
//      at most as old as the staleness budget, and serves it (replica-serve-stale-data). One whose
//      primary is in contact and serves another history is not stale but apart.
//   6. What the agent knows is not older than its own limit.
// Rules 3 to 5 do not apply to a primary; of 4 and 5 one applies to a replica.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"

namespace redis_agent::core {

enum class reason {
  // ready
  primary_serving,
  replica_in_sync,
  replica_stale,  // the primary is out of contact; the data is young enough
  // not ready
  starting,
  redis_not_answering,
  redis_loading,
  redis_busy,
  too_many_clients,
  password_refused,
  password_not_required,
  cluster_mode,
  role_mismatch,
  gate_closed,
  fenced,  // it holds the lock, and could not renew it in time
  too_few_replicas,
  writes_refused,
  never_in_sync,
  replication_refused,  // its link meets a refusal at the primary
  wrong_primary,        // its link leads to somebody else
  full_sync,
  lag_too_large,
  reads_refused,
  too_stale,
  primary_refused,  // it is in contact, and has not what is here
  observation_too_old,
};
inline constexpr std::size_t reasons = 25;

std::string_view to_text(reason r);
bool is_ready(reason r);

// Why a primary refuses all writes, if it does.
enum class write_fault { none, lacks_replicas, disk };

// All that the rules look at: memory and settings boiled down to a few facts at one moment.
struct situation {
  role derived = role::replica;
  link_condition redis = link_condition::untried;
  bool is_loading = false;  // its own data; a sync's loading is a phase
  role reported = role::replica;
  bool is_open_to_everybody = false;
  bool is_clustered = false;
  bool is_fenced = false;
  bool gate_is_closed = false;
  write_fault writes = write_fault::none;
  sync_phase phase = sync_phase::no_link;
  bool was_in_sync = false;
  bool link_is_refused = false;
  bool follows_another = false;  // its link is up, and not with the primary
  bool primary_is_refused = false;
  bool primary_is_in_contact = false;
  bool lag_is_known = false;
  bool lag_is_admitted = false;
  bool reads_are_refused = false;
  bool staleness_is_within_budget = false;
  bool is_left_behind = false;  // by a primary that is in contact: for longer than a lag may be
  bool observation_is_fresh = false;

  friend bool operator==(const situation&, const situation&) = default;
};

enum class rule_state { holds, fails, does_not_apply };

struct ruling {
  reason why = reason::starting;
  std::array<rule_state, 6> rules{};  // rule 1 is rules[0]
};

situation assess(const memory& m, const settings& s, instant now);
ruling judge(const situation& facts);

struct verdict {
  bool is_ready = false;
  reason why = reason::starting;
  std::string explanation;  // a sentence with the numbers and names behind the reason
  std::array<rule_state, 6> rules{};
};

verdict decide(const memory& m, const settings& s, instant now);

inline constexpr std::array<std::string_view, 6> rule_titles = {
    "redis-answers",     "role-is-derived-role",    "replica-was-in-sync",
    "lag-within-budget", "staleness-within-budget", "observation-is-fresh"};

}  // namespace redis_agent::core
