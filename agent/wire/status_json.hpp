// /status: one agent's report as JSON, there and back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/reporting/status_report.hpp"
#include "core/reporting/status_table.hpp"

namespace redis_agent::wire {

std::string render_status(const core::status_report& report);

// Fields that are missing are left unknown, so that agents of two versions understand each other;
// a text that is no JSON object is a failure.
core::result<core::status_report> parse_status(std::string_view json);

// {"pods": [...]}: the report of each pod, or {"pod": ..., "error": ...}, and its table cells.
std::string render_topology(const std::vector<core::topology_row>& rows);

// The same, and what the page needs beside it.
std::string render_view(const core::topology_view& view);

}  // namespace redis_agent::wire
