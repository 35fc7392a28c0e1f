#include "core/memory/lease.hpp"

#include <algorithm>

namespace redis_agent::core {

bool lease::lists(const std::string& pod) const {
  return std::ranges::any_of(members, [&](const lock_member& m) { return m.pod == pod; });
}

bool lease::lists_another_than(const std::string& pod) const {
  return std::ranges::any_of(members, [&](const lock_member& m) { return m.pod != pod; });
}

std::string_view to_text(lock_trouble what) {
  switch (what) {
    case lock_trouble::conflict: return "conflict";
    case lock_trouble::missing: return "missing";
    case lock_trouble::unauthorized: return "unauthorized";
    case lock_trouble::forbidden: return "forbidden";
    case lock_trouble::throttled: return "throttled";
    case lock_trouble::refused: return "refused";
    case lock_trouble::unavailable: return "unavailable";
    case lock_trouble::timed_out: return "timed_out";
    case lock_trouble::unreachable: return "unreachable";
    case lock_trouble::malformed: return "malformed";
  }
  return "unknown";
}

}  // namespace redis_agent::core
