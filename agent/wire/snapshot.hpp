// Everything that an answer is made from, at one moment. Borrowed, not copied: lives as long as
// the call that renders it.
#pragma once

#include <string_view>

#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"
#include "core/reporting/process_usage.hpp"
#include "core/reporting/recent.hpp"
#include "core/reporting/status_table.hpp"
#include "core/reporting/tally.hpp"
#include "core/reporting/web_access.hpp"

namespace redis_agent::wire {

class metrics_page;

struct snapshot {
  const core::memory& seen;
  const core::settings& settings;
  core::instant now;
  core::instant last_turn;  // when the loop's own timer last fired
  std::string_view agent_version;
  // For a scrape, which alone tells them.
  const core::process_usage* process = nullptr;
  const core::tally* counted = nullptr;
  metrics_page* page = nullptr;                 // of the scrapes before this one
  const core::recent_past* past = nullptr;      // for the page,
  const core::topology_rows* others = nullptr;  // as the other pods' agents tell
  const core::web_state* web = nullptr;         // with --web-config-file
  std::string_view way_trouble{};               // why links do not go as --tls-file says
};

}  // namespace redis_agent::wire
