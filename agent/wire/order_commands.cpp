#include "wire/order_commands.hpp"

#include <utility>

namespace redis_agent::wire {
namespace {

std::vector<command> commands_for(core::step step, const core::order& of) {
  switch (step) {
    case core::step::stand_alone: return {{"REPLICAOF", "NO", "ONE"}};
    case core::step::follow: return {{"REPLICAOF", of.to.host, std::to_string(of.to.port)}};
    case core::step::drop_replicas: return {{"CLIENT", "KILL", "TYPE", "replica"}};
    case core::step::listen_everywhere: return {{"CONFIG", "SET", "bind", "* -::*"}};
    case core::step::pause_clients:  // what it has then, since it answers nothing after that
      return {{"CLIENT", "PAUSE", core::milliseconds(of.length)}, {"INFO", "replication"}};
  }
  return {};
}

}  // namespace

std::vector<command> commands_for(const core::order& order) {
  std::vector<command> commands;
  for (const core::step step : order.steps) {
    for (command& one : commands_for(step, order)) commands.push_back(std::move(one));
  }
  if (commands.size() > 1) {
    commands.insert(commands.begin(), {"MULTI"});
    commands.push_back({"EXEC"});
  }
  return commands;
}

}  // namespace redis_agent::wire
