#include "core/reporting/log_limit.hpp"

#include <algorithm>
#include <utility>

#include "core/base/units.hpp"

namespace redis_agent::core {
namespace {

constexpr double lines_at_once = 20;
constexpr double lines_a_second = 1;
constexpr duration silent_after = 10s;

}  // namespace

std::optional<log_line> log_limit::admit(const log_line& line, instant now) {
  const auto [found, is_new] = budgets_.try_emplace(line.message, budget{lines_at_once, now});
  budget& left = found->second;
  const double grown = to_seconds(now - std::exchange(left.filled_at, now)) * lines_a_second;
  left.lines = std::min(lines_at_once, left.lines + grown);
  if (left.lines < 1) {
    ++left.left_out;
    left.left_out_at = now;
    return std::nullopt;
  }
  left.lines -= 1;
  log_line admitted = line;
  const unsigned left_out = std::exchange(left.left_out, 0);
  if (left_out > 0) admitted.fields.emplace_back("left_out", std::to_string(left_out));
  return admitted;
}

std::vector<log_line> log_limit::take_stock(instant now) {
  std::vector<log_line> lines;
  for (auto& [message, left] : budgets_) {
    if (left.left_out == 0 || now - left.left_out_at < silent_after) continue;
    lines.push_back({log_level::info,
                     "lines were left out of the log",
                     {{"of", message}, {"left_out", std::to_string(left.left_out)}}});
    left.left_out = 0;
  }
  return lines;
}

}  // namespace redis_agent::core
