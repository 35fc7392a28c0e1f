#include "core/safety/remedy.hpp"

#include <algorithm>
#include <utility>

#include "core/safety/ending.hpp"
#include "core/safety/gate.hpp"
#include "core/safety/rope.hpp"

namespace redis_agent::core {
namespace {

// The anchor is this agent's listener that holds a donor's link up and sends nothing
// (wire/anchor_session.hpp). Its address is the one by which the agent reaches the donor.
endpoint anchor_for(const pod_memory& pod, const settings& s) {
  return {pod.report.own_address, s.anchor_port};
}

bool is_anchored(const pod_memory& pod, const settings& s) {
  const auto& link = pod.report.replication.link;
  return link && link->primary == anchor_for(pod, s);
}

std::vector<order> catch_up(const memory& m, const settings& s, const gate_ruling& ruling) {
  const auto found = m.pods.find(ruling.donor);
  if (found == m.pods.end()) return {};
  const pod_memory& donor = found->second;
  const bool is_held = is_anchored(donor, s);
  // Without a place a replica cannot be held where it is: it first takes its data for a stream of
  // its own.
  const bool place = has_a_place(donor.report.replication);
  if (!is_held || (!place && !donor.report.replication.link->is_up)) {
    order hold{peer::pod, found->first, {}, anchor_for(donor, s), ruling.evidence};
    if (!place) hold.steps.push_back(step::stand_alone);
    hold.steps.push_back(step::follow);
    return {hold};
  }
  const bool is_noted = m.remembered && m.remembered->is_copying;
  if (!donor.report.replication.link->is_up || !is_noted) return {};
  const endpoint where{donor.report.server_address, s.primary.port};
  const auto& link = m.replication->link;
  if (link && link->primary == where) return {};
  return {order{peer::redis, "", {step::follow}, where, ruling.evidence}};
}

order open_gate(const memory& m, const gate_ruling& ruling) {
  order open{peer::redis, "", {}, {}, ruling.evidence};
  if (m.replication->link) open.steps.push_back(step::stand_alone);
  if (binds_locally(m)) open.steps.push_back(step::listen_everywhere);
  return open;
}

// Opened before a pod with data could be heard, and nobody has written or copied yet: nothing is
// lost by closing again, and the pod's data can be had.
bool opened_too_early(const memory& m, const settings& s, instant now) {
  const bool is_in_use = !m.details || m.details->keys > 0 || m.replication->connected_replicas > 0;
  if (is_in_use) return false;
  const gate_facts facts = assess_gate(m, s, now);
  return facts.answers &&
         std::any_of(facts.pods.begin(), facts.pods.end(), [&](const pod_facts& pod) {
           return pod.keys > 0 && !pod.serves_as_primary && !carries(facts.own, pod.history);
         });
}

std::vector<order> serve(const memory& m, const settings& s, instant now) {
  if (m.redis.condition != link_condition::up || !m.volume_is_read) return {};
  if (opened_too_early(m, s, now)) {
    return {order{peer::redis,
                  "",
                  {step::follow},
                  parking_place(),
                  "this pod is empty, and a replica has data"}};
  }
  std::vector<order> orders;
  const lineage own = own_lineage(m);
  for (const auto& [name, pod] : m.pods) {
    if (!is_anchored(pod, s) || !carries(own, lineage_of_pod(pod))) continue;
    orders.push_back({peer::pod,
                      name,
                      {step::follow},
                      {pod.report.own_address, s.redis_port},
                      "it was copied from, and this pod serves again"});
  }
  return orders;
}

std::vector<order> choose_for_primary(const memory& m, const settings& s, instant now) {
  if (s.gate == gate_choice::direct || !m.replication) return {};
  if (m.redis.condition == link_condition::up && m.server && m.server->is_shutting_down) {
    if (!waits_for_the_hopeless(*m.replication)) return {};
    return {order{peer::redis,
                  "",
                  {step::drop_replicas},
                  {},
                  "it ends, and waits for replicas that will not be in time"}};
  }
  if (const auto length = choose_pause(m, s, now)) {
    return {order{.steps = {step::pause_clients},
                  .why = "its end is announced, and its replicas are to have all",
                  .length = *length}};
  }
  const gate_ruling ruling = decide_gate(m, s, now);
  switch (ruling.act) {
    case gate_act::none: return serve(m, s, now);
    case gate_act::wait:
    case gate_act::hold: return {};
    case gate_act::demote:
      return {order{peer::pod, ruling.donor, {step::follow}, parking_place(), ruling.evidence}};
    case gate_act::catch_up: return catch_up(m, s, ruling);
    case gate_act::open: break;
  }
  // What it opens with is on the volume first: a crash in between must not forget it.
  const bool is_noted = m.remembered && m.remembered->history.id == own_lineage(m).id && m.server &&
                        m.remembered->run_id == m.server->run_id && !m.remembered->is_copying;
  return is_noted ? std::vector<order>{open_gate(m, ruling)} : std::vector<order>{};
}

std::vector<order> choose_for_replica(const memory& m, const settings& s, instant now) {
  const rope_ruling ruling = decide_rope(m, s, now);
  if (ruling.act != rope_act::follow && ruling.act != rope_act::park) return {};
  return {order{peer::redis, "", {step::follow}, ruling.to, ruling.evidence}};
}

// What was empty belongs to whom it copies from. Only a primary that serves, has data and knows of
// no other is a cluster of its own.
std::string choose_cluster_id(const memory& m, bool serves, instant now) {
  if (m.remembered && !m.remembered->cluster_id.empty()) return m.remembered->cluster_id;
  if (m.derived == role::replica) return {};
  for (const auto& [name, pod] : m.pods) {
    const bool is_ours = pod.said && !pod.said->cluster_id.empty() &&
                         are_related(lineage_of_pod(pod), own_lineage(m));
    if (is_ours) return pod.said->cluster_id;
  }
  // Their agents may not have been heard yet.
  const bool is_alone = m.pods.empty() || now - m.run_began_at >= introduction_max;
  const bool has_begun = serves && m.details->keys > 0;
  return has_begun && is_alone ? m.fresh_cluster_id : "";
}

// Pods that DNS lists besides this one.
std::int64_t count_others(const memory& m) {
  if (!m.service_name.answer) return 0;
  const auto& pods = m.service_name.answer->targets;
  return std::count_if(pods.begin(), pods.end(),
                       [&](const service_target& t) { return first_label(t.host) != m.pod; });
}

// That of the run before this one, if anything is known of it.
std::optional<end_proof> choose_last_end(const memory& m) {
  if (!m.remembered || !m.remembered->last_end) return std::nullopt;
  const end_proof& last = *m.remembered->last_end;
  const bool is_this_run = last.run_id == m.server->run_id;
  const bool is_the_last =
      last.run_id == m.remembered->run_id || m.remembered->run_id == m.server->run_id;
  return !is_this_run && is_the_last ? m.remembered->last_end : std::nullopt;
}

volume_memory draw_up(const memory& m, bool serves, instant now) {
  volume_memory kept;
  kept.cluster_id = choose_cluster_id(m, serves, now);
  kept.run_id = m.server->run_id;
  kept.history = own_lineage(m);
  kept.keys = m.details->keys;
  kept.replicas = m.remembered ? m.remembered->replicas : 0;
  kept.last_end = choose_last_end(m);
  return kept;
}

std::optional<volume_memory> remember_as_primary(const memory& m, const settings& s, instant now) {
  const bool serves = !gate_is_closed(m, s);
  volume_memory kept = draw_up(m, serves, now);
  if (serves) {
    if (m.replication->server_role == role::replica) return std::nullopt;
    kept.history.is_estimate = false;
    kept.replicas = std::max(m.replication->connected_replicas, count_others(m));
    return kept;
  }
  const gate_ruling ruling = decide_gate(m, s, now);
  if (ruling.act == gate_act::catch_up) {  // what was remembered stays, until the copy is whole
    if (m.remembered) kept = *m.remembered;
    kept.is_copying = true;
    return kept;
  }
  if (ruling.act != gate_act::open) return std::nullopt;
  const gate_facts facts = assess_gate(m, s, now);
  kept.history = facts.own;
  for (const pod_facts& pod : facts.pods) {
    if (pod.keys > 0) absorb(kept.history, pod.history);
  }
  return kept;
}

std::optional<volume_memory> remember_as_replica(const memory& m, instant now) {
  volume_memory kept = draw_up(m, false, now);
  // A name that its server has invented at its start is noted, since it may be an ancestor soon.
  if (!tells_its_history(*m.replication) && kept.keys > 0 && m.remembered) return kept;
  if (m.sync.phase != sync_phase::in_sync || !m.primary_replication) return std::nullopt;
  const bool is_another = speaks_for_another_cluster(m, now) && m.kept != "theirs";
  if (is_another && is_foreign(*m.replication, m.remembered)) return std::nullopt;
  const statement* const said = word_of_primary(m);
  if (said != nullptr && !is_another && !said->cluster_id.empty()) {
    kept.cluster_id = said->cluster_id;
  }
  kept.history = join_history(std::move(kept.history), lineage_of_primary(m));
  kept.history.is_estimate = false;
  return kept;
}

}  // namespace

std::vector<std::string> words_of(step s, const order& of) {
  switch (s) {
    case step::stand_alone: return {"REPLICAOF", "NO", "ONE"};
    case step::follow: return {"REPLICAOF", of.to.host, std::to_string(of.to.port)};
    case step::drop_replicas: return {"CLIENT", "KILL", "TYPE", "replica"};
    case step::listen_everywhere: return {"CONFIG", "SET", "bind", "* -::*"};
    case step::pause_clients: {
      const auto length = std::chrono::ceil<std::chrono::milliseconds>(of.length);
      return {"CLIENT", "PAUSE", std::to_string(length.count())};
    }
  }
  return {};
}

std::string describe(const order& o) {
  std::string text;
  for (const step s : o.steps) {
    if (!text.empty()) text += "; ";
    std::string separator;
    for (const std::string& word : words_of(s, o)) {
      const bool is_several = word.find(' ') != std::string::npos;
      text += separator + (is_several ? '"' + word + '"' : word);
      separator = " ";
    }
  }
  return text;
}

std::string describe_decision(const memory& m, const settings& s, instant now) {
  if (m.derived == role::primary) {
    const gate_ruling ruling = decide_gate(m, s, now);
    if (ruling.act == gate_act::none) return {};
    std::string from = ruling.act == gate_act::catch_up ? " from " : " ";
    from = ruling.donor.empty() ? "" : from + ruling.donor;
    return std::string(to_text(ruling.act)) + from + " (rule " + std::to_string(ruling.rule) +
           "): " + ruling.evidence;
  }
  const rope_ruling ruling = decide_rope(m, s, now);
  const bool is_refused = ruling.why != refusal::none;
  return is_refused ? std::string(to_text(ruling.why)) + ": " + ruling.evidence : std::string();
}

std::vector<order> choose(const memory& m, const settings& s, instant now) {
  return m.derived == role::primary ? choose_for_primary(m, s, now) : choose_for_replica(m, s, now);
}

duration detail_interval(const memory& m, const settings& s, instant now) {
  const bool is_empty = m.details && m.details->keys == 0;
  const bool is_decisive = is_empty || gate_is_closed(m, s) || end_is_under_way(m, s, now);
  return is_decisive ? duration{} : s.detail_interval;
}

std::optional<volume_memory> choose_memory(const memory& m, const settings& s, instant now) {
  const bool is_known = m.redis.condition == link_condition::up && m.volume_is_read &&
                        m.volume_is_checked && m.replication && m.server && m.details &&
                        !m.loading.is_under_way();
  std::optional<volume_memory> kept;
  if (is_known) {
    kept =
        m.derived == role::primary ? remember_as_primary(m, s, now) : remember_as_replica(m, now);
  }
  // Its clients are paused, or it has ended: it answers no more, and its replicas still tell.
  if (const auto proof = prove_end(m, s, now)) {
    if (!kept) kept = m.remembered;
    if (kept) kept->last_end = proof;
  }
  return kept;
}

std::optional<volume_memory> choose_last_memory(const memory& m) {
  const bool has_ended = m.redis.condition == link_condition::refused;
  const bool served = m.derived == role::primary && m.server && m.details && serves_as_primary(m);
  if (!has_ended || !served || !m.has_aof || !m.remembered) return std::nullopt;
  volume_memory kept = *m.remembered;
  kept.ended_cleanly = true;
  return kept;
}

}  // namespace redis_agent::core
