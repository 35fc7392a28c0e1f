// Another pod's agent, asked for its report: GET /status, or /status?recent.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "core/base/address.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/reporting/status_report.hpp"

namespace redis_agent::command {

// The failure says what went wrong, or what the agent answered instead.
boost::asio::awaitable<core::result<core::status_report>> ask_agent(core::endpoint agent,
                                                                    core::duration timeout,
                                                                    std::string target = "/status");

}  // namespace redis_agent::command
