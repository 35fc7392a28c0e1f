// A pod's last minutes as JSON, there and back. For wire/'s own files only.
#pragma once

#include <boost/json.hpp>
#include <optional>

#include "core/reporting/recent.hpp"

namespace redis_agent::wire {

boost::json::object render_recent(const core::recent_report& recent);

// No more of it than an agent tells, whoever has written it; nullopt: there is none.
std::optional<core::recent_report> recent_at(const boost::json::object& object,
                                             boost::json::string_view name);

}  // namespace redis_agent::wire
