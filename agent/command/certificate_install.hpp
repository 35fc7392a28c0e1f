// From the mounted Secret to the folder that Redis reads, if what is there is better than what is
// here (core/configuration/certificates.hpp decides), and by which steps (certificate_change.hpp).
// For init, and for the sidecar's thread beside the loop.
#pragma once

#include <optional>
#include <string>

#include "core/configuration/certificate_change.hpp"
#include "core/configuration/certificates.hpp"
#include "core/configuration/settings.hpp"
#include "io/redis_stream.hpp"

namespace redis_agent::command {

struct certificate_look {
  std::optional<core::certificate_facts> installed;  // after it
  std::string trouble;   // why the Secret's are not installed, "" if they are
  bool is_new = false;   // they have just been
  std::int64_t now = 0;  // in Unix seconds

  // What is to come, and is not for this agent alone to say.
  struct patient_step {
    core::certificate_plan plan;
    std::string mark;                // of it and the files that it makes
    io::tls_terms shows_and_trusts;  // what it makes
  };
  std::optional<patient_step> next{};
};

// `due`: the mark of a step that is not to be waited for any more.
certificate_look install_from_secret(const core::settings& s, const std::string& due = {});

}  // namespace redis_agent::command
