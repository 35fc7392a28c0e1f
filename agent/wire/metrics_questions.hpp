// What a scrape asks a server for, in one go with a poll's own questions, and what the answers
// mean. Each command is one that Redis 5 has, too; what a server refuses or lacks is left out.
#pragma once

#include <span>
#include <vector>

#include "core/server/metrics_report.hpp"
#include "wire/resp.hpp"

namespace redis_agent::wire {

struct metrics_wanted {
  bool with_latencies = false;
  bool with_settings = true;  // those that hardly ever change, or cannot
};

// The first one answers the poll's own questions to INFO, too.
std::vector<command> metrics_commands(const metrics_wanted& wanted);

// The replies to these, in their order. What was not asked for is as it was before.
core::metrics_report read_metrics(const metrics_wanted& wanted, std::span<const resp_value> replies,
                                  const core::metrics_report& before);

}  // namespace redis_agent::wire
