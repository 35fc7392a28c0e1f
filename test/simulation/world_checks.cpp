// What must not happen: nothing that a replica has had is lost, and all heals.
#include <algorithm>

#include "core/readiness/verdict.hpp"
#include "world.hpp"

namespace redis_agent::simulation {
namespace {

constexpr duration looked_at_within = 400ms;  // a poll, and the order that follows from it

void add(const dataset& data, std::vector<bool>& held) {
  for (const int number : data.numbers()) held[static_cast<std::size_t>(number)] = true;
}

}  // namespace

std::string world::check_safety() {
  give_up_what_strangers_replace();
  count_what_replicas_have();
  watch_names();
  watch_who_can_be_asked();
  if (!reported_violation_.empty()) return reported_violation_;
  if (std::string violation = check_writable(); !violation.empty()) return violation;
  if (std::string violation = check_protected(); !violation.empty()) return violation;
  if (std::string violation = check_orders(); !violation.empty()) return violation;
  if (std::string violation = check_reason_of_gate(); !violation.empty()) return violation;
  return check_ready();
}

void world::watch_names() {
  const simulated_pod& first = primary();
  if (!first.takes_writes || !first.agent || !first.agent->memory().remembered) return;
  const core::lineage& noted = first.agent->memory().remembered->history;
  if (noted.id == last_noted_stream_) return;
  last_noted_stream_ = noted.id;
  noted_streams_.insert(noted.id);
  for (const core::ancestor& older : noted.ancestors) noted_streams_.insert(older.id);
}

// By a person, and there is no agent that would part the two, or it has not looked since.
void world::give_up_what_strangers_replace() {
  if (!stranger_) return;
  for (const auto& p : pods_) {
    const bool is_guarded = p->agent && !p->agent_is_paused && plan_.rope != 0 &&
                            now_ - p->led_astray_at > looked_at_within;
    if (is_guarded || !p->server || !p->server->answers() || !p->server->is_replica()) continue;
    const bool is_astray = p->server->report(now_).replication.link->primary.host == "10.9.9.9";
    if (is_astray) give_up_what_only_it_has(*p);
  }
}

void world::count_what_replicas_have() {
  for (const auto& p : pods_) {
    if (!p->server || !p->server->is_running() || p->index == 0) continue;
    const dataset& data = p->server->data();
    if (p->seen.is_of(data)) continue;
    const bool has_grown = p->seen.is_part_of(data);
    for (std::size_t i = has_grown ? p->seen.size : 0; i < data.size(); ++i) {
      const int number = data.numbers()[i];
      if (number > expired_up_to()) writes_.reach_replica(number);
    }
    for (const int number : data.functions()) {
      if (!given_up_functions_.contains(number)) protected_functions_.insert(number);
    }
    p->seen = outline_of(data);
  }
}

// The file that its server loads at its next start.
const dataset* world::loads_from(const simulated_pod& p) const {
  if (p.files.aof && plan_.appendonly) return &*p.files.aof;
  return p.files.rdb ? &p.files.rdb->data : nullptr;
}

void world::add_held(const simulated_pod& p, std::vector<bool>& held) const {
  if (p.server) add(p.server->data(), held);
  if (const dataset* const file = loads_from(p)) add(*file, held);
}

std::vector<bool> world::held_anywhere(const simulated_pod* but) const {
  std::vector<bool> held(static_cast<std::size_t>(writes_.count()) + 1);
  for (const auto& p : pods_) {
    if (p.get() != but) add_held(*p, held);
  }
  return held;
}

std::set<int> world::functions_held(const simulated_pod* but) const {
  std::set<int> held;
  for (const auto& p : pods_) {
    if (p.get() == but) continue;
    const dataset* const file = loads_from(*p);
    if (file != nullptr) held.insert(file->functions().begin(), file->functions().end());
    if (!p->server) continue;
    const auto functions = p->server->data().functions();
    held.insert(functions.begin(), functions.end());
  }
  return held;
}

bool world::has_only_grown(const simulated_pod& p) const {
  static const dataset nothing;
  const dataset* const file = loads_from(p);
  return p.held.is_part_of(p.server ? p.server->data() : nothing) &&
         p.held_file.is_part_of(file != nullptr ? *file : nothing);
}

void world::note_what_is_held() {
  static const dataset nothing;
  for (const auto& p : pods_) {
    const dataset* const file = loads_from(*p);
    p->held = outline_of(p->server ? p->server->data() : nothing);
    p->held_file = outline_of(file != nullptr ? *file : nothing);
  }
}

std::string world::check_protected() {
  const bool may_have_shrunk =
      std::ranges::any_of(pods_, [&](const auto& p) { return !has_only_grown(*p); });
  if (!may_have_shrunk) {
    note_what_is_held();
    return {};
  }
  const std::vector<bool> held = held_anywhere();
  for (int n = 1; n <= writes_.count(); ++n) {
    if (n <= expired_up_to()) writes_.unprotect(n);
    if (writes_.is_protected(n) && !held[static_cast<std::size_t>(n)]) {
      return "write " + std::to_string(n) + " is gone from all";
    }
  }
  const std::set<int> functions = functions_held();
  for (const int number : protected_functions_) {
    if (!functions.contains(number)) {
      return "function " + std::to_string(number) + " is gone from all";
    }
  }
  note_what_is_held();
  return {};
}

std::string world::check_healed(bool explains) {
  const dataset* const whole = primary().server ? &primary().server->data() : nullptr;
  for (const auto& p : pods_) {
    if (p->is_forced_out) continue;
    if (!p->server || !p->agent || whole == nullptr) return p->name + " is not there";
    if (!p->agent->calls_itself_ready(now_)) {
      return p->name + (explains
                            ? ": " + core::decide(p->agent->memory(), p->settings, now_).explanation
                            : " is not ready");
    }
    if (p->server->data() != *whole) {
      return p->name + " has " + std::to_string(p->server->data().size()) + " keys, the primary " +
             std::to_string(whole->size());
    }
  }
  for (int n = 1; n <= writes_.count(); ++n) {
    if (writes_.is_protected(n) && n > expired_up_to() && !whole->contains(n)) {
      return "write " + std::to_string(n) + " is lost";
    }
  }
  for (const int number : protected_functions_) {
    if (!std::ranges::count(whole->functions(), number)) {
      return "function " + std::to_string(number) + " is lost";
    }
  }
  return {};
}

}  // namespace redis_agent::simulation
