// The topology as a table that a person can read. Rows in, text out.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/reporting/status_report.hpp"

namespace redis_agent::core {

// One pod that DNS lists: what its agent reported, or why it could not be asked.
struct topology_row {
  std::string pod;
  std::optional<status_report> report;
  std::string trouble;
  std::string address{};              // where its agent was asked
  std::optional<instant> heard_at{};  // when that has answered last, where it is asked again
};

// What the table says of a pod, cell by cell: the page shows the same.
inline constexpr std::size_t table_columns = 9;
using table_cells = std::array<std::string, table_columns>;
inline constexpr std::array<std::string_view, table_columns> table_header = {
    "POD", "ROLE", "READY", "LINK", "LAG", "CONTACT", "KEYS", "VERSION", "REASON"};
table_cells describe_row(const topology_row& row);

using topology_rows = std::map<std::string, topology_row>;  // by host

// All pods as one agent sees them, for the page.
struct topology_view {
  std::string pod;  // that agent's
  instant now;
  std::string agent_version;
  double max_lag_seconds = 0;  // its settings
  std::int64_t max_lag_bytes = 0;
  std::string trouble{};  // why the rows may not be all, "" if they are
  std::vector<topology_row> rows{};
};

// Rows in order: primary first, then by StatefulSet and ordinal (not by text: 10 after 9).
void sort_topology(std::vector<topology_row>& rows);

std::string render_table(const std::vector<topology_row>& rows, bool in_color);

}  // namespace redis_agent::core
