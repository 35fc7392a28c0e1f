// What is asked of the API server next, and when: a ruling of lock.hpp as a request. Pure: the text
// of the time (lease::renewed_at) is the sender's, for here no wall clock is known.
#pragma once

#include <optional>

#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"

namespace redis_agent::core {

// nullopt: nothing yet.
std::optional<lock_request> choose_request(const memory& m, const settings& s, instant now);

// Milliseconds count: this pod is the next to have the lock, or waits for who has.
bool waits_in_a_hurry(const memory& m, instant now);

// The write Service is to be looked at now, and to lead here: this pod serves by the lock.
bool is_to_be_routed(const memory& m, const settings& s, instant now);

}  // namespace redis_agent::core
