// What the lock has to be told to Redis: who may not serve is made a replica of nobody at once, who
// hands over is paused, and who serves asks for as many replicas as it may.
#pragma once

#include <optional>
#include <vector>

#include "core/orders/remedy.hpp"

namespace redis_agent::core {

// nullopt: the lock asks for nothing now, and the rules of the gate or the rope count.
std::optional<std::vector<order>> choose_by_lock(const memory& m, const settings& s, instant now);

// Before it takes writes it is told to ask for no replica: it would refuse them until one is back.
bool opens_alone(const memory& m, const settings& s, instant now);

}  // namespace redis_agent::core
