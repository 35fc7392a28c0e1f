// The topology as a table that a person can read. Rows in, text out.
#pragma once

#include <string>
#include <vector>

#include "core/reporting/status_report.hpp"

namespace redis_agent::core {

// One pod that DNS lists: what its agent reported, or why it could not be asked.
struct topology_row {
  std::string pod;
  std::optional<status_report> report;
  std::string trouble;
};

// Rows in order: primary first, then by StatefulSet and ordinal (not by text: 10 after 9).
void sort_topology(std::vector<topology_row>& rows);

std::string render_table(const std::vector<topology_row>& rows, bool in_color);

}  // namespace redis_agent::core
