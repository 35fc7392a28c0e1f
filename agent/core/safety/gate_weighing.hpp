// Who has what the others have: the comparisons behind the gate's rules 4 to 6, and whom a person
// means by "theirs". For safety's own files.
#pragma once

#include <vector>

#include "core/safety/gate.hpp"

namespace redis_agent::core {

// All that the pod has is here.
bool is_carried(const gate_facts& facts, const pod_facts& pod);

// What is here and the donor lacks may go: the last moments before a crash, which no replica had.
bool is_given_up_for(const gate_facts& facts, const pod_facts& donor);

// The one that has all that the others have; nullptr if none does.
const pod_facts* find_furthest(const gate_facts& facts, const std::vector<const pod_facts*>& pods);

// Whom a person keeps by "theirs": of those that answer and have what is not here, one that none of
// them is ahead of.
const pod_facts* find_theirs(const gate_facts& facts);

}  // namespace redis_agent::core
