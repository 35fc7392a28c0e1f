// Whether another pod still needs this one's port of plain TCP, by what its agent tells: it is not
// closed (--tls-file says only) before nobody does.
#pragma once

#include <string>

#include "core/configuration/settings.hpp"
#include "core/reporting/status_report.hpp"

namespace redis_agent::core {

// Why, "" if it does not.
std::string why_it_needs_plain_tcp(const status_report& other, const settings& s);

}  // namespace redis_agent::core
