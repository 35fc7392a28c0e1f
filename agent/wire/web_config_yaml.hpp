// The YAML of --web-config-file -> its values. Strict, as exporter-toolkit is: a key that is not
// known is a failure, and so is one that it knows and the agent does not.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/configuration/web_config.hpp"

namespace redis_agent::wire {

// Names of files that begin with no slash are those of `folder`. The failure names the key and what
// would be right, and shows no hash.
core::result<core::web_config> parse_web_config(std::string_view yaml, const std::string& folder);

}  // namespace redis_agent::wire
