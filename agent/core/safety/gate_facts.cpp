// What the rules of gate.hpp look at, out of what the agent has seen.
#include <algorithm>

#include "core/safety/gate.hpp"
#include "core/safety/rope.hpp"

namespace redis_agent::core {
namespace {

// A pod that has not answered for so long is silent. Longer than one late answer.
constexpr duration pod_contact_max = 3s;

// What was said before this server started does not count: writes came after it.
bool is_heard(const pod_memory& pod, const memory& m, instant now) {
  return pod.report.asked_at >= m.run_began_at && pod.link.condition == link_condition::up &&
         pod.link.reported_at && now - *pod.link.reported_at <= pod_contact_max &&
         pod.report.server && pod.report.details;
}

// Neither its own data nor a sync's is there yet.
bool is_loading(const pod_memory& pod) {
  return pod.report.loading && pod.report.loading->is_under_way();
}

// A server that does not tell where its data comes from has an agent that may.
bool has_introduced_itself(const pod_memory& pod) {
  const replication_report& report = pod.report.replication;
  const bool has_nothing_to_tell =
      pod.report.details->keys == 0 || report.server_role == role::primary;
  if (has_nothing_to_tell || tells_its_history(report)) return true;
  return word_of(pod) != nullptr;
}

// Another cluster's pod, at an address that DNS still has from before.
bool is_foreign(const pod_memory& pod, const memory& m) {
  return pod.said && names_another_cluster(m, *pod.said) &&
         !are_related(lineage_of_pod(pod), own_lineage(m));
}

void add_pods(gate_facts& facts, const memory& m, instant now) {
  if (!m.service_name.answer) return;
  for (const service_target& target : m.service_name.answer->targets) {
    const std::string name(first_label(target.host));
    if (name == m.pod) {
      facts.pods_are_known = true;
      continue;
    }
    const auto known = m.pods.find(name);
    const bool counts =
        known != m.pods.end() && is_heard(known->second, m, now) && !is_loading(known->second) &&
        !is_foreign(known->second, m) &&
        (has_introduced_itself(known->second) || now - m.run_began_at >= introduction_max);
    if (!counts) {
      facts.silent.push_back(name);
      continue;
    }
    const poll_report& report = known->second.report;
    facts.pods.push_back({name, report.details->keys, lineage_of_pod(known->second),
                          report.replication.server_role == role::primary});
  }
}

std::string pod_at(const memory& m, const endpoint& address) {
  for (const auto& [name, pod] : m.pods) {
    if (pod.report.server_address == address.host) return name;
  }
  return {};
}

}  // namespace

bool gate_is_closed(const memory& m, const settings& s) {
  return s.gate != gate_choice::direct && m.derived == role::primary && m.replication &&
         !serves_as_primary(m);
}

gate_facts assess_gate(const memory& m, const settings& s, instant now) {
  gate_facts facts;
  if (m.derived != role::primary || !m.replication) return facts;
  facts.is_closed = gate_is_closed(m, s);
  const auto& link = m.replication->link;
  const bool follows = link && !is_parked(*link);
  facts.is_syncing = follows && m.sync.phase != sync_phase::in_sync;
  facts.answers = m.redis.condition == link_condition::up && m.volume_is_read &&
                  m.volume_is_checked && m.details_are_new && m.redis.reported_at &&
                  now - *m.redis.reported_at <= pod_contact_max &&
                  (facts.is_syncing || !m.loading.is_under_way());
  facts.followed = follows ? pod_at(m, link->primary) : "";
  facts.keys = m.details ? m.details->keys : 0;
  const bool copy_broke_off = m.remembered && m.remembered->is_copying && facts.keys == 0;
  if (!copy_broke_off) facts.own = own_lineage(m);
  facts.has_aof = m.has_aof;
  facts.remembered = m.remembered;
  facts.rdb = m.rdb_at_start;
  facts.waited = now - m.run_began_at;
  facts.kept = m.kept;
  add_pods(facts, m, now);
  if (const auto donor = m.pods.find(facts.followed); donor != m.pods.end()) {
    facts.own = join_history(facts.own, lineage_of_pod(donor->second));
  }
  return facts;
}

gate_ruling decide_gate(const memory& m, const settings& s, instant now) {
  if (!gate_is_closed(m, s)) return {};
  return decide_gate(assess_gate(m, s, now), {s.first_start_wait, s.peer_wait, s.peer_wait_empty,
                                              s.after_peer_wait == opening::open,
                                              s.after_peer_wait_empty == opening::open});
}

}  // namespace redis_agent::core
