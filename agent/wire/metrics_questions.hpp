// What a scrape asks a server for, in one go with a poll's own questions, and what the answers
// mean. Each command is one that Redis 5 has, too; what a server refuses or lacks is left out.
#pragma once

#include <span>
#include <vector>

#include "core/server/metrics_report.hpp"
#include "wire/resp.hpp"

namespace redis_agent::wire {

std::vector<command> metrics_commands(bool with_latencies);

// The replies to these, in their order.
core::metrics_report read_metrics(std::span<const resp_value> replies);

}  // namespace redis_agent::wire
