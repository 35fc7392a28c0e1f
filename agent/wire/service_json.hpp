// The Service by which clients reach the primary: what it says, and the patch that moves it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/memory/route.hpp"

namespace redis_agent::wire {

// Annotations that are unreadable count as absent: the lock is the truth, and the next move writes
// them anew. A selector that is unreadable is a failure.
core::result<core::service_route> parse_service(std::string_view body);

struct route_target {
  std::string pod;
  std::string holder;  // as in the lock, whose term it is
  std::int64_t term = 0;
};

// A merge patch that is refused (409) if anybody has changed the Service since it was read. Each
// label of the old selector but the pod's is taken out.
std::string render_service_patch(const core::service_route& read, const route_target& to);

}  // namespace redis_agent::wire
