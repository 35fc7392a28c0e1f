#include "wire/metrics_questions.hpp"

#include "core/server/info.hpp"

namespace redis_agent::wire {
namespace {

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

// Where INFO tells a setting, too, that is newer.
void keep_settings(core::metrics_report& report, const core::metrics_report& before) {
  report.maxclients = before.maxclients;
  report.maxmemory = before.maxmemory;
  report.io_threads = before.io_threads;
  report.databases = before.databases;
  if (report.info.empty()) return;
  const core::info_fields info(report.info.front());
  if (report.maxclients) report.maxclients = info.number("maxclients").value_or(*report.maxclients);
  if (report.maxmemory) report.maxmemory = info.number("maxmemory").value_or(*report.maxmemory);
}

}  // namespace

std::vector<command> metrics_commands(const metrics_wanted& wanted) {
  // One INFO with several sections takes a server longer than several with one.
  std::vector<command> commands = {{"INFO"}, {"INFO", "commandstats"}};
  if (wanted.with_latencies) commands.push_back({"INFO", "latencystats"});
  if (wanted.with_settings) {
    for (const char* name : {"maxclients", "maxmemory", "io-threads", "databases"}) {
      commands.push_back({"CONFIG", "GET", name});
    }
  }
  commands.push_back({"SLOWLOG", "LEN"});
  commands.push_back({"SLOWLOG", "GET", "1"});
  commands.push_back({"LATENCY", "LATEST"});
  return commands;
}

core::metrics_report read_metrics(const metrics_wanted& wanted, std::span<const resp_value> replies,
                                  const core::metrics_report& before) {
  core::metrics_report report;
  if (replies.size() != metrics_commands(wanted).size()) return report;
  auto reply = replies.begin();
  for (int parts = wanted.with_latencies ? 3 : 2; parts > 0; --parts, ++reply) {
    if (reply->is_text()) report.info.push_back(reply->text);
  }
  if (wanted.with_settings) {
    for (auto* into :
         {&report.maxclients, &report.maxmemory, &report.io_threads, &report.databases}) {
      *into = directive_in(*reply++);
    }
  } else {
    keep_settings(report, before);
  }
  if (is_number(*reply)) report.slowlog_length = reply->integer;
  take_slowest(report, *++reply);
  take_spikes(report, *++reply);
  return report;
}

}  // namespace redis_agent::wire
