// Another pod's agent, asked for its report: GET /status, or /status?recent.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "command/agent_doors.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/reporting/status_report.hpp"
#include "io/http_client.hpp"

namespace redis_agent::command {

// A pod's agent, which may listen by one family of its addresses alone.
struct agent_places {
  const agent_doors& doors;
  std::string pod;
  std::vector<std::string> addresses;
  std::string* answered_at = nullptr;  // is to be the one of them that has answered
  io::http_line* line = nullptr;       // of one who asks again soon
};

// At the first of them that answers. The failure says what went wrong, or what the agent answered
// instead.
boost::asio::awaitable<core::result<core::status_report>> ask_agent(agent_places agent,
                                                                    core::duration timeout,
                                                                    std::string target = "/status");

}  // namespace redis_agent::command
