#include "command/resolve.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <thread>

#include "command/exit_code.hpp"
#include "command/topology.hpp"
#include "command/volume.hpp"
#include "core/failover/decision.hpp"
#include "core/reporting/status_table.hpp"
#include "io/rethrow.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;

int complain(const std::string& text) {
  std::fprintf(stderr, "redis-agent resolve: %s\n", text.c_str());
  return exit_world;
}

const core::status_report* find_own(const topology& found, const core::settings& s) {
  for (const core::topology_row& row : found.rows) {
    if (row.pod == s.pod_name && row.report) return &*row.report;
  }
  return nullptr;
}

std::string describe_loss(const core::settings& s, const topology& found) {
  std::string text = "--keep=" + s.keep + ": ";
  if (s.keep == "theirs") {
    return text + "what " + s.pod_name + " has and the others lack will be lost.";
  }
  text += "what these have and " + s.pod_name + " lacks will be lost:";
  for (const core::topology_row& row : found.rows) {
    if (row.pod == s.pod_name) continue;
    const bool is_known = row.report && row.report->keys;
    text += " " + row.pod + " (" +
            (is_known ? std::to_string(*row.report->keys) + " keys" : "does not answer") + ")";
  }
  return text;
}

bool is_confirmed(const core::settings& s) {
  if (s.yes) return true;
  std::printf("Type the pod's name (%s) to go on: ", s.pod_name.c_str());
  std::fflush(stdout);
  std::string typed;
  std::getline(std::cin, typed);
  return typed == s.pod_name;
}

topology read_topology(const core::settings& s) {
  asio::io_context context(1);
  topology found;
  topology_reader reader(context, s);
  found.trouble = reader.prepare();
  if (!found.trouble.empty()) return found;
  asio::co_spawn(context, reader.read(), [&](const std::exception_ptr& error, topology read) {
    io::rethrow(error);
    found = std::move(read);
    context.stop();
  });
  context.run();
  return found;
}

// The agent looks once a second for what a person has left. "" if it has not taken it.
std::string read_answer(const core::settings& s) {
  constexpr auto piece = std::chrono::milliseconds(50);
  constexpr int pieces = 100;
  for (int i = 0; i < pieces && decision_waits(s.data_dir); ++i) std::this_thread::sleep_for(piece);
  if (decision_waits(s.data_dir)) return {};
  const topology found = read_topology(s);
  const core::status_report* const own = find_own(found, s);
  return own == nullptr ? std::string() : own->answer_to_decision;
}

}  // namespace

int run_resolve(const core::settings& s) {
  const topology found = read_topology(s);
  const core::status_report* const own = find_own(found, s);
  if (own == nullptr) {
    const std::string why = found.trouble.empty() ? "" : " (" + found.trouble + ")";
    return complain("the agent of " + s.pod_name + " does not answer" + why);
  }
  if (own->situation.empty()) {
    return complain("nothing to decide: " + s.pod_name + " is " + own->reason +
                    (own->decision.empty() ? "" : " (" + own->decision + ")"));
  }
  std::printf("%s\n%s %s\n\n%s\n", core::render_table(found.rows, false).c_str(),
              s.pod_name.c_str(), own->decision.c_str(), describe_loss(s, found).c_str());
  if (!is_confirmed(s)) return complain("nothing was changed");
  const auto kept = core::parse_keeping(s.keep).value_or(core::keeping::undecided);
  const auto left = leave_decision(s.data_dir, {kept, own->situation});
  if (!left) return complain(left.error().text);
  const std::string answer = read_answer(s);
  if (answer.empty())
    return complain("the agent has not taken it up yet: see `redis-agent status`");
  if (answer.starts_with(core::refused_answer)) return complain(answer);
  std::printf("%s\n`redis-agent status` shows what comes of it.\n", answer.c_str());
  return exit_ok;
}

}  // namespace redis_agent::command
