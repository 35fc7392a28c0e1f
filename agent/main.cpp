// redis-agent: one program for every pod of a Redis StatefulSet. See agent/ARCHITECTURE.md.
#include <csignal>
#include <cstdio>
#include <exception>

#include "command/check.hpp"
#include "command/command_line.hpp"
#include "command/exit_code.hpp"
#include "command/init.hpp"
#include "command/password.hpp"
#include "command/resolve.hpp"
#include "command/sidecar.hpp"
#include "command/status.hpp"
#include "command/switchover.hpp"

namespace {

int run(const redis_agent::command::command_line& line) {
  namespace command = redis_agent::command;
  switch (line.command) {
    case redis_agent::core::subcommand::init: return command::run_init(line.settings);
    case redis_agent::core::subcommand::sidecar: return command::run_sidecar(line.settings);
    case redis_agent::core::subcommand::status: return command::run_status(line.settings);
    case redis_agent::core::subcommand::resolve: return command::run_resolve(line.settings);
    case redis_agent::core::subcommand::switchover: return command::run_switchover(line.settings);
    case redis_agent::core::subcommand::check: return command::run_check(line.settings);
  }
  return command::exit_settings;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    redis_agent::command::keep_memory_private();
    std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of the write
    const auto parsed = redis_agent::command::parse_command_line(argc, argv);
    return parsed.run ? run(*parsed.run) : parsed.exit_code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "redis-agent: %s\n", error.what());
    return redis_agent::command::exit_world;
  }
}
