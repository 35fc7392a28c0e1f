// May a pod serve that has just taken the lock from another one? Whoever was in sync has been
// waited for already (failover/lock.hpp), so nobody who is silent is waited for here.
//
//   1. Redis does not answer, loads, or the volume has not been read: wait.
//   2. Another server serves as a primary: make it a replica of nobody. Its time is over.
//   4. Nobody who answers has more than is here: open.
//   5. Somebody has all that is here and more (the one who served before, now parked): catch up
//      from it, for as long as --peer-wait lasts.
//
// The numbers are those of gate.hpp's rules.
#pragma once

#include <string>
#include <vector>

#include "core/safety/gate.hpp"

namespace redis_agent::core {

// The lock was taken, by this agent or the one before, and the server that it was taken for has not
// served since; or the very server that has was closed meanwhile, since the lock could not be
// renewed in time. One that has started since has other data: that is weighed as after any start.
bool is_being_promoted(const memory& m);

// That pod has more than is here, and may be given the lock at once: that is quicker than to copy
// from it. The API server answers, the pod was in sync with this one, and no copy has begun.
bool is_to_be_given_to(const memory& m, const std::string& pod, instant now);

// A pod that serves as a primary, "" if none does: whoever holds the lock is the only one. Who has
// given it to this one a moment ago keeps its clients waiting until they are led here.
std::string find_usurper(const gate_facts& facts, const lock_memory& lock, instant now);

// The same for one that serves. Who had the lock before has stepped down by then, unless its agent
// is gone: nobody else would close it. Only one of this pod's own history is known not to be a
// stranger, at an address that was a pod's.
std::vector<std::string> find_usurpers_beside(const memory& m, instant now);

// `waited` since it took the lock.
gate_ruling decide_promotion(const gate_facts& facts, duration waited, duration patience);

}  // namespace redis_agent::core
