// From the mounted Secret to the folder that Redis reads, if what is there is better than what is
// here (core/configuration/certificates.hpp decides). For init, and for the sidecar's thread beside
// the loop.
#pragma once

#include <optional>
#include <string>

#include "core/configuration/certificates.hpp"
#include "core/configuration/settings.hpp"

namespace redis_agent::command {

struct certificate_look {
  std::optional<core::certificate_facts> installed;  // after it
  std::string trouble;   // why the Secret's are not installed, "" if they are
  bool is_new = false;   // they have just been
  std::int64_t now = 0;  // in Unix seconds
};

certificate_look install_from_secret(const core::settings& s);

}  // namespace redis_agent::command
