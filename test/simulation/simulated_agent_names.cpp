// Whom a simulated agent asks: what DNS and the lock say, and what other agents do.
#include <algorithm>
#include <utility>

#include "core/safety/gate.hpp"
#include "core/safety/rope.hpp"
#include "simulated_agent.hpp"

namespace redis_agent::simulation {
namespace {

// command/sidecar.cpp
constexpr duration calm_interval = 2s;

}  // namespace

// command/sidecar.cpp: a pod that the lock names is found by its address.
void simulated_agent::aim_by_lock() {
  const auto& seen = memory_.lock.seen;
  if (memory_.derived == core::role::primary) {
    primary_ = {};
  } else if (seen && !seen->is_untouched() && !seen->address.empty() &&
             primary_.address != seen->address) {
    primary_ = {seen->address, now_};
  }
}

void simulated_agent::look_up_primary() {
  const auto& held = memory_.lock.seen;
  if (held && !held->is_untouched()) return;
  const auto found =
      around_.find_addresses(pod_, std::string(core::first_label(settings_.primary.host)));
  if (!found || found->empty()) return;
  if (memory_.derived == core::role::primary) {
    return take(core::addresses_resolved{{*found, 5s}}, now_);
  }
  if (primary_.address != found->front()) primary_ = {found->front(), now_};
  take(core::addresses_resolved{{*found, 5s}}, now_);
}

void simulated_agent::look_up_names(instant now) {
  if (now < next_name_) return;
  const auto listed = around_.list_pods(pod_);
  next_name_ = now + 1s;
  if (!listed) {
    take(core::peers_failed{"silent"}, now);
    take(core::addresses_failed{"silent"}, now);
  } else if (listed->empty()) {
    take(core::peers_failed{"no such name", core::absence::no_pods}, now);
  } else {
    core::service_answer answer;
    for (const std::string& name : *listed) answer.targets.push_back({name, 6379});
    take(core::peers_resolved{std::move(answer)}, now);
  }
  look_up_primary();
  if (asks_pods()) look_up_pods();
}

void simulated_agent::look_up_pods() {
  std::map<std::string, target> kept;
  for (const core::service_target& pod : core::pods_to_ask(memory_, "")) {
    const std::string name(core::first_label(pod.host));
    const auto found = around_.find_addresses(pod_, name);
    target& at = kept[name];
    if (const auto known = pods_.find(name); known != pods_.end()) at = known->second;
    if (found && !found->empty() && at.address != found->front()) {
      at = {found->front(), now_};
    }
  }
  pods_ = std::move(kept);
}

void simulated_agent::hear_agents(instant now) {
  next_statement_ = now + settings_.poll_interval;
  if (memory_.derived == core::role::replica) {
    const bool is_there = memory_.primary.condition == core::link_condition::up;
    if (!is_there && !asks_pods()) return;
    heard_at_ = now;
    if (is_there) hear_agent(core::peer::primary, "", memory_.primary_address);
    if (asks_pods()) hear_pods();
    return;
  }
  if (memory_.led_elsewhere_since) {
    hear_agent(core::peer::primary, "", memory_.primary_name.answer->addresses.front());
  }
  if (!core::gate_is_closed(memory_, settings_)) next_statement_ = now + calm_interval;
  hear_pods();
}

void simulated_agent::hear_pods() {
  std::vector<std::pair<std::string, std::string>> known;
  for (const auto& [name, at] : pods_) known.emplace_back(name, at.address);
  for (const auto& [name, address] : known) {
    if (!address.empty()) hear_agent(core::peer::pod, name, address);
  }
}

void simulated_agent::hear_agent(core::peer who, const std::string& pod,
                                 const std::string& address) {
  const core::memory* const other = around_.ask_agent(pod_, address);
  if (other == nullptr || !other->server) return;
  core::statement said = word_of(*other);
  said.lock = around_.ask_for_lock(pod_, address);
  take(core::stated{who, std::move(said), pod}, now_);
}

// As /status has it: of a server that loads nothing but its run.
core::statement simulated_agent::word_of(const core::memory& other) const {
  return core::statement_of(other).value_or(core::statement{
      other.pod, other.remembered ? other.remembered->cluster_id : "", other.server->run_id, {}});
}

}  // namespace redis_agent::simulation
