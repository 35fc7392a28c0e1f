// What this agent knows of its pod's certificates: those that Redis is to have, why others are not
// taken, and which one Redis shows. Nothing of it without --tls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/configuration/certificates.hpp"

namespace redis_agent::core {

struct certificate_memory {
  bool is_used = false;
  std::optional<certificate_facts> installed;  // where Redis reads them
  std::string trouble;         // why what the Secret has is not installed, "" if it is
  bool is_reload_due = false;  // Redis has not been told to read them since
  std::string served;          // the fingerprint of what Redis shows, "" until it was looked at
  std::int64_t served_until = 0;
  std::uint64_t reload_failures = 0;
  std::int64_t looked_at = 0;  // in Unix seconds, as dates in certificates are
};

// Redis shows another certificate than the one that it is to have.
bool serves_another(const certificate_memory& known);

// What Redis is to have ends soon, or has ended.
bool ends_soon(const certificate_memory& known);

// What a person has to know, each a sentence.
std::vector<std::string> certificate_warnings(const certificate_memory& known);

}  // namespace redis_agent::core
