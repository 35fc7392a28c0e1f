// Where the sidecar listens: the line in the log that says so, and which setting an address or a
// port comes from that is taken. All containers of a pod share its ports, and whose they are nobody
// sees from "address already in use".
#pragma once

#include <vector>

#include "core/base/address.hpp"
#include "core/base/result.hpp"
#include "core/configuration/settings.hpp"
#include "core/reporting/log_line.hpp"

namespace redis_agent::command {

using opened = core::result<std::vector<core::endpoint>>;

opened name_setting(const char* flag, opened endpoints);

core::log_line started(const core::settings& s, const std::vector<core::endpoint>& listening);

}  // namespace redis_agent::command
