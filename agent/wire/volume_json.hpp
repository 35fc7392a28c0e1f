// What an agent remembers on the volume, as the JSON in its file: there and back.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/memory/volume_memory.hpp"

namespace redis_agent::wire {

std::string render_volume_memory(const core::volume_memory& remembered);

// Fields that a later version adds are kept as they are; one that is missing is a failure.
core::result<core::volume_memory> parse_volume_memory(std::string_view text);

}  // namespace redis_agent::wire
