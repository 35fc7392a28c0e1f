#include <algorithm>

#include "core/readiness/verdict.hpp"
#include "core/safety/gate.hpp"
#include "core/safety/rope.hpp"
#include "world.hpp"

namespace redis_agent::simulation {
namespace {

// An agent may learn of a restart one poll late, and a kubelet asks once a second.
constexpr std::size_t first_writes = 20;  // may still be on their way to one of the replicas
constexpr duration ready_while_empty_max = 1500ms;

}  // namespace

std::string world::check_safety() {
  for (simulated_pod& p : pods_) {
    if (!p.server || !p.server->is_running() || p.name == pods_.front().name) continue;
    for (const int number : p.server->data().numbers()) {
      if (std::binary_search(acknowledged_.begin(), acknowledged_.end(), number)) {
        protected_.insert(number);
      }
    }
  }
  if (!reported_violation_.empty()) return reported_violation_;
  if (std::string violation = check_writable(); !violation.empty()) return violation;
  if (std::string violation = check_protected(); !violation.empty()) return violation;
  return check_ready();
}

std::string world::check_writable() const {
  if (has_promoted_by_hand_) return {};
  std::vector<std::string> writable;
  for (const simulated_pod& p : pods_) {
    if (p.server && p.server->is_running() && !p.server->binds_loopback_only() &&
        p.server->accepts_writes()) {
      writable.push_back(p.name);
    }
  }
  return writable.size() < 2 ? "" : "two take writes: " + writable[0] + ", " + writable[1];
}

std::set<int> world::held_anywhere() const {
  std::set<int> held;
  const auto add = [&](const dataset& data) {
    held.insert(data.numbers().begin(), data.numbers().end());
  };
  for (const simulated_pod& p : pods_) {
    if (p.server) add(p.server->data());
    if (p.files.aof) {  // then a server loads nothing else
      add(*p.files.aof);
    } else if (p.files.rdb) {
      add(p.files.rdb->data);
    }
  }
  return held;
}

std::string world::check_protected() {
  if (needed_a_person_) return {};  // who may have given something up
  const std::set<int> held = held_anywhere();
  for (const int number : protected_) {
    if (!held.contains(number)) return "write " + std::to_string(number) + " is gone from all";
  }
  return {};
}

std::string world::check_ready() {
  for (simulated_pod& p : pods_) {
    const bool is_wrong = protected_.size() > first_writes && p.server && p.server->answers() &&
                          p.agent && !p.agent_is_paused && p.server->data().empty() &&
                          p.agent->calls_itself_ready(now_);
    if (!is_wrong) {
      p.empty_and_ready_since.reset();
      continue;
    }
    if (!p.empty_and_ready_since) p.empty_and_ready_since = now_;
    if (now_ - *p.empty_and_ready_since > ready_while_empty_max) {
      return p.name + " is ready and empty";
    }
  }
  return {};
}

std::string world::check_healed() const {
  for (const simulated_pod& p : pods_) {
    if (!p.server || !p.agent) return p.name + " is not there";
    if (!p.agent->calls_itself_ready(now_)) {
      return p.name + ": " + core::decide(p.agent->memory(), p.settings, now_).explanation;
    }
  }
  const dataset& whole = pods_.front().server->data();
  for (const simulated_pod& p : pods_) {
    if (p.server->data() != whole) {
      return p.name + " has " + std::to_string(p.server->data().size()) + " keys, the primary " +
             std::to_string(whole.size());
    }
  }
  if (needed_a_person_) return {};
  for (const int number : protected_) {
    if (!whole.contains(number)) return "write " + std::to_string(number) + " is lost";
  }
  return {};
}

// What a person does who reads why a pod is not ready: gives up one of two histories that have each
// what the other lacks, or accepts that what was there is nowhere any more. Asked for the latter
// while a replica or a volume has it, they would lose it for nothing.
std::string world::decide_as_a_person() {
  for (simulated_pod& p : pods_) {
    if (!p.agent) continue;
    const core::gate_ruling gate = core::decide_gate(p.agent->memory(), p.settings, now_);
    const core::rope_ruling rope = core::decide_rope(p.agent->memory(), p.settings, now_);
    const bool gate_holds = gate.act == core::gate_act::hold;
    const bool rope_holds =
        rope.why == core::refusal::behind || rope.why == core::refusal::another_history;
    if (!gate_holds && !rope_holds) continue;
    if (gate.rule == 7 && !protected_.empty() && !needed_a_person_) {
      return "a person is asked to accept a loss that is none: " + gate.evidence;
    }
    const redis_model* const primary = pods_.front().server.get();
    if (rope_holds && primary != nullptr && primary->data().empty() && !p.server->data().empty()) {
      return "a person is asked to give up data for an empty primary: " + rope.evidence;
    }
    const std::string kept = gate.rule == 7 ? "mine" : "theirs";
    note("a person at " + p.name + " keeps " + kept + ": " +
         (gate_holds ? gate.evidence : rope.evidence));
    p.agent->hear_a_person(kept, now_);
    needed_a_person_ = true;
    decisions_.insert(gate.rule);
  }
  return {};
}

}  // namespace redis_agent::simulation
