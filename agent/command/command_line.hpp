// argv and the environment to settings, by CLI11: the flags of a subcommand, their variables,
// --help and --version. The values are judged by core/settings; all complaints come at once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/configuration/settings.hpp"

namespace redis_agent::command {

struct command_line {
  core::subcommand command{};
  core::settings settings;
};

// nullopt: there is nothing to run, and `exit_code` says how to end (0 after --help and --version,
// 2 after complaints, which have been printed).
struct parsed_command_line {
  std::optional<command_line> run;
  int exit_code = 0;
};

parsed_command_line parse_command_line(int argc, const char* const* argv);

extern const char* const agent_version;

}  // namespace redis_agent::command
