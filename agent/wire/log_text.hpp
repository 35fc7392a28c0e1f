// A log line as bytes, without its time, which the log adds when it writes. Texts can come from a
// peer or from a user's file: control characters and what is no UTF-8 are escaped, so that a line
// stays a line, a terminal is not steered and JSON stays JSON.
#pragma once

#include <string>
#include <string_view>

#include "core/reporting/log_line.hpp"

namespace redis_agent::wire {

// `info    the primary answers again peer=10.0.0.7:6379 reason="no route"`: a value is quoted when
// it could not be told from its neighbours otherwise.
std::string render_log_text(const core::log_line& line);

// The members of a JSON object: `"level":"info","pod":"redis-0","message":...,"peer":...`.
std::string render_log_members(const core::log_line& line, std::string_view pod);

}  // namespace redis_agent::wire
