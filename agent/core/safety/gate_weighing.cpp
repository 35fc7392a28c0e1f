#include "core/safety/gate_weighing.hpp"

#include <algorithm>

namespace redis_agent::core {
namespace {

struct holding {
  const lineage& history;
  std::int64_t keys;
};

// With estimates offsets can only refuse. What is left to compare is how much there is.
bool has_all(const holding& mine, const holding& theirs) {
  if (mine.history.id == theirs.history.id) return carries(mine.history, theirs.history);
  const bool is_certain = !theirs.history.is_estimate;
  if (is_certain || !are_related(mine.history, theirs.history)) {
    return carries(mine.history, theirs.history);
  }
  lineage furthest = theirs.history;
  if (!furthest.ancestors.empty()) furthest.ancestors.front().end = whole_stream;
  if (!mine.history.is_estimate && carries(mine.history, furthest)) return true;
  return mine.keys >= theirs.keys &&
         (mine.history.is_estimate || carries(mine.history, theirs.history));
}

bool has_all_of(const pod_facts& a, const pod_facts& b) {
  return has_all({a.history, a.keys}, {b.history, b.keys});
}

// The first to serve under an agent, from an AOF that tells no history: as many keys must do.
bool counts_vouch(const gate_facts& facts, const pod_facts& pod) {
  return !facts.remembered && facts.has_aof && facts.keys >= pod.keys;
}

// This pod's AOF is of the same stream, and whether it came as far as the replica is not known.
bool may_carry(const gate_facts& facts, const pod_facts& pod) {
  return facts.own.is_estimate && !pod.history.is_estimate &&
         carries(what_may_be_part_of(facts.own), pod.history);
}

bool is_uncertain(const gate_facts& facts) {
  return facts.own.is_estimate && facts.has_aof && !facts.end_was_seen;
}

// Among pods that carry each other: the one that is being copied from already, then one that
// answers, then by keys and name, so that two agents and two moments choose alike.
bool is_better(const gate_facts& facts, const pod_facts& a, const pod_facts& b) {
  if ((a.name == facts.followed) != (b.name == facts.followed)) return a.name == facts.followed;
  if (a.silent_for.has_value() != b.silent_for.has_value()) return !a.silent_for;
  if (a.keys != b.keys) return a.keys > b.keys;
  return a.name < b.name;
}

}  // namespace

bool is_carried(const gate_facts& facts, const pod_facts& pod) {
  if (has_all({facts.own, facts.keys}, {pod.history, pod.keys})) return true;
  if (counts_vouch(facts, pod) || (may_carry(facts, pod) && facts.keys >= pod.keys)) return true;
  // What is remembered of the last moments before an end that nobody saw is old: more keys are
  // more.
  return is_uncertain(facts) && !pod.history.is_estimate && facts.keys > pod.keys &&
         are_related(facts.own, pod.history);
}

// Between two estimates the larger counts, and where one offset lies within what the other may be.
bool is_given_up_for(const gate_facts& facts, const pod_facts& donor) {
  if (donor.history.is_estimate) {
    return has_all({donor.history, donor.keys}, {facts.own, facts.keys});
  }
  if (carries(donor.history, facts.own)) {
    return !is_uncertain(facts) || donor.keys >= facts.keys;
  }
  return carries(donor.history, what_is_sure_of(facts.own)) && donor.keys > facts.keys;
}

const pod_facts* find_furthest(const gate_facts& facts, const std::vector<const pod_facts*>& pods) {
  const pod_facts* furthest = nullptr;
  for (const pod_facts* pod : pods) {
    const bool is_whole = std::all_of(pods.begin(), pods.end(), [&](const pod_facts* other) {
      return other == pod || has_all_of(*pod, *other);
    });
    if (is_whole && (furthest == nullptr || is_better(facts, *pod, *furthest))) furthest = pod;
  }
  return furthest;
}

const pod_facts* find_theirs(const gate_facts& facts) {
  std::vector<const pod_facts*> serving;
  std::vector<const pod_facts*> others;
  for (const pod_facts& pod : facts.pods) {
    if (!pod.has_data() || pod.silent_for) continue;
    if (pod.serves_as_primary) serving.push_back(&pod);
    const bool is_here = has_all({facts.own, facts.keys}, {pod.history, pod.keys});
    if (facts.is_half_copied || !is_here) others.push_back(&pod);
  }
  const std::vector<const pod_facts*>& theirs = serving.empty() ? others : serving;
  const pod_facts* donor = nullptr;
  for (const pod_facts* pod : theirs) {
    const bool is_behind = std::any_of(theirs.begin(), theirs.end(), [&](const pod_facts* other) {
      return has_all_of(*other, *pod) && !has_all_of(*pod, *other);
    });
    if (!is_behind && (donor == nullptr || is_better(facts, *pod, *donor))) donor = pod;
  }
  return donor;
}

}  // namespace redis_agent::core
