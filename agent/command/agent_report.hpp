// Another pod's agent, asked for its report: GET /status.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "core/base/address.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/reporting/status_report.hpp"

namespace redis_agent::command {

// The failure says what went wrong, or what the agent answered instead.
boost::asio::awaitable<core::result<core::status_report>> ask_agent(core::endpoint agent,
                                                                    core::duration timeout);

}  // namespace redis_agent::command
