// Log lines to standard error by spdlog, one system call each: text for a person, or one JSON
// object a line for a collector. What is said is decided elsewhere, how it is spelled in
// wire/log_text; secrets never come here. A standard error that is closed loses lines and nothing
// else.
#pragma once

#include <string_view>

#include "core/configuration/settings.hpp"
#include "core/reporting/log_line.hpp"

namespace redis_agent::io {

// Until this is called: text, from info on. From here on the process ignores SIGPIPE.
void configure_logging(core::log_format format, core::log_level level, std::string_view pod);

// Text: `2026-11-24T05:30:00.123Z info    the primary answers again peer=10.0.0.7:6379`.
// JSON: {"time":"2026-11-24T05:30:00.123Z","level":"info","pod":...,"message":...,"peer":...}.
void write_log(const core::log_line& line);

// From here on what comes too often is left out (core/reporting/log_limit.hpp): of a process that
// goes on for long.
void limit_log();

// To be called now and then: says what was left out and has not come again.
void tell_what_was_left_out();

}  // namespace redis_agent::io
