#include "core/failover/decision.hpp"

#include "core/failover/lock.hpp"
#include "core/safety/gate.hpp"
#include "core/safety/rope.hpp"

namespace redis_agent::core {
namespace {

// A donor that is sent to this pod's anchor and does not come.
std::string describe_absence_from_anchor(const memory& m, const settings& s,
                                         const std::string& donor, instant now) {
  constexpr duration arrives_within = 3s;
  const auto found = m.pods.find(donor);
  if (found == m.pods.end() || !found->second.ordered) return {};
  const pod_memory& pod = found->second;
  const auto& link = pod.report.replication.link;
  if (link && link->is_up && is_anchored(m, *link)) return {};
  const bool is_sent_there =
      pod.ordered->order.find(std::to_string(s.anchor_port)) != std::string::npos;
  if (!is_sent_there || now - pod.ordered->first_at < arrives_within) return {};
  return "; it was told " + std::to_string(pod.ordered->times) +
         " times to connect here and does not: can it reach this pod's anchor port " +
         std::to_string(s.anchor_port) + " (a NetworkPolicy)?";
}

// "; not before the volume takes redis-agent.json: it does not answer".
std::string describe_volume(const memory& m, instant now) {
  const std::string trouble = describe_volume_trouble(m, now);
  if (trouble.empty()) return {};
  return std::string("; not before the volume ") + (volume_is_known(m) ? "takes " : "gives ") +
         std::string(volume_memory_file) + ": " + trouble;
}

// Why a step that the rules allow is not taken.
std::string describe_hindrance(const memory& m, const settings& s, const gate_ruling& ruling,
                               instant now) {
  const bool needs_volume = ruling.act == gate_act::open || ruling.act == gate_act::catch_up;
  if (!needs_volume && volume_is_known(m)) return {};
  std::string volume = describe_volume(m, now);
  if (!volume.empty()) return volume;
  if (ruling.act != gate_act::catch_up) return {};
  if (const std::string& refusal = m.sync.link_trouble; !refusal.empty()) {
    return "; it refuses Redis's own link: " + refusal;
  }
  return describe_absence_from_anchor(m, s, ruling.donor, now);
}

// Of a lock that nobody has and this pod does not take.
std::string describe_lock_situation(const memory& m, const settings& s, instant now) {
  if (!m.lock.is_used() || m.derived == role::primary) return {};
  return describe_situation(assess_lock(m, s, now), limits_of(s));
}

}  // namespace

std::string describe_decision(const memory& m, const settings& s, instant now) {
  if (m.derived == role::primary) {
    const gate_ruling ruling = decide_gate(m, s, now);
    if (ruling.act == gate_act::none) return {};
    std::string from = ruling.act == gate_act::catch_up ? " from " : " ";
    from = ruling.donor.empty() ? "" : from + ruling.donor;
    return std::string(to_text(ruling.act)) + from + " (rule " + std::to_string(ruling.rule) +
           "): " + ruling.evidence + describe_hindrance(m, s, ruling, now);
  }
  if (!describe_lock_situation(m, s, now).empty()) {
    const lock_ruling ruling = decide_lock(m, s, now);
    if (ruling.act == lock_act::look) {
      return "leaves the lock (rule 7): " + ruling.evidence +
             "; if no other pod takes it, decide in the one that is to serve: `redis-agent resolve "
             "--keep mine`";
    }
  }
  const rope_ruling ruling = decide_rope(m, s, now);
  const bool is_refused = ruling.why != refusal::none;
  if (!is_refused) return {};
  return std::string(to_text(ruling.why)) + ": " + ruling.evidence +
         (ruling.why == refusal::volume_unknown ? describe_volume(m, now) : "");
}

std::string describe_situation(const memory& m, const settings& s, instant now) {
  if (m.derived == role::primary) {
    if (!gate_is_closed(m, s)) return {};
    return describe_situation(assess_gate(m, s, now), decide_gate(m, s, now));
  }
  std::string of_the_lock = describe_lock_situation(m, s, now);
  if (!of_the_lock.empty()) return of_the_lock;
  const rope_facts facts = assess_rope(m, s, now);
  return describe_situation(facts, decide_rope(facts));
}

person_decided weigh_decision(const memory& m, const settings& s, instant now,
                              const person_decided& word) {
  const std::string situation = describe_situation(m, s, now);
  const std::string kept = "--keep " + std::string(to_text(word.kept));
  if (word.kept == keeping::theirs && situation == describe_lock_situation(m, s, now) &&
      !situation.empty()) {
    return {keeping::undecided,
            {},
            std::string(refused_answer) +
                ": nobody has the lock, and so nothing is followed; expected --keep mine, in the "
                "pod that is to serve"};
  }
  if (!situation.empty() && situation == word.situation) {
    return {word.kept, situation, "taken: " + kept + " for " + situation};
  }
  std::string answer(refused_answer);
  answer += ": " + kept + " was decided for another situation (" + word.situation + "); now ";
  answer += situation.empty() ? "there is nothing to decide" : "it is " + situation;
  return {keeping::undecided, {}, std::move(answer)};
}

}  // namespace redis_agent::core
