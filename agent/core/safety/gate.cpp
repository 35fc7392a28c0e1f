#include "core/safety/gate.hpp"

#include <algorithm>

#include "core/base/units.hpp"

namespace redis_agent::core {
namespace {

bool has_data(const pod_facts& pod) { return pod.keys > 0; }

std::string describe(const pod_facts& pod) {
  return pod.name + " has " + describe_keys(pod.keys) + " at offset " +
         std::to_string(pod.history.offset);
}

std::string describe_own(const gate_facts& facts) {
  return facts.keys == 0 ? "this pod is empty" : "this pod has " + describe_keys(facts.keys);
}

// Without an AOF the RDB was loaded, and keys with a time to live may all have expired since.
bool has_unread_rdb(const gate_facts& facts) {
  if (facts.keys > 0 || !facts.rdb) return false;
  const std::int64_t keys = facts.rdb->keys.value_or(0);
  return facts.has_aof ? keys > 0 : keys > facts.rdb->expiring_keys;
}

// There was data, and nothing shows that it went by a command (FLUSHALL, expiry).
bool is_known_to_have_had_data(const gate_facts& facts) {
  if (!facts.remembered) return has_unread_rdb(facts);
  return (facts.remembered->keys > 0 || facts.remembered->is_copying) &&
         !carries(facts.own, facts.remembered->history);
}

// The first to serve under an agent, from an AOF that tells no history: as many keys must do.
bool counts_vouch(const gate_facts& facts, const pod_facts& pod) {
  return !facts.remembered && facts.has_aof && facts.keys >= pod.keys;
}

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

bool is_carried(const gate_facts& facts, const pod_facts& pod) {
  return has_all({facts.own, facts.keys}, {pod.history, pod.keys}) || counts_vouch(facts, pod);
}

// What this pod has beyond a replica that is certainly ahead of all that is known of it is what no
// replica ever had: the last moments before a crash. Between two estimates the larger counts.
bool is_given_up_for(const gate_facts& facts, const pod_facts& donor) {
  if (!donor.history.is_estimate) return carries(donor.history, facts.own);
  return has_all({donor.history, donor.keys}, {facts.own, facts.keys});
}

bool has_all_of(const pod_facts& a, const pod_facts& b) {
  return has_all({a.history, a.keys}, {b.history, b.keys});
}

// Among pods that carry each other: the one that is being copied from already, then by keys and
// name, so that two agents and two moments choose alike.
bool is_better(const gate_facts& facts, const pod_facts& a, const pod_facts& b) {
  if ((a.name == facts.followed) != (b.name == facts.followed)) return a.name == facts.followed;
  if (a.keys != b.keys) return a.keys > b.keys;
  return a.name < b.name;
}

// The one that has all that the others have; nullptr if none does.
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

std::optional<gate_ruling> rule_1(const gate_facts& facts) {
  if (facts.answers) return std::nullopt;
  return gate_ruling{gate_act::wait, 1, "", "Redis does not answer yet, or loads its data"};
}

std::optional<gate_ruling> rule_2(const gate_facts& facts) {
  for (const pod_facts& pod : facts.pods) {
    if (!pod.serves_as_primary || !has_data(pod)) continue;
    if (facts.kept == "mine") {
      return gate_ruling{gate_act::demote, 2, pod.name, "a person has decided against it"};
    }
    return gate_ruling{gate_act::hold, 2, "",
                       describe(pod) +
                           " and serves as a primary; make it a replica, or decide: `redis-agent "
                           "resolve --keep mine` or `--keep theirs`"};
  }
  return std::nullopt;
}

gate_ruling conflict(const std::string& evidence) {
  return {gate_act::hold, 6, "",
          evidence + "; a person decides: `redis-agent resolve --keep mine` or `--keep theirs`"};
}

// What is to be done about those that have answered: rules 3 to 6.
gate_ruling weigh(const gate_facts& facts) {
  std::vector<const pod_facts*> with_data;
  std::vector<const pod_facts*> not_carried;
  for (const pod_facts& pod : facts.pods) {
    if (!has_data(pod)) continue;
    with_data.push_back(&pod);
    if (facts.is_syncing || !is_carried(facts, pod)) not_carried.push_back(&pod);
  }
  if (not_carried.empty()) {
    if (with_data.empty()) {
      return {gate_act::open, 3, "", "nobody else has data; " + describe_own(facts)};
    }
    return {gate_act::open, 4, "",
            "it carries what " + with_data.front()->name + " and all others that have data hold"};
  }
  const pod_facts* donor = find_furthest(facts, not_carried);
  if (donor == nullptr) {
    return conflict(describe(*not_carried.front()) + ", " + describe(*not_carried.back()) +
                    ", and neither has what the other has");
  }
  const bool loses_nothing = facts.is_syncing || facts.keys == 0 || is_given_up_for(facts, *donor);
  if (!loses_nothing) {
    return conflict(describe(*donor) + ", " + describe_own(facts) +
                    ", and neither has what the other has");
  }
  return {gate_act::catch_up, 5, donor->name, describe(*donor) + "; " + describe_own(facts)};
}

std::string join(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ", ") + name;
  return joined;
}

// Whom rule 7 waits for, "" if there is nobody.
std::string missing(const gate_facts& facts) {
  if (!facts.silent.empty()) return join(facts.silent) + " did not answer";
  if (!facts.pods_are_known) return "DNS does not list the pods";
  const bool may_be_whole =
      !facts.remembered || facts.remembered->ended_cleanly ||
      facts.remembered->replicas <= static_cast<std::int64_t>(facts.pods.size());
  return may_be_whole ? ""
                      : "of " + std::to_string(facts.remembered->replicas) + " replicas only " +
                            std::to_string(facts.pods.size()) + " are there";
}

std::optional<gate_ruling> settle(const gate_facts& facts, duration wait) {
  if (facts.keys > 0 || facts.remembered || facts.waited >= wait) return std::nullopt;
  return gate_ruling{gate_act::wait, 3, "",
                     "this pod is empty and remembers nothing; waiting " + describe_duration(wait) +
                         " for pods that may still come"};
}

// What says that there was data.
std::string recall(const gate_facts& facts) {
  std::string text = "this pod is empty";
  if (facts.remembered) {
    text = facts.remembered->is_copying
               ? "this pod had begun to copy another's data"
               : "this pod is empty and had " + describe_keys(facts.remembered->keys);
  }
  if (!has_unread_rdb(facts)) return text;
  text += "; " + std::string(rdb_file) + " on its volume holds " + describe(*facts.rdb);
  if (!facts.has_aof) return text + ", and Redis has not loaded it";
  return text +
         ": Redis with an AOF does not load it, and overwrites it when it saves or ends. To "
         "have it loaded, order `CONFIG SET save ''`, turn appendonly off and restart";
}

std::optional<gate_ruling> rule_7(const gate_facts& facts, const gate_limits& limits) {
  const bool with_data = facts.keys > 0;
  const std::string who = missing(facts);
  const duration limit = with_data ? limits.with_data : limits.when_empty;
  const std::string so_far = who + " for " + describe_duration(facts.waited);
  const bool is_over = facts.waited >= limit;
  if (!who.empty() && !is_over) {
    return gate_ruling{gate_act::wait, 7, "", who + "; waiting up to " + describe_duration(limit)};
  }
  const bool others_have_data = std::any_of(facts.pods.begin(), facts.pods.end(), has_data);
  if (others_have_data || facts.is_syncing) return std::nullopt;
  if (with_data) {
    if (who.empty() || limits.opens_with_data) return std::nullopt;
    return gate_ruling{gate_act::hold, 7, "", so_far + ", and this pod may have less than they"};
  }
  const bool may_have_been_data =
      is_known_to_have_had_data(facts) || (!who.empty() && !facts.pods_are_known);
  if (!may_have_been_data || limits.opens_when_empty) return std::nullopt;
  std::string evidence = who.empty() ? std::string("nobody else has data") : so_far;
  if (is_known_to_have_had_data(facts)) evidence += "; " + recall(facts);
  return gate_ruling{gate_act::hold, 7, "",
                     evidence +
                         "; bring a replica back, or accept the loss with `redis-agent "
                         "resolve --keep mine`"};
}

// The pods that a person may mean by "theirs": those that have what is not here.
std::vector<const pod_facts*> find_theirs(const gate_facts& facts) {
  std::vector<const pod_facts*> serving;
  std::vector<const pod_facts*> others;
  for (const pod_facts& pod : facts.pods) {
    if (!has_data(pod)) continue;
    if (pod.serves_as_primary) serving.push_back(&pod);
    if (facts.is_syncing || !carries(facts.own, pod.history)) others.push_back(&pod);
  }
  return serving.empty() ? others : serving;
}

std::optional<gate_ruling> keep_theirs(const gate_facts& facts) {
  if (facts.kept != "theirs") return std::nullopt;
  for (const pod_facts& pod : facts.pods) {
    const bool is_copied = pod.name == facts.followed && !pod.serves_as_primary &&
                           !facts.is_syncing && carries(facts.own, pod.history);
    if (!is_copied) continue;
    return gate_ruling{gate_act::open, 6, "", "a person has decided to keep what is here now"};
  }
  const std::vector<const pod_facts*> theirs = find_theirs(facts);
  const pod_facts* donor = nullptr;
  for (const pod_facts* pod : theirs) {
    const bool is_behind = std::any_of(theirs.begin(), theirs.end(), [&](const pod_facts* other) {
      return carries(other->history, pod->history) && !carries(pod->history, other->history);
    });
    if (!is_behind && (donor == nullptr || is_better(facts, *pod, *donor))) donor = pod;
  }
  if (donor == nullptr) return std::nullopt;
  return gate_ruling{gate_act::catch_up, 6, donor->name,
                     "a person has decided to keep theirs; " + describe(*donor)};
}

std::optional<gate_ruling> keep_mine(const gate_facts& facts) {
  if (facts.kept != "mine") return std::nullopt;
  return gate_ruling{gate_act::open, 6, "", "a person has decided to keep this pod's data"};
}

}  // namespace

std::string_view to_text(gate_act act) {
  switch (act) {
    case gate_act::none: return "none";
    case gate_act::wait: return "waits";
    case gate_act::hold: return "holds";
    case gate_act::open: return "opens";
    case gate_act::demote: return "demotes";
    case gate_act::catch_up: return "catches up";
  }
  return "unknown";
}

gate_ruling decide_gate(const gate_facts& facts, const gate_limits& limits) {
  if (!facts.is_closed) return {};
  if (auto ruling = rule_1(facts)) return *ruling;
  if (auto ruling = keep_theirs(facts)) return *ruling;
  if (auto ruling = rule_2(facts)) return *ruling;
  if (auto ruling = keep_mine(facts)) return *ruling;
  gate_ruling weighed = weigh(facts);
  if (weighed.rule == 6) return weighed;
  if (auto ruling = rule_7(facts, limits)) return *ruling;
  if (weighed.rule == 3) return settle(facts, limits.first_start).value_or(weighed);
  return weighed;
}

}  // namespace redis_agent::core
