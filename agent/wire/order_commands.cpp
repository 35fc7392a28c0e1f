#include "wire/order_commands.hpp"

namespace redis_agent::wire {

std::vector<command> commands_for(const core::order& order) {
  std::vector<command> commands;
  for (const core::step step : order.steps) {
    commands.push_back(core::words_of(step, order));
    // What it has then, since it answers nothing after that.
    if (step == core::step::pause_clients) commands.push_back({"INFO", "replication"});
  }
  if (commands.size() > 1) {
    commands.insert(commands.begin(), {"MULTI"});
    commands.push_back({"EXEC"});
  }
  return commands;
}

}  // namespace redis_agent::wire
