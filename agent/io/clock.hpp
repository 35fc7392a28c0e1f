// The one place where the agent asks for the time.
#pragma once

#include <chrono>

#include "core/base/time.hpp"

namespace redis_agent::io {

inline core::instant now() {
  return core::instant(std::chrono::steady_clock::now().time_since_epoch());
}

inline std::chrono::steady_clock::time_point to_steady(core::instant t) {
  return std::chrono::steady_clock::time_point(t.time_since_epoch());
}

}  // namespace redis_agent::io
