#include "core/failover/lock.hpp"

#include <algorithm>

#include "core/base/units.hpp"

namespace redis_agent::core {
namespace {

lock_ruling refuse(lock_word word, std::string evidence) {
  return {lock_act::look, 7, word, std::move(evidence)};
}

// And nobody has taken it.
bool gave_it_away(const lock_facts& facts) {
  return facts.seen->holder.empty() && facts.seen->given_by == facts.pod;
}

bool is_listed(const lock_facts& facts) {
  // A pod that has the holder's name has its volume.
  return facts.seen->lists(facts.pod) || facts.held_last ||
         pod_of(facts.seen->holder) == facts.pod || facts.seen->successor == facts.pod ||
         gave_it_away(facts);
}

// The stream that the holder was in, or one that goes on from it: up to where is a matter of how
// far behind a taker may be.
bool is_of_its_history(const lineage& history, const lease& seen) {
  return seen.history_id.empty() || names_stream(history, seen.history_id);
}

std::int64_t bytes_behind(const lock_facts& facts) {
  if (facts.own.id != facts.seen->history_id) return 0;  // it has gone on from there
  return std::max<std::int64_t>(0, facts.seen->offset - facts.own.offset);
}

// Of two that have the same the first by name goes ahead, so that not both try.
bool goes_ahead(const rival& other, const lock_facts& facts) {
  const bool has_mine = carries(other.history, facts.own);
  if (!has_mine) return false;
  if (!carries(facts.own, other.history)) return true;
  const bool is_chosen = facts.seen->successor == facts.pod;
  return !is_chosen && other.pod < facts.pod;
}

// A pod that was deleted by force may run on where its agent is not heard.
std::optional<lock_ruling> find_serving_holder(const lock_facts& facts) {
  const bool has_the_holders_name = pod_of(facts.seen->holder) == facts.pod;
  for (const rival& other : facts.rivals) {
    if (has_the_holders_name && other.answers && other.is_fed_by_holder) {
      return refuse(lock_word::holder_alive,
                    other.pod + " follows another pod of this name, which still serves");
    }
    if (other.is_holder && other.serves_this_term) {
      return refuse(lock_word::holder_alive, other.pod + "'s agent says that it serves");
    }
  }
  return std::nullopt;
}

// Not the holder, who cannot renew: what he has beyond is copied from him before this pod serves.
// Also where the lock was given to this pod: that may be a while ago, and its server has gone back.
std::optional<lock_ruling> look_for_further(const lock_facts& facts) {
  for (const rival& other : facts.rivals) {
    // What one has that may not take it, or cannot, is copied too.
    const bool may_take = other.answers && other.agent_answers && !other.ends && other.could_take &&
                          other.has_data && other.is_member &&
                          is_of_its_history(other.history, *facts.seen);
    if (may_take && goes_ahead(other, facts)) {
      return refuse(lock_word::not_furthest, other.pod + " has all that is here and goes ahead");
    }
  }
  return std::nullopt;
}

std::optional<lock_ruling> look_for_better(const lock_facts& facts, const lock_limits& limits) {
  const bool has_the_holders_name = pod_of(facts.seen->holder) == facts.pod;
  if (auto serving = find_serving_holder(facts)) return serving;
  if (auto further = look_for_further(facts)) return further;
  const bool is_early = limits.prefers_data ||
                        facts.still_for < patience_of(*facts.seen, limits) + limits.candidate_wait;
  for (const rival& other : facts.rivals) {
    // Where another pod of this name runs on, out of this one's sight, it may be by their promises.
    if (other.is_member && !other.is_holder && !other.answers &&
        (is_early || has_the_holders_name || other.silent_for < limits.candidate_wait)) {
      return refuse(lock_word::member_silent, other.pod + " was in sync, and does not answer");
    }
  }
  return std::nullopt;
}

// Rule 7.
lock_ruling judge_taking(const lock_facts& facts, const lock_limits& limits) {
  if (facts.ends) return refuse(lock_word::ending, "the end of this pod's server is announced");
  if (!facts.runs) {
    return refuse(lock_word::not_running, "this pod's server does not answer, loads or copies");
  }
  if (!facts.seen->unreadable.empty()) {
    return refuse(lock_word::not_a_member, "the lock's " + facts.seen->unreadable +
                                               " is not what an agent writes: who was in sync with "
                                               "the holder is not known");
  }
  if (!is_listed(facts)) {
    return refuse(lock_word::not_a_member,
                  "this pod was not in sync with the holder when that last renewed the lock");
  }
  if (!facts.seen->cluster_id.empty() && !facts.cluster_id.empty() &&
      facts.seen->cluster_id != facts.cluster_id) {
    return refuse(lock_word::another_cluster, "this pod's data is of another cluster");
  }
  const bool has_anybody = std::any_of(facts.rivals.begin(), facts.rivals.end(),
                                       [](const rival& r) { return r.answers && r.has_data; });
  const bool lacks_all = !facts.has_data && (facts.seen->has_data() || has_anybody);
  const bool is_another = lacks_all || !is_of_its_history(facts.own, *facts.seen);
  const bool is_none_to_be_had = !facts.has_data && facts.nobody_has_any;
  if (is_another && !is_none_to_be_had) {
    return refuse(lock_word::another_history, "the data here does not go on from the holder's");
  }
  if (bytes_behind(facts) > limits.max_lag) {
    return refuse(lock_word::too_far_behind,
                  "this pod is " + describe_size(static_cast<std::uint64_t>(bytes_behind(facts))) +
                      " behind what the lock says of the holder");
  }
  if (facts.held_last && facts.somebody_serves) {
    return refuse(lock_word::holder_alive, "another pod's agent says that it serves");
  }
  if (facts.is_bound) {
    return refuse(lock_word::promised, "the holder was promised that this pod leaves it alone");
  }
  const bool is_handed_over = facts.seen->is_given_to(facts.pod);
  if (auto better = is_handed_over ? look_for_further(facts) : look_for_better(facts, limits)) {
    return *better;
  }
  return {lock_act::take, 8, lock_word::none,
          is_handed_over ? "the lock was given to this pod"
                         : "the lock has stood still for " + describe_duration(facts.still_for) +
                               ", and nobody who answers has more"};
}

// What a person may decide: it is about data, and not about who serves or has promised.
bool is_a_persons_matter(lock_word word) {
  return word == lock_word::not_a_member || word == lock_word::another_cluster ||
         word == lock_word::another_history || word == lock_word::too_far_behind ||
         word == lock_word::member_silent;
}

// Rule 7, of a person who has seen what it says.
lock_ruling judge_decided(const lock_facts& facts, const lock_ruling& ruling) {
  if (!facts.is_decided || !is_a_persons_matter(ruling.word)) return ruling;
  if (auto serving = find_serving_holder(facts)) return *serving;
  if (facts.somebody_serves) {
    return refuse(lock_word::holder_alive, "another pod's agent says that it serves");
  }
  // Who is out of this pod's sight may serve by the promises of others, who are never asked of one
  // that is no member.
  for (const rival& other : facts.rivals) {
    if (other.answers && other.is_fed_by_holder) {
      return refuse(lock_word::holder_alive, other.pod + " follows the holder, which still serves");
    }
  }
  if (facts.is_bound) {
    return refuse(lock_word::promised, "the holder was promised that this pod leaves it alone");
  }
  return {lock_act::take, 8, lock_word::none, "a person has decided to keep this pod's data"};
}

// Rule 5.
lock_ruling judge_first_take(const lock_facts& facts, const lock_limits& limits) {
  const bool was_held = facts.known_term > facts.seen->term;
  if (was_held && (facts.still_for < limits.lock_duration || facts.somebody_serves)) {
    return {lock_act::look, 5, lock_word::none,
            "it has been made anew, and who held it before may serve"};
  }
  const std::string evidence =
      was_held ? "it has been made anew" : std::string("nobody has ever held it");
  if (!facts.is_named_primary || !facts.gate_would_open || facts.is_bound || facts.ends) {
    return {lock_act::look, 5, lock_word::none, evidence};
  }
  return {lock_act::take, 5, lock_word::none, evidence + ", and the gate would open"};
}

lock_ruling keep(const lock_facts& facts) {
  if (facts.has_promised) {
    return {lock_act::give, 2, lock_word::none,
            "another holder was promised after this pod had sent its take"};
  }
  if (!facts.heir.empty()) return {lock_act::give, 3, lock_word::none, facts.why_heir};
  if (facts.next != facts.seen->successor) {
    return {lock_act::name, 3, lock_word::none,
            facts.next.empty() ? "it is not to move any more" : facts.next + " is to be next"};
  }
  return {lock_act::renew, 4, lock_word::none, "this pod holds it"};
}

}  // namespace

std::string_view to_text(lock_act act) {
  switch (act) {
    case lock_act::look: return "look";
    case lock_act::renew: return "renew";
    case lock_act::take: return "take";
    case lock_act::name: return "name";
    case lock_act::give: return "give";
  }
  return "unknown";
}

std::string_view to_text(lock_word word) {
  switch (word) {
    case lock_word::none: return "none";
    case lock_word::ending: return "ending";
    case lock_word::not_running: return "not_running";
    case lock_word::not_a_member: return "not_a_member";
    case lock_word::another_cluster: return "another_cluster";
    case lock_word::another_history: return "another_history";
    case lock_word::too_far_behind: return "too_far_behind";
    case lock_word::promised: return "promised";
    case lock_word::holder_alive: return "holder_alive";
    case lock_word::not_furthest: return "not_furthest";
    case lock_word::member_silent: return "member_silent";
  }
  return "unknown";
}

duration patience_of(const lease& seen, const lock_limits& limits) {
  return std::max(limits.lock_duration, seen.length);
}

lock_ruling decide_lock(const lock_facts& facts, const lock_limits& limits) {
  if (!facts.seen || facts.must_look) {
    return {lock_act::look, 1, lock_word::none, "it is not known what the lock says"};
  }
  if (facts.holds()) return keep(facts);  // rules 2 to 4
  if (facts.may_retake && facts.runs && !facts.is_bound) {
    return {lock_act::take, 5, lock_word::none, "it was emptied while this pod held it"};
  }
  if (facts.seen->is_untouched() && !facts.held_last) return judge_first_take(facts, limits);
  const duration patience = patience_of(*facts.seen, limits);
  const bool is_mine = facts.seen->is_given_to(facts.pod);
  if (is_mine && !facts.heir.empty()) {
    return {lock_act::give, 3, lock_word::none, facts.why_heir};
  }
  if (!is_mine && facts.still_for < patience) {  // rule 6
    return {lock_act::look, 6, lock_word::none, "it is held, and has changed within its time"};
  }
  return judge_decided(facts, judge_taking(facts, limits));
}

std::string describe_situation(const lock_facts& facts, const lock_limits& limits) {
  lock_facts undecided = facts;
  undecided.is_decided = false;
  const lock_ruling ruling = decide_lock(undecided, limits);
  if (!is_a_persons_matter(ruling.word)) return {};
  const duration patience = patience_of(*facts.seen, limits);
  if (facts.still_for < patience + limits.candidate_wait) return {};
  lock_facts decided = facts;  // nothing to decide where a word would change nothing
  decided.is_decided = true;
  if (decide_lock(decided, limits).act != lock_act::take) return {};
  std::string text = "lock " + std::string(to_text(ruling.word)) + " in term " +
                     std::to_string(facts.seen->term) + " in run " + facts.run_id.substr(0, 8);
  for (const rival& other : facts.rivals) {
    if (other.answers && other.has_data) {
      text += ", " + other.pod + " with " + other.history.id.substr(0, 8);
    } else if (!other.answers) {
      text += ", " + other.pod + " missing";
    }
  }
  return text;
}

}  // namespace redis_agent::core
