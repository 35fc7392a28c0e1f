// The lock as the JSON of a Lease: there and back. What the lock needs beside a Lease's own fields
// stands in annotations with the prefix redis-agent.io/.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/memory/lease.hpp"

namespace redis_agent::wire {

// A field that is unreadable, or larger than any agent writes it, is a failure that names it. An
// annotation of ours is not: by the fields alone it is known who holds the lock, and its holder
// writes the annotations anew. None of them counts then, for nobody is to take half of what it was.
core::result<core::lease> parse_lease(std::string_view body);

// The whole object for a PUT. What `wanted.object` has and the agent does not write (labels,
// annotations of others, uid, preferredHolder) stays as it was read; managedFields, which the
// server keeps itself, are left out. A length is rounded up to whole seconds, so that it promises
// nobody less than was meant.
std::string render_lease(const core::lease& wanted);

// "2026-11-26T09:00:00.000000Z": the only form that the API server takes for renewTime and
// acquireTime.
std::string render_micro_time(std::chrono::system_clock::time_point time);

}  // namespace redis_agent::wire
