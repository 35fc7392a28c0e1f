#include "core/safety/gate_weighing.hpp"

#include <algorithm>

namespace redis_agent::core {
namespace {

struct holding {
  const lineage& history;
  std::int64_t keys;
  std::int64_t functions;
  bool was_in_sync = false;
  std::optional<ancestor> bound{};
  bool bound_is_old = false;
  std::optional<noted_offset> noted{};
  bool has_untold_aof = false;
};

holding holding_of(const gate_facts& facts) {
  return {facts.own, facts.keys, facts.functions, facts.was_in_sync};
}

holding holding_of(const pod_facts& pod) {
  return {pod.history, pod.keys,         pod.functions, pod.was_in_sync,
          pod.bound,   pod.bound_is_old, pod.noted,     pod.has_untold_aof};
}

bool is_as_much(const holding& a, const holding& b) {
  return a.keys >= b.keys && a.functions >= b.functions;
}

bool is_more(const holding& a, const holding& b) { return is_as_much(a, b) && !is_as_much(b, a); }

// Where it is known what an estimate cannot be beyond.
bool carries_all_that_may_be(const lineage& mine, const holding& theirs) {
  return theirs.bound && !theirs.bound_is_old && carries_up_to(mine, theirs.history, *theirs.bound);
}

// It left, and the other one is known to have gone on: whether that one's AOF has what came then
// is not for a count to say.
bool left_before(const holding& one, const lineage& other) {
  return one.bound && !one.was_in_sync && reaches(other, one.bound->id, one.bound->reach + 1);
}

// It was away when the other one was still fed: that is surely beyond all that this one may have,
// or has heard more of their primary than this one has come to.
bool was_away_before(const holding& one, const holding& other) {
  const auto& noted = other.noted;
  if (noted && names_stream(one.history, noted->id) &&
      !reaches(one.history, noted->id, noted->offset)) {
    return true;
  }
  const auto& bound = one.bound;
  if (left_before(one, other.history)) return true;
  return bound && may_end_at(one.history, bound->id, bound->reach) &&
         !carries({bound->id, bound->reach}, what_is_sure_of(other.history));
}

// As far as one of them is known to have heard of their primary.
bool has_come_to(const lineage& history, const std::optional<noted_offset>& noted) {
  return !noted || reaches(history, noted->id, noted->offset);
}

// One that was in sync with the primary, and ran on when that and the other one ended, has what
// they had but for their last moments.
bool outlived(const holding& mine, const holding& theirs) {
  return mine.was_in_sync && is_as_much(mine, theirs) && carries(mine.history, theirs.history) &&
         has_come_to(mine.history, theirs.noted);
}

// An estimate of an older stream may be one of any later stream too: what is remembered of it is
// where it was at least.
bool carries_wherever_it_ends(const lineage& mine, const holding& theirs) {
  if (!theirs.history.is_estimate) return carries(mine, theirs.history);
  return surely_carries(mine, theirs.history) || carries_all_that_may_be(mine, theirs);
}

// With estimates offsets decide only where it is known what one cannot be beyond. What is left to
// compare is how much there is, of two that end in the same stream and may be at the same place in
// it: whoever has written on since has more, or fewer, for that reason alone. An AOF that was not
// written to any more surely is at another one.
bool has_all(const holding& mine, const holding& theirs) {
  if (mine.history.id == theirs.history.id) return carries(mine.history, theirs.history);
  if (carries_what_was_left(mine.history, theirs.history)) return true;
  const bool can_be_counted = theirs.history.is_estimate && last_written_stream(mine.history) ==
                                                                last_written_stream(theirs.history);
  if (!can_be_counted) return carries_wherever_it_ends(mine.history, theirs);
  if (carries_all_that_may_be(mine.history, theirs)) return true;
  if (mine.history.is_estimate) {
    const bool may_be_old = mine.history.is_stale || mine.has_untold_aof;
    return !may_be_old && !was_away_before(mine, theirs) && is_as_much(mine, theirs);
  }
  if (outlived(mine, theirs)) return true;
  lineage furthest = theirs.history;
  if (!furthest.ancestors.empty()) furthest.ancestors.front().end = whole_stream;
  return carries(mine.history, furthest);
}

bool has_all_of(const pod_facts& a, const pod_facts& b) {
  return has_all(holding_of(a), holding_of(b));
}

// The first to serve under an agent, from an AOF that tells no history: as many keys must do.
bool counts_vouch(const gate_facts& facts, const pod_facts& pod) {
  return !facts.remembered && facts.has_aof && is_as_much(holding_of(facts), holding_of(pod));
}

// It was in sync with the primary until that ended, and has what it is known to have heard of: what
// it lacks of the last moments no replica had.
bool lived_on(const pod_facts& donor) {
  return donor.was_in_sync && has_come_to(donor.history, donor.noted);
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

// The gate has opened without it, and has been written behind since: what counts is how much there
// was then.
bool was_here_when_opened(const gate_facts& facts, const pod_facts& pod) {
  if (!facts.remembered || !facts.remembered->opened || !pod.history.is_estimate) return false;
  const opening_count& opened = *facts.remembered->opened;
  const bool has_gone_back =
      facts.remembered->aof_is_stale || !facts.remembered->gone_back.id.empty();
  return !has_gone_back && names_stream(facts.own, opened.stream) &&
         last_written_stream(pod.history) == opened.stream && opened.keys >= pod.keys &&
         opened.functions >= pod.functions;
}

// As many keys in an AOF of an older volume are no proof: those of a replica may have been written
// over since.
bool is_here(const gate_facts& facts, const pod_facts& pod) {
  if (pod.knows_a_later_volume && pod.history.is_estimate) {
    return surely_carries(facts.own, pod.history);
  }
  return has_all(holding_of(facts), holding_of(pod)) || was_here_when_opened(facts, pod);
}

// Who is copied from answers nobody while it forks for that.
bool is_gone(const gate_facts& facts, const pod_facts& pod) {
  constexpr duration fork_max = 30s;
  return pod.silent_for && (pod.name != facts.followed || *pod.silent_for > fork_max);
}

}  // namespace

// An AOF may have more than is sure of it, and more keys are no proof of that: those of a replica
// may have been deleted or written over since.
bool is_carried(const gate_facts& facts, const pod_facts& pod) {
  // Of an AOF that was left without keys nobody has noted whether it had functions.
  if (facts.has_aof && !facts.has_data() && pod.functions > 0) return false;
  return is_here(facts, pod) || counts_vouch(facts, pod);
}

// Between two estimates the larger counts. A replica that is certainly ahead of what is sure here
// has it, unless there is more here that it may never have had: not where it ran on when this one's
// server ended, whatever was deleted in the last moments.
bool is_given_up_for(const gate_facts& facts, const pod_facts& donor) {
  if (carries_what_was_left(donor.history, facts.own)) return true;
  if (donor.history.is_estimate) return has_all(holding_of(donor), holding_of(facts));
  if (carries(donor.history, facts.own)) {
    return !is_uncertain(facts) || lived_on(donor) ||
           is_as_much(holding_of(donor), holding_of(facts));
  }
  return !left_before(holding_of(donor), facts.own) &&
         carries(donor.history, what_is_sure_of(facts.own)) &&
         is_more(holding_of(donor), holding_of(facts));
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
    if (!pod.has_data() || is_gone(facts, pod)) continue;
    if (pod.serves_as_primary) serving.push_back(&pod);
    if (facts.is_half_copied || !is_here(facts, pod)) others.push_back(&pod);
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
