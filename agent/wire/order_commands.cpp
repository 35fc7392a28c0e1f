#include "wire/order_commands.hpp"

namespace redis_agent::wire {
namespace {

command command_for(core::step step, const core::endpoint& to) {
  switch (step) {
    case core::step::stand_alone: return {"REPLICAOF", "NO", "ONE"};
    case core::step::follow: return {"REPLICAOF", to.host, std::to_string(to.port)};
    case core::step::drop_replicas: return {"CLIENT", "KILL", "TYPE", "replica"};
    case core::step::listen_everywhere: return {"CONFIG", "SET", "bind", "* -::*"};
  }
  return {"PING"};
}

}  // namespace

std::vector<command> commands_for(const core::order& order) {
  std::vector<command> commands;
  for (const core::step step : order.steps) commands.push_back(command_for(step, order.to));
  if (commands.size() > 1) {
    commands.insert(commands.begin(), {"MULTI"});
    commands.push_back({"EXEC"});
  }
  return commands;
}

}  // namespace redis_agent::wire
