#include "core/safety/promotion.hpp"

#include <algorithm>

#include "core/safety/gate_weighing.hpp"

namespace redis_agent::core {

bool is_being_promoted(const memory& m) {
  const lock_memory& lock = m.lock;
  if (!lock.holds()) return false;
  const auto is_of_run = [&](const std::string& run) {
    return m.server && !m.server->run_id.empty() && run == m.server->run_id;
  };
  const bool has_served = lock.served_term == lock.seen->term;
  if (has_served) return is_of_run(lock.served_run);
  return lock.taken_term == lock.seen->term && is_of_run(lock.taken_run);
}

bool is_to_be_given_to(const memory& m, const std::string& name, instant now) {
  const lock_memory& lock = m.lock;
  const auto found = m.pods.find(name);
  if (!lock.holds() || lock.trouble || found == m.pods.end()) return false;
  const pod_memory& pod = found->second;
  const bool is_of_its_history =
      lock.seen->history_id.empty() || names_stream(lineage_of_pod(pod), lock.seen->history_id);
  return lock.seen->lists(name) && is_of_its_history && server_answers(pod, now) &&
         agent_answers(pod, now) && pod.could_take_lock() && !pod.lock->ends &&
         !m.sync.is_whole() && m.sync.phase != sync_phase::receiving;
}

std::string find_usurper(const gate_facts& facts, const lock_memory& lock, instant now) {
  constexpr duration steps_down_within = 3s;  // well before the pause of its writes is over
  const bool has_just_begun = now - lock.role_since < steps_down_within;
  for (const pod_facts& pod : facts.pods) {
    if (has_just_begun && pod.name == lock.given_by) continue;
    if (!pod.silent_for && pod.serves_as_primary) return pod.name;
  }
  return {};
}

std::vector<std::string> find_usurpers_beside(const memory& m, instant now) {
  // Who gave the lock away waits for as long until the route leads here.
  constexpr duration steps_down_within = 10s;
  if (!m.lock.holds() || now - m.lock.role_since < steps_down_within) return {};
  std::vector<std::string> usurpers;
  for (const auto& [name, pod] : m.pods) {
    const bool serves = server_answers(pod, now) && pod.report.server &&
                        pod.report.replication.server_role == role::primary;
    if (!serves || belongs_to_another(m, name, pod.report.server->run_id)) continue;
    if (are_related(lineage_of_pod(pod), own_lineage(m))) usurpers.push_back(name);
  }
  return usurpers;
}

gate_ruling decide_promotion(const gate_facts& facts, duration waited, duration patience) {
  if (!facts.answers) {
    return {gate_act::wait, 1, "",
            "Redis does not answer yet, loads its data or waits for its volume"};
  }
  std::vector<const pod_facts*> ahead;
  for (const pod_facts& pod : facts.pods) {
    if (pod.silent_for >= introduction_max) continue;
    const bool has_mine = facts.is_half_copied || is_given_up_for(facts, pod);
    if (pod.has_data() && has_mine && !is_carried(facts, pod)) ahead.push_back(&pod);
  }
  // This server has only just started: who answers may not have been asked since.
  const auto is_new = [](const missing_pod& pod) { return pod.waited < introduction_max; };
  if (std::any_of(facts.missing.begin(), facts.missing.end(), is_new)) {
    return {gate_act::wait, 1, "", "the other pods have not been asked since this server started"};
  }
  const auto is_silent = [](const pod_facts* pod) { return pod->silent_for.has_value(); };
  const auto missed = std::find_if(ahead.begin(), ahead.end(), is_silent);
  if (missed != ahead.end()) {
    return {gate_act::wait, 5, "", (*missed)->name + " has more, and has only just fallen silent"};
  }
  const pod_facts* const donor = find_furthest(facts, ahead);
  if (donor != nullptr && (waited < patience || facts.is_half_copied)) {
    return {gate_act::catch_up, 5, donor->name, donor->name + " has all that is here, and more"};
  }
  if (facts.is_half_copied) {
    return {gate_act::wait, 5, "", "a copy has broken off, and nobody is there to copy from"};
  }
  return {gate_act::open, 4, "", "this pod holds the lock, and nobody who answers has more"};
}

}  // namespace redis_agent::core
