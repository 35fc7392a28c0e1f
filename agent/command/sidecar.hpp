// `redis-agent sidecar`: the loop beside Redis. Event, observe, decide, publish: every event of a
// link or of DNS goes through one function, which updates the memory and writes what changed to the
// log; the pages are answered from that memory. Sends Redis nothing but questions.
#pragma once

#include "core/configuration/settings.hpp"

namespace redis_agent::command {

int run_sidecar(const core::settings& s);

}  // namespace redis_agent::command
