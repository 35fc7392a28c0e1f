// The one place where the agent asks for the time.
#pragma once

#include <chrono>
#include <ctime>

#include "core/base/time.hpp"

namespace redis_agent::io {

// Goes on while the machine is suspended, which CLOCK_MONOTONIC does not: what was known before is
// old after it.
inline core::instant now() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return core::instant(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

}  // namespace redis_agent::io
