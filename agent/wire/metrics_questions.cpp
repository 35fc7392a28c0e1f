#include "wire/metrics_questions.hpp"

#include "core/server/info.hpp"

namespace redis_agent::wire {
namespace {

// The places of the answers; the INFO of latencies, where it is asked for, comes last.
enum place : std::size_t {
  info,
  info_commands,
  maxclients,
  maxmemory,
  io_threads,
  databases,
  slowlog_length,
  slowlog_last,
  latest_latencies,
  info_latencies
};

std::optional<std::int64_t> directive_in(const resp_value& reply) {
  return reply.items.size() == 2 ? core::parse_number(reply.items[1].text) : std::nullopt;
}

bool is_number(const resp_value& value) { return value.type == resp_value::kind::integer; }

// An entry: its number, when, how long, the command and more (redis.io/commands/slowlog-get).
void take_slowest(core::metrics_report& report, const resp_value& reply) {
  if (reply.items.size() != 1) return;
  const std::vector<resp_value>& entry = reply.items.front().items;
  if (entry.size() < 3 || !is_number(entry[0]) || !is_number(entry[2])) return;
  report.slowlog_last_id = entry[0].integer;
  report.slowlog_last_microseconds = entry[2].integer;
}

// Of each event: its name, when, how long then, how long ever (redis.io/commands/latency-latest).
void take_spikes(core::metrics_report& report, const resp_value& reply) {
  for (const resp_value& item : reply.items) {
    const std::vector<resp_value>& spike = item.items;
    if (spike.size() < 3 || !is_number(spike[1]) || !is_number(spike[2])) continue;
    report.spikes.push_back({spike[0].text, spike[1].integer, spike[2].integer});
  }
}

}  // namespace

std::vector<command> metrics_commands(bool with_latencies) {
  std::vector<command> commands = {{"INFO"},
                                   {"INFO", "commandstats"},
                                   {"CONFIG", "GET", "maxclients"},
                                   {"CONFIG", "GET", "maxmemory"},
                                   {"CONFIG", "GET", "io-threads"},
                                   {"CONFIG", "GET", "databases"},
                                   {"SLOWLOG", "LEN"},
                                   {"SLOWLOG", "GET", "1"},
                                   {"LATENCY", "LATEST"}};
  if (with_latencies) commands.push_back({"INFO", "latencystats"});
  return commands;
}

core::metrics_report read_metrics(std::span<const resp_value> replies) {
  core::metrics_report report;
  if (replies.size() <= latest_latencies) return report;
  for (const place told : {info, info_commands, info_latencies}) {
    if (told < replies.size() && replies[told].is_text()) {
      report.info.push_back(replies[told].text);
    }
  }
  report.maxclients = directive_in(replies[maxclients]);
  report.maxmemory = directive_in(replies[maxmemory]);
  report.io_threads = directive_in(replies[io_threads]);
  report.databases = directive_in(replies[databases]);
  if (is_number(replies[slowlog_length])) report.slowlog_length = replies[slowlog_length].integer;
  take_slowest(report, replies[slowlog_last]);
  take_spikes(report, replies[latest_latencies]);
  return report;
}

}  // namespace redis_agent::wire
