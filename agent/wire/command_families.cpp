#include "wire/command_families.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>

#include "core/server/info.hpp"

namespace redis_agent::wire {
namespace {

using info_lines = std::vector<std::pair<std::string_view, std::string_view>>;

// A script can make up errors, and before 7.2.5 Redis kept all of them.
constexpr std::size_t errors_max = 128;
constexpr double microseconds = 1e6;
constexpr double milliseconds = 1e3;

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  return is_whole ? std::optional(value) : std::nullopt;
}

std::optional<double> number_of(std::string_view list, std::string_view name) {
  const auto text = core::find_attribute(list, name);
  return text ? number_in(*text) : std::nullopt;
}

// The lines whose field begins so, without that.
info_lines lines_of(const info_lines& lines, std::string_view prefix) {
  info_lines found;
  for (const auto& [field, text] : lines) {
    if (field.starts_with(prefix)) found.emplace_back(field.substr(prefix.size()), text);
  }
  return found;
}

struct attribute_family {
  std::string_view attribute;
  std::string_view name;
  std::string_view help;
  double divisor = 1;
  bool is_gauge = false;
};

constexpr std::array command_families = {
    attribute_family{"calls", "redis_commands_total", "Calls of a command"},
    attribute_family{"usec", "redis_commands_duration_seconds_total",
                     "Seconds that a command has taken, all calls together", microseconds},
    attribute_family{"rejected_calls", "redis_commands_rejected_calls_total",
                     "Calls that were refused before they were carried out"},
    attribute_family{"failed_calls", "redis_commands_failed_calls_total",
                     "Calls that failed while they were carried out"},
    attribute_family{"slowlog_count", "redis_commands_slowlog_total",
                     "Calls that were slow enough for the slow log"},
    attribute_family{"slowlog_time_ms_sum", "redis_commands_slowlog_duration_seconds_total",
                     "Seconds that these have taken", milliseconds},
    attribute_family{"slowlog_time_ms_max", "redis_commands_slowlog_duration_seconds_max",
                     "Seconds that the slowest of them took", milliseconds, true},
};

constexpr std::array keyspace_families = {
    attribute_family{"avg_ttl", "redis_db_avg_ttl_seconds",
                     "Seconds until a key with an expiry expires, on average", milliseconds, true},
    attribute_family{"cached_keys", "redis_db_keys_cached", "Keys that are cached", 1, true},
    attribute_family{"subexpiry", "redis_db_keys_with_expiring_items",
                     "Keys that have fields which expire", 1, true},
    attribute_family{"keys_with_volatile_items", "redis_db_keys_with_expiring_items",
                     "Keys that have fields which expire", 1, true},
};

void add_attribute(families& to, const info_lines& lines, const attribute_family& what,
                   std::string_view label_name) {
  std::optional<family> begun;
  for (const auto& [name, text] : lines) {
    const auto value = number_of(text, what.attribute);
    if (!value) continue;
    if (!begun) begun = (what.is_gauge ? gauge : counter)(to, what.name, what.help);
    begun->sample(*value / what.divisor, {{label_name, name}});
  }
}

// A summary needs how often and how long in all, which commandstats have.
void add_percentiles(families& to, const info_lines& latencies, const info_lines& commands) {
  std::optional<family> begun;
  for (const auto& [name, text] : latencies) {
    const auto is_it = [&command = name](const auto& line) { return line.first == command; };
    const auto stats = std::find_if(commands.begin(), commands.end(), is_it);
    if (stats == commands.end()) continue;
    if (!begun) {
      begun = summary(to, "redis_latency_percentiles_usec",
                      "Microseconds that a command takes, by percentile");
    }
    std::vector<quantile> quantiles;
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::string_view item = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), item.size() + 1));
      const auto equals = item.find('=');
      if (!item.starts_with('p') || equals == std::string_view::npos) continue;
      const auto value = number_in(item.substr(equals + 1));
      const auto percent = number_in(item.substr(1, equals - 1));
      if (percent && value) quantiles.push_back({*percent, *value});
    }
    begun->summarize(number_of(stats->second, "usec").value_or(0),
                     number_of(stats->second, "calls").value_or(0), quantiles, {"cmd", name});
  }
}

bool is_database(std::string_view field) {
  return field.starts_with("db") && core::parse_number(field.substr(2)).has_value();
}

}  // namespace

void add_command_families(families& to, const info_lines& lines) {
  const info_lines commands = lines_of(lines, "cmdstat_");
  for (const attribute_family& what : command_families) add_attribute(to, commands, what, "cmd");
  add_percentiles(to, lines_of(lines, "latency_percentiles_usec_"), commands);
  info_lines errors = lines_of(lines, "errorstat_");
  if (errors.size() > errors_max) errors.resize(errors_max);
  add_attribute(to, errors,
                {"count", "redis_errors_total", "Errors that were replied, by their first word"},
                "err");
}

void add_keyspace_families(families& to, const info_lines& lines, std::int64_t databases) {
  info_lines told;
  std::set<std::string_view> names;
  for (const auto& line : lines) {
    if (!is_database(line.first)) continue;
    told.push_back(line);
    names.insert(line.first);
  }
  std::vector<std::string> empty;
  for (std::int64_t i = 0; i < databases; ++i) {
    std::string name = "db" + std::to_string(i);
    if (!names.contains(name)) empty.push_back(std::move(name));
  }
  const auto add = [&](std::string_view attribute, std::string_view name, std::string_view help) {
    family of = gauge(to, name, help);
    for (const auto& [database, text] : told) {
      of.sample(number_of(text, attribute).value_or(0), {{"db", database}});
    }
    for (const std::string& database : empty) of.sample(0, {{"db", database}});
  };
  if (told.empty() && empty.empty()) return;
  add("keys", "redis_db_keys", "Keys of a database");
  add("expires", "redis_db_keys_expiring", "Keys that have an expiry, by database");
  for (const attribute_family& what : keyspace_families) add_attribute(to, told, what, "db");
}

}  // namespace redis_agent::wire
