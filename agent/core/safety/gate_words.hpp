// What the gate's rules say of pods, for safety's own files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/safety/gate.hpp"

namespace redis_agent::core {

// "2,000 keys and 1 library of functions"
std::string describe_data(std::int64_t keys, std::int64_t functions);

std::string describe(const pod_facts& pod);
std::string describe_own(const gate_facts& facts);

// One that is there and does not tell what it has.
std::string describe_refusal(const std::string& pod, const std::string& refusal);

std::string describe_missing(const std::vector<missing_pod>& pods);
std::string describe_unknown(absence why);

}  // namespace redis_agent::core
