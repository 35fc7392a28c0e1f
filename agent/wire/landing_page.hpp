// The page at /: what a person wants to know of this pod at a glance, and where the rest is.
// One self-contained HTML text; refreshes itself without scripts.
#pragma once

#include <string>

#include "core/reporting/status_report.hpp"

namespace redis_agent::wire {

std::string render_landing_page(const core::status_report& report);

}  // namespace redis_agent::wire
