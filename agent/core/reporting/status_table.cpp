#include "core/reporting/status_table.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "core/base/text.hpp"
#include "core/base/units.hpp"
#include "core/configuration/identity.hpp"

namespace redis_agent::core {
namespace {

constexpr std::size_t columns = table_columns;
using cells = table_cells;

constexpr std::size_t ready_column = 2;

constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view plain = "\x1b[0m";

std::string lag_of(const status_report& report) {
  if (report.role == "primary") return "-";
  if (!report.lag_bytes || !report.lag_seconds) return "unknown";
  return describe_size(static_cast<std::uint64_t>(*report.lag_bytes)) + ", " +
         describe_seconds(*report.lag_seconds);
}

std::string link_of(const status_report& report) {
  if (report.link) return *report.link;
  if (report.role == "replica") return "unknown";
  if (!report.connected_replicas) return "-";
  const std::int64_t count = *report.connected_replicas;
  return std::to_string(count) + (count == 1 ? " replica" : " replicas");
}

struct paint {
  std::string_view color;        // "" for none
  std::size_t column = columns;  // columns: all of them
};

void append_line(std::string& text, const cells& line,
                 const std::array<std::size_t, columns>& widths, const paint& with) {
  for (std::size_t i = 0; i < columns; ++i) {
    const bool is_colored = !with.color.empty() && (with.column == columns || with.column == i);
    if (is_colored) text += with.color;
    text += line[i];
    if (is_colored) text += plain;
    if (i + 1 < columns) text.append(widths[i] - line[i].size() + 2, ' ');
  }
  text += '\n';
}

auto sort_key(const topology_row& row) {
  const auto name = parse_pod_name(row.pod);
  const bool is_primary = row.report && row.report->role == "primary";
  return std::tuple(!is_primary, name ? name->statefulset : row.pod, name ? name->ordinal : 0U);
}

}  // namespace

table_cells describe_row(const topology_row& row) {
  if (!row.report) return {row.pod, "?", "?", "?", "?", "?", "?", "?", printable(row.trouble)};
  const status_report& report = *row.report;
  std::string why = report.reason;
  if (!report.is_ready || report.reason == to_text(reason::replica_stale)) {
    why += ": " + report.explanation;
  }
  cells made = {row.pod,
                report.role,
                report.is_ready ? "yes" : "no",
                link_of(report),
                lag_of(report),
                report.contact_seconds ? describe_seconds(*report.contact_seconds) + " ago" : "-",
                report.keys ? std::to_string(*report.keys) : "?",
                report.version.value_or("?"),
                why};
  for (std::string& cell : made) cell = printable(std::move(cell));
  return made;
}

void sort_topology(std::vector<topology_row>& rows) {
  std::sort(rows.begin(), rows.end(),
            [](const topology_row& a, const topology_row& b) { return sort_key(a) < sort_key(b); });
}

std::string render_table(const std::vector<topology_row>& rows, bool in_color) {
  const cells header = [] {
    cells names;
    std::copy(table_header.begin(), table_header.end(), names.begin());
    return names;
  }();
  std::vector<cells> lines;
  std::array<std::size_t, columns> widths{};
  for (std::size_t i = 0; i < columns; ++i) widths[i] = header[i].size();
  for (const topology_row& row : rows) {
    lines.push_back(describe_row(row));
    for (std::size_t i = 0; i < columns; ++i) {
      widths[i] = std::max(widths[i], lines.back()[i].size());
    }
  }
  std::string text;
  append_line(text, header, widths, {in_color ? bold : std::string_view(), columns});
  for (const cells& line : lines) {
    std::string_view color;
    if (in_color) color = line[ready_column] == "yes" ? green : red;
    append_line(text, line, widths, {color, ready_column});
  }
  for (const topology_row& row : rows) {
    if (!row.report) continue;
    for (const std::string& warning : row.report->warnings) {
      text += printable("warning of " + row.pod + ": " + warning) + "\n";
    }
    if (!row.report->lost.empty()) {
      text += printable("lost of " + row.pod + ": " + row.report->lost) + "\n";
    }
  }
  return text;
}

}  // namespace redis_agent::core
