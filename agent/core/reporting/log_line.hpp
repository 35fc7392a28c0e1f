// One line of the log as a value: what happened, and the fields that say to whom and why.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/configuration/settings.hpp"

namespace redis_agent::core {

constexpr std::string_view to_text(log_level level) {
  switch (level) {
    case log_level::debug: return "debug";
    case log_level::info: return "info";
    case log_level::warning: return "warning";
    case log_level::error: return "error";
  }
  return "error";
}

struct log_line {
  log_level level = log_level::info;
  std::string message;
  std::vector<std::pair<std::string, std::string>> fields;  // name, value

  friend bool operator==(const log_line&, const log_line&) = default;
};

}  // namespace redis_agent::core
