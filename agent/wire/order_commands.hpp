// An order (core/orders/remedy.hpp) as the commands that carry it out. More than one is a
// transaction: nothing happens between them.
#pragma once

#include <vector>

#include "core/orders/remedy.hpp"
#include "wire/resp.hpp"

namespace redis_agent::wire {

std::vector<command> commands_for(const core::order& order);

}  // namespace redis_agent::wire
