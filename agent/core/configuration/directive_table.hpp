// What each directive of Redis 5.0 to 8 and Valkey 7.2 to 9 is to the agent, and why. One table:
// test/integration/directives_test.py holds it to what real servers know.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/configuration/redis_conf.hpp"

namespace redis_agent::core {

enum class standing {
  own,         // the agent's lines say it, and win
  judged,      // by rules of its own: who may log in (access.hpp), what is included or renamed
  harmless,    // whatever it says
  notable,     // may change what the agent relies on: a warning
  impossible,  // may be what no pod can live with: init refuses it
};

struct directive_rule {
  std::string_view name;  // "" for a harmless one
  standing kind = standing::harmless;
  std::string_view why;  // and what would be right
  // Whether these values are the ones that matter. nullptr: any.
  bool (*matters)(const std::vector<std::string>& values, const redis_conf_plan& plan) = nullptr;
};

// By any of its names, in lower case. nullopt: nobody has thought about it yet.
std::optional<directive_rule> find_rule(std::string_view name);

}  // namespace redis_agent::core
