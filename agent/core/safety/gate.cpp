#include "core/safety/gate.hpp"

#include <algorithm>

#include "core/base/units.hpp"
#include "core/safety/gate_weighing.hpp"
#include "core/safety/gate_words.hpp"

namespace redis_agent::core {
namespace {

// So long another server may seem to feed a pod whose link has only just ended.
constexpr duration feeding_ends_within = 3s;

// Longer than one late answer, and than a connection takes that was lost.
constexpr duration silent_after = 3s;

// Without an AOF the RDB was loaded, and keys with a time to live may all have expired since.
bool has_unread_rdb(const gate_facts& facts) {
  if (facts.has_data() || !facts.rdb) return false;
  if (facts.remembered && facts.remembered->dismissed_rdb == facts.rdb) return false;
  if (facts.rdb->has_functions) return true;
  const std::int64_t keys = facts.rdb->keys.value_or(0);
  return facts.has_aof ? keys > 0 : keys > facts.rdb->expiring_keys;
}

// There was data, and nothing shows that it went by a command (FLUSHALL, expiry).
bool is_known_to_have_had_data(const gate_facts& facts) {
  return facts.remembered && (facts.remembered->has_data() || facts.remembered->is_copying) &&
         !carries(facts.own, facts.remembered->history);
}

std::optional<gate_ruling> rule_1(const gate_facts& facts) {
  if (facts.answers) return std::nullopt;
  return gate_ruling{gate_act::wait, 1, "",
                     facts.volume_is_known
                         ? "Redis does not answer yet, or loads its data"
                         : "the volume has not told yet what is known of the data here"};
}

// A person has said that other primaries count no more: one that answers follows again. Of one that
// is silent nothing can be had, and it is not told; but it may have lost its connection just now.
std::optional<gate_ruling> judge_dismissed(const gate_facts& facts) {
  const pod_facts* just_heard = nullptr;
  for (const pod_facts& pod : facts.pods) {
    if (!pod.serves_as_primary) continue;
    if (!pod.silent_for) {
      return gate_ruling{gate_act::demote, 2, pod.name, "a person has decided against it"};
    }
    if (*pod.silent_for < silent_after) just_heard = &pod;
  }
  if (just_heard == nullptr) return std::nullopt;
  return gate_ruling{gate_act::wait, 2, "",
                     describe(*just_heard) + "; a person has decided against it; waiting up to " +
                         describe_duration(silent_after) + " to tell it"};
}

std::optional<gate_ruling> judge_serving(const pod_facts& pod, duration patience) {
  // One that had nothing, and is gone, is nobody to wait for.
  if (!pod.has_data() && pod.silent_for && *pod.silent_for >= patience) return std::nullopt;
  if (!pod.has_data() && !pod.silent_for) {
    return gate_ruling{gate_act::demote, 2, pod.name,
                       pod.name + " serves as a primary and has nothing"};
  }
  if (pod.feeds_this && !pod.silent_for) {
    return gate_ruling{gate_act::demote, 2, pod.name,
                       pod.name + " was given this pod's place (FAILOVER), and is to follow it"};
  }
  return gate_ruling{gate_act::hold, 2, "",
                     describe(pod) +
                         " and serves as a primary; make it a replica, or decide: `redis-agent "
                         "resolve --keep mine` or `--keep theirs`"};
}

std::optional<gate_ruling> rule_2(const gate_facts& facts, const gate_limits& limits) {
  if (!facts.deposed_by.empty()) {
    return gate_ruling{gate_act::hold, 2, "",
                       "this pod's name leads to " + facts.deposed_by +
                           ", where another pod of its name runs: this one was deleted, and has "
                           "to end"};
  }
  if (facts.kept == keeping::mine) return judge_dismissed(facts);
  for (const bool with_data : {true, false}) {
    for (const pod_facts& pod : facts.pods) {
      if (!pod.serves_as_primary || pod.has_data() != with_data) continue;
      if (auto ruling = judge_serving(pod, limits.with_data)) return ruling;
    }
  }
  for (const pod_facts& pod : facts.pods) {
    if (pod.fed_by.empty() || pod.silent_for) continue;
    const bool may_just_have_ended = facts.waited < feeding_ends_within;
    return gate_ruling{may_just_have_ended ? gate_act::wait : gate_act::hold, 2, "",
                       pod.name + " is fed by " + pod.fed_by +
                           ": a server that is not this pod's serves in its place; end it (a pod "
                           "that was deleted and still runs?), or decide: `redis-agent resolve "
                           "--keep mine`"};
  }
  return std::nullopt;
}

gate_ruling conflict(const std::string& evidence) {
  return {gate_act::hold, 6, "",
          evidence + "; a person decides: `redis-agent resolve --keep mine` or `--keep theirs`"};
}

// What is to be done about those that have been heard: rules 3 to 6.
gate_ruling weigh(const gate_facts& facts) {
  std::vector<const pod_facts*> with_data;
  std::vector<const pod_facts*> not_carried;
  for (const pod_facts& pod : facts.pods) {
    if (!pod.has_data()) continue;
    with_data.push_back(&pod);
    if (facts.is_half_copied || !is_carried(facts, pod)) not_carried.push_back(&pod);
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
  const bool loses_nothing =
      facts.is_half_copied || !facts.has_data() || is_given_up_for(facts, *donor);
  if (!loses_nothing) {
    return conflict(describe(*donor) + ", " + describe_own(facts) +
                    ", and neither has what the other has");
  }
  return {gate_act::catch_up, 5, donor->name, describe(*donor) + "; " + describe_own(facts)};
}

bool may_list_more(absence why) { return why == absence::unknown || why == absence::cut; }

// Whom rule 7 waits for, "" if there is nobody.
std::string describe_absent(const gate_facts& facts) {
  if (!facts.missing.empty()) return describe_missing(facts.missing);
  const bool are_remembered = facts.remembered && !facts.remembered->pods.empty();
  // What is remembered may come from cut lists too.
  const bool is_cut = facts.why_unknown == absence::cut;
  if (!facts.pods_are_known && (is_cut || !are_remembered)) {
    return describe_unknown(facts.why_unknown);
  }
  if (!facts.remembered || facts.remembered->ended_cleanly) return {};
  const auto there = static_cast<std::int64_t>(facts.pods.size());
  if (facts.remembered->replicas <= there || !facts.remembered->pods.empty()) return {};
  return "of " + std::to_string(facts.remembered->replicas) + " replicas only " +
         std::to_string(there) + " are there";
}

// How long the one has been waited for who fell silent last.
duration time_waited(const gate_facts& facts, const pod_facts* silent_donor) {
  duration waited = facts.waited;
  for (const missing_pod& pod : facts.missing) waited = std::min(waited, pod.waited);
  if (silent_donor != nullptr) waited = std::min(waited, *silent_donor->silent_for);
  return waited;
}

std::optional<gate_ruling> settle(const gate_facts& facts, duration wait) {
  if (facts.has_data() || facts.remembered || facts.waited >= wait) return std::nullopt;
  return gate_ruling{gate_act::wait, 3, "",
                     "this pod is empty and remembers nothing; waiting " + describe_duration(wait) +
                         " for pods that may still come"};
}

// What says that there was data.
std::string recall(const gate_facts& facts) {
  std::string text = "this pod is empty";
  if (facts.is_half_copied) {
    text = "this pod had begun to copy another's data";
  } else if (facts.remembered && facts.remembered->has_data()) {
    text = "this pod is empty and had " +
           describe_data(facts.remembered->keys, facts.remembered->functions);
  }
  if (!has_unread_rdb(facts)) return text;
  text += "; " + facts.rdb_name + " on its volume holds " + describe(*facts.rdb);
  if (!facts.has_aof) return text + ", and Redis has not loaded it";
  return text +
         ": Redis with an AOF does not load it, and overwrites it when it saves or ends. To "
         "have it loaded, order `CONFIG SET save ''`, turn appendonly off and restart";
}

gate_ruling hold_for_the_lost(const std::string& evidence) {
  return {gate_act::hold, 7, "",
          evidence +
              "; bring a replica back, or accept the loss with `redis-agent resolve "
              "--keep mine`"};
}

const pod_facts* find_silent_donor(const gate_facts& facts, const gate_ruling& weighed) {
  if (weighed.act != gate_act::catch_up) return nullptr;
  for (const pod_facts& pod : facts.pods) {
    if (pod.name == weighed.donor && pod.silent_for) return &pod;
  }
  return nullptr;
}

// Nobody who has been heard has data that is not here: of those who have not been heard some may.
std::optional<gate_ruling> judge_without_the_missing(const gate_facts& facts,
                                                     const gate_limits& limits,
                                                     const std::string& who) {
  const std::string so_far = who.empty()
                                 ? "nobody else has data"
                                 : who + " for " + describe_duration(time_waited(facts, nullptr));
  if (facts.is_half_copied && !who.empty()) return hold_for_the_lost(so_far + "; " + recall(facts));
  if (facts.has_data()) {
    if (who.empty() || limits.opens_with_data) return std::nullopt;
    return gate_ruling{gate_act::hold, 7, "", so_far + ", and this pod may have less than they"};
  }
  if (limits.opens_when_empty) return std::nullopt;
  const bool had_data = is_known_to_have_had_data(facts);
  const bool they_had = std::any_of(facts.missing.begin(), facts.missing.end(),
                                    [](const missing_pod& pod) { return pod.had_data; });
  const bool may_be_had =
      !who.empty() &&
      (had_data || they_had || (!facts.pods_are_known && may_list_more(facts.why_unknown)));
  if (!may_be_had && !has_unread_rdb(facts)) return std::nullopt;
  const bool has_more_to_say = had_data || they_had || has_unread_rdb(facts);
  return hold_for_the_lost(has_more_to_say ? so_far + "; " + recall(facts) : so_far);
}

// It may have more than is here or with those that answer, and can be had.
std::optional<gate_ruling> judge_the_refusing(const gate_facts& facts, const pod_facts* donor) {
  std::string who;
  for (const missing_pod& pod : facts.missing) {
    if (pod.refusal.empty()) continue;
    who += (who.empty() ? "" : "; ") + describe_refusal(pod.name, pod.refusal);
  }
  if (donor != nullptr && !donor->refusal.empty()) {
    who += (who.empty() ? "" : "; ") + describe_refusal(donor->name, donor->refusal);
  }
  if (who.empty()) return std::nullopt;
  return gate_ruling{gate_act::hold, 7, "",
                     who +
                         ": let it answer, or give up what it has by `redis-agent resolve "
                         "--keep mine`"};
}

gate_ruling wait_for(const std::string& whom, duration limit) {
  return {gate_act::wait, 7, "", whom + "; waiting up to " + describe_duration(limit)};
}

// A pod that is silent has more, and has been waited for: another may have some of it, which
// answers or has only just fallen silent.
std::optional<gate_ruling> weigh_without_the_lost(const gate_facts& facts, duration limit) {
  gate_facts present = facts;
  std::erase_if(present.pods, [&](const pod_facts& pod) { return pod.silent_for >= limit; });
  gate_ruling weighed = weigh(present);
  if (const pod_facts* const donor = find_silent_donor(present, weighed)) {
    return wait_for(describe(*donor), limit);
  }
  const bool is_to_be_followed = weighed.act == gate_act::catch_up || weighed.rule == 6;
  return is_to_be_followed ? std::optional(std::move(weighed)) : std::nullopt;
}

// It answers, and has more than what would be served: who knows what that is.
std::optional<gate_ruling> hold_for_the_unknown(const gate_facts& facts,
                                                const gate_ruling& weighed) {
  std::int64_t keys = facts.keys;
  std::int64_t functions = facts.functions;
  for (const pod_facts& pod : facts.pods) {
    if (pod.name != weighed.donor) continue;
    keys = pod.keys;
    functions = pod.functions;
  }
  for (const missing_pod& pod : facts.missing) {
    if (!pod.is_of_unknown_history || (pod.keys <= keys && pod.functions <= functions)) continue;
    return gate_ruling{gate_act::hold, 7, "",
                       pod.name + " has " + describe_data(pod.keys, pod.functions) +
                           ", and its agent has not said what that is; " + describe_own(facts) +
                           "; start its agent, or accept the loss with `redis-agent resolve "
                           "--keep mine`"};
  }
  return std::nullopt;
}

std::optional<gate_ruling> rule_7(const gate_facts& facts, const gate_limits& limits,
                                  const gate_ruling& weighed) {
  const pod_facts* const donor = find_silent_donor(facts, weighed);
  const bool with_data = facts.has_data() && !facts.is_half_copied;
  const std::string who = describe_absent(facts);
  const duration limit = with_data ? limits.with_data : limits.when_empty;
  const bool comes = std::any_of(facts.missing.begin(), facts.missing.end(),
                                 [](const missing_pod& pod) { return pod.is_on_its_way(); });
  if ((!who.empty() || donor != nullptr) && (comes || time_waited(facts, donor) < limit)) {
    const std::string whom = donor != nullptr ? describe(*donor) : who;
    return comes ? gate_ruling{gate_act::wait, 7, "", whom} : wait_for(whom, limit);
  }
  if (auto ruling = judge_the_refusing(facts, donor)) return ruling;
  if (auto ruling = hold_for_the_unknown(facts, weighed)) return ruling;
  if (donor != nullptr) {
    if (auto others = weigh_without_the_lost(facts, limit)) return others;
    if (with_data && limits.opens_with_data) {
      return gate_ruling{gate_act::open, 7, "", describe(*donor) + "; " + describe_own(facts)};
    }
    return hold_for_the_lost(describe(*donor) + "; " + describe_own(facts));
  }
  if (weighed.rule != 3) return std::nullopt;
  return judge_without_the_missing(facts, limits, who);
}

std::optional<gate_ruling> keep_theirs(const gate_facts& facts) {
  if (facts.kept != keeping::theirs) return std::nullopt;
  const bool another_serves = std::any_of(facts.pods.begin(), facts.pods.end(),
                                          [](const pod_facts& p) { return p.serves_as_primary; });
  for (const pod_facts& pod : facts.pods) {
    if (another_serves) break;
    const bool is_copied =
        pod.name == facts.followed && !facts.is_half_copied && carries(facts.own, pod.history);
    if (!is_copied) continue;
    return gate_ruling{gate_act::open, 6, "", "a person has decided to keep what is here now"};
  }
  const pod_facts* const donor = find_theirs(facts);
  if (donor == nullptr) return std::nullopt;
  return gate_ruling{gate_act::catch_up, 6, donor->name,
                     "a person has decided to keep theirs; " + describe(*donor)};
}

std::optional<gate_ruling> keep_mine(const gate_facts& facts) {
  if (facts.kept != keeping::mine) return std::nullopt;
  return gate_ruling{gate_act::open, 6, "", "a person has decided to keep this pod's data"};
}

std::string in_short(const std::string& id) { return id.substr(0, 8); }

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
  if (facts.deposed_by.empty()) {
    if (auto ruling = keep_theirs(facts)) return *ruling;
  }
  if (auto ruling = rule_2(facts, limits)) return *ruling;
  if (auto ruling = keep_mine(facts)) return *ruling;
  gate_ruling weighed = weigh(facts);
  if (weighed.act == gate_act::hold) return weighed;
  if (auto ruling = rule_7(facts, limits, weighed)) return *ruling;
  if (weighed.rule == 3) return settle(facts, limits.first_start).value_or(weighed);
  return weighed;
}

std::string describe_holder(const pod_facts& pod) {
  return pod.name + " with " + in_short(pod.history.id);
}

std::string describe_situation(const gate_facts& facts, const gate_ruling& ruling) {
  const bool is_a_persons_matter = ruling.act == gate_act::hold && facts.deposed_by.empty();
  if (!is_a_persons_matter) return {};
  std::string text = "rule " + std::to_string(ruling.rule) + " in run " + in_short(facts.run_id);
  for (const pod_facts& pod : facts.pods) {
    if (!pod.has_data() && !pod.serves_as_primary) continue;
    text += ", " + describe_holder(pod);
    if (pod.serves_as_primary) text += " serving";
    if (!pod.fed_by.empty()) text += " fed";
  }
  for (const missing_pod& pod : facts.missing) text += ", " + pod.name + " missing";
  return text;
}

}  // namespace redis_agent::core
