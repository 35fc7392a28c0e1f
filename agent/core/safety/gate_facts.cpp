// What the rules of gate.hpp look at, out of what the agent has seen.
#include <algorithm>
#include <set>

#include "core/safety/ending.hpp"
#include "core/safety/gate.hpp"
#include "core/safety/promotion.hpp"
#include "core/safety/rope.hpp"

namespace redis_agent::core {
namespace {

// So long a loading server's count of bytes may stand still: one key may be large.
constexpr duration loading_stall_max = 30s;

// A pod of this one's name has answered there; what DNS says for less than that is a moment's.
constexpr duration successor_after = 1s;

// What was said before this server started does not count: writes came after it.
bool is_heard(const pod_memory& pod, const memory& m) {
  return pod.word && pod.word->asked_at >= m.run_began_at;
}

// What was said while this server served is the least that there is: others may have taken writes
// since (FAILOVER).
bool is_outdated(const pod_memory& pod, const memory& m) {
  return m.closed_at && pod.word->asked_at < *m.closed_at;
}

bool answers(const pod_memory& pod, instant now) {
  return pod.link.condition == link_condition::up && pod.word &&
         now - pod.word->asked_at <= contact_max;
}

// Neither its own data nor a sync's is there yet, and it is on its way.
bool is_loading(const pod_memory& pod, instant now) {
  return pod.loading_since && now - *pod.loading_since <= loading_stall_max &&
         pod.link.reported_at && now - *pod.link.reported_at <= contact_max;
}

// Since when it is waited for: its loading moving on is a sign that it comes.
instant waited_since(const pod_memory& pod, const memory& m) {
  const instant settled = std::max(
      {m.settled_at.value_or(m.run_began_at), m.closed_at.value_or(m.run_began_at), m.awake_since});
  return pod.loading_since ? std::max(settled, *pod.loading_since) : settled;
}

// The server tells where its data comes from, or its agent has.
bool has_introduced_itself(const pod_memory& pod) {
  const pod_word& word = *pod.word;
  const bool has_nothing_to_tell =
      word.details.is_empty() || word.replication.server_role == role::primary;
  return has_nothing_to_tell || tells_its_history(word.replication) ||
         (pod.said && pod.said->run_id == word.run_id);
}

// Since when it could have: this server and that one have their data.
instant asked_since(const pod_memory& pod, const memory& m) {
  return std::max(
      {m.settled_at.value_or(m.run_began_at), pod.settled_at.value_or(instant{}), m.awake_since});
}

// Its agent may still. Who restarts again and again before that is not waited for.
bool is_introducing(const pod_memory& pod, const memory& m, instant now) {
  return !gets_nowhere(pod) && now - asked_since(pod, m) < introduction_max;
}

// What a server says that is there and does not tell what it has: it is busy in a script, has too
// many clients, or does not let the agent in. "" if it tells, or is not there. A full server ends
// the connection, sometimes before it could say why.
std::string find_refusal(const pod_memory& pod, instant now) {
  const link_memory& link = pod.link;
  const bool is_there = link.condition != link_condition::up && link.answered_at &&
                        now - *link.answered_at <= contact_max;
  if (!is_there) return {};
  if (is_an_answer(link.condition)) {
    return link.detail.empty() ? std::string(to_text(link.condition)) : link.detail;
  }
  for (std::size_t i = 0; i < link_conditions; ++i) {
    const auto condition = static_cast<link_condition>(i);
    if ((link.failed_as >> i & 1U) != 0 && is_an_answer(condition)) {
      return std::string(to_text(condition));
    }
  }
  return {};
}

// Its agent may know what it has: nothing that is not here.
bool is_carried_by_word(const gate_facts& facts, const pod_memory& pod, const memory& m) {
  return pod.said && pod.said_at >= m.run_began_at && surely_carries(facts.own, pod.said->history);
}

// Another cluster's pod, at an address that DNS still has from before.
bool is_foreign(const pod_memory& pod, const memory& m) {
  return pod.said && names_another_cluster(m, *pod.said) &&
         !are_related(lineage_of_word(pod), own_lineage(m));
}

bool speaks_for_itself(const std::string& name, const pod_memory& pod, const memory& m) {
  return is_heard(pod, m) && !is_foreign(pod, m) && !is_anothers_word(m, name);
}

// By its address; a name may lead to another pod of this one's name, but not that of a replica that
// this server lists.
bool is_fed_from_here(const pod_memory& pod, const replica_link& link, const memory& m) {
  const auto& own = m.own_addresses;
  if (std::ranges::find(own, link.primary.host) != own.end()) return true;
  const auto& attached = m.replication->replicas;
  return link.primary.host == m.primary_at.host &&
         std::ranges::any_of(attached, [&](const attached_replica& replica) {
           return has_address(pod, replica.address.host) && replica.state == "online" &&
                  replica.lag_seconds.value_or(link_silence_max_seconds) < link_silence_max_seconds;
         });
}

// The server that keeps the pod's link alive, where that is neither this pod's nor an anchor.
std::string find_feeder(const pod_memory& pod, const memory& m) {
  const auto& link = pod.word->replication.link;
  if (!link || is_anchored(m, *link) || is_parked(*link)) return {};
  if (is_fed_from_here(pod, *link, m)) return {};
  if (!link->is_up && !link->sync_in_progress) return {};
  const auto& idle = link->is_up ? link->last_io_seconds : link->sync_idle_seconds;
  if (idle.value_or(0) > link_silence_max_seconds) return {};
  return to_text(link->primary);
}

// It has heard what this pod's volume remembered, whose data is here.
bool knows_a_later_volume(const pod_memory& pod, const memory& m) {
  const bool is_said = pod.said && pod.word && pod.said->run_id == pod.word->run_id;
  const bool is_copied = m.sync.is_whole();
  if (!is_said || is_copied || !pod.said->noted || !m.remembered) return false;
  const noted_offset& noted = *pod.said->noted;
  return noted.pod == m.pod && !reaches(m.remembered->history, noted.id, noted.offset);
}

// It was with the primary until that ended as planned, when all were bounded.
bool left_at_the_end(const pod_facts& pod, const memory& m) {
  const auto end = recall_last_end(m);
  return end && pod.bound->reach >= end->offset;
}

pod_facts describe_pod(const std::string& name, const pod_memory& pod, const memory& m,
                       instant now) {
  const pod_word& word = *pod.word;
  pod_facts facts{name, word.details.keys, lineage_of_word(pod)};
  // This pod's volume may know what came before the stream that the other one is in.
  const bool is_known = m.remembered && m.remembered->history.id == facts.history.id;
  if (is_known) add_former(facts.history, m.remembered->history, facts.history.id);
  if (m.remembered) {
    facts.bound = find_bound(m.remembered->pods, name);
    const auto& pods = m.remembered->pods;
    const bool is_later = learn_last_stream(facts.history, pods, name, own_lineage(m));
    facts.has_untold_aof = is_later || had_untold_aof(pods, name);
  }
  if (pod.said && pod.said->run_id == word.run_id) {
    facts.noted = pod.said->noted;
    const bool was_there = !facts.bound || left_at_the_end(facts, m);
    facts.was_in_sync = pod.said->was_in_sync && was_there;
  }
  facts.serves_as_primary = word.replication.server_role == role::primary;
  facts.functions = word.details.functions;
  facts.feeds_this = m.closed_at && facts.serves_as_primary && m.replication->link &&
                     m.sync.phase == sync_phase::in_sync &&
                     m.replication->replid == word.replication.replid;
  facts.fed_by = find_feeder(pod, m);
  facts.knows_a_later_volume = knows_a_later_volume(pod, m);
  if (!answers(pod, now)) facts.silent_for = now - std::max(waited_since(pod, m), word.asked_at);
  facts.refusal = find_refusal(pod, now);
  return facts;
}

std::set<std::string> names_of_others(const memory& m) {
  std::set<std::string> names;
  for (const service_target& target : pods_to_ask(m, "")) {
    names.emplace(first_label(target.host));
  }
  for (const auto& [name, pod] : m.pods) {
    if (is_heard(pod, m)) names.insert(name);
  }
  return names;
}

missing_pod describe_missing(const std::string& name, const pod_memory& pod, const memory& m,
                             instant now) {
  const bool is_ours = speaks_for_itself(name, pod, m);
  const bool is_there = is_ours && answers(pod, now);
  missing_pod missing{name};
  missing.is_loading = is_loading(pod, now);
  missing.is_introducing = is_there && is_introducing(pod, m, now);
  missing.is_of_unknown_history = is_there && !missing.is_introducing;
  missing.had_data = pod.loading_since || (pod.word && !pod.word->details.is_empty());
  instant since = waited_since(pod, m);
  if (missing.is_of_unknown_history) {
    since = std::max(since, asked_since(pod, m));
    missing.keys = pod.word->details.keys;
    missing.functions = pod.word->details.functions;
  } else if (is_ours) {
    since = std::max(since, pod.word->asked_at);
  }
  missing.waited = now - since;
  missing.refusal = find_refusal(pod, now);
  return missing;
}

// Where nobody else has data, any is better than none.
void take_at_their_word(gate_facts& facts, const memory& m, instant now) {
  const bool has_any = std::any_of(facts.pods.begin(), facts.pods.end(),
                                   [](const pod_facts& pod) { return pod.has_data(); });
  if (facts.has_data() || has_any) return;
  std::erase_if(facts.missing, [&](const missing_pod& pod) {
    if (pod.is_of_unknown_history) {
      facts.pods.push_back(describe_pod(pod.name, m.pods.at(pod.name), m, now));
    }
    return pod.is_of_unknown_history;
  });
}

// What this agent has not seen for itself counts where the pod has not been with this one since.
void weigh_bounds(gate_facts& facts, const memory& m) {
  if (!m.remembered) return;
  const bool is_older = std::any_of(facts.pods.begin(), facts.pods.end(),
                                    [](const pod_facts& pod) { return pod.knows_a_later_volume; });
  for (pod_facts& pod : facts.pods) {
    const remembered_pod* const away = find_away(m.remembered->pods, pod.name);
    pod.bound_is_old =
        away != nullptr && away->bound_is_inherited &&
        !vouches_for(pod.noted, m.pod, away->bound_revision - 1, m.remembered->history);
    if (is_older) pod.bound.reset();
  }
}

void add_pods(gate_facts& facts, const memory& m, instant now) {
  const pod_memory never_seen;
  for (const std::string& name : names_of_others(m)) {
    const auto known = m.pods.find(name);
    const pod_memory& pod = known == m.pods.end() ? never_seen : known->second;
    const bool is_known = speaks_for_itself(name, pod, m) && has_introduced_itself(pod);
    if (is_known) facts.pods.push_back(describe_pod(name, pod, m, now));
    if (is_known && !is_outdated(pod, m)) continue;
    missing_pod missing = describe_missing(name, pod, m, now);
    if (is_known) {  // its next word is on its way
      missing.is_introducing = missing.is_introducing || missing.is_of_unknown_history;
      missing.is_of_unknown_history = false;
    }
    if (is_carried_by_word(facts, pod, m)) missing.refusal.clear();
    facts.missing.push_back(std::move(missing));
  }
  weigh_bounds(facts, m);
  take_at_their_word(facts, m, now);
}

std::string pod_at(const memory& m, const endpoint& address) {
  for (const auto& [name, pod] : m.pods) {
    if (has_address(pod, address.host)) return name;
  }
  return {};
}

void add_copy(gate_facts& facts, const memory& m) {
  const auto& link = m.replication->link;
  const bool follows = link && !is_parked(*link);
  // What was here before stays until loading begins; a copy that breaks off then leaves nothing.
  const bool is_gone = !facts.has_data() || m.sync.phase == sync_phase::loading;
  const bool has_begun = follows || (m.remembered && m.remembered->is_copying);
  facts.is_half_copied = has_begun && !m.sync.is_whole() && is_gone;
  facts.followed = follows ? pod_at(m, link->primary) : "";
}

// What is here came from whoever is in the same stream: of a whole copy too that is to be followed
// by another one's.
void join_donors(gate_facts& facts, const memory& m) {
  for (const auto& [name, pod] : m.pods) {
    const bool is_donor = name == facts.followed || m.sync.is_whole();
    if (is_donor) facts.own = join_history(facts.own, lineage_of_pod(pod));
  }
}

// Without the person's word.
gate_facts look(const memory& m, instant now) {
  gate_facts facts;
  facts.is_closed = true;
  facts.keys = m.details ? m.details->keys : 0;
  facts.functions = m.details ? m.details->functions : 0;
  add_copy(facts, m);
  facts.volume_is_known = volume_is_known(m);
  facts.answers = m.redis.condition == link_condition::up && volume_is_known(m) &&
                  m.details_are_new && m.redis.reported_at &&
                  now - *m.redis.reported_at <= contact_max &&
                  (facts.is_half_copied || is_settled(m));
  if (!facts.is_half_copied) facts.own = own_lineage(m);
  if (m.server) facts.run_id = m.server->run_id;
  facts.has_aof = m.aof.is_enabled();
  facts.end_was_seen = m.end_was_seen;
  facts.remembered = m.remembered;
  facts.rdb_name = m.rdb_name;
  facts.rdb = m.rdb_at_start;
  if (m.settled_at) {
    facts.waited =
        now - std::max({*m.settled_at, m.closed_at.value_or(*m.settled_at), m.awake_since});
  }
  const auto& listed = m.service_name.answer;
  facts.pods_are_known = listed && !listed->is_cut && lists(*listed, m.pod);
  facts.why_unknown = listed && listed->is_cut ? absence::cut : m.service_absence;
  facts.deposed_by = find_successor(m, now);
  add_pods(facts, m, now);
  join_donors(facts, m);
  const auto followed = std::find_if(facts.pods.begin(), facts.pods.end(),
                                     [&](const auto& pod) { return pod.name == facts.followed; });
  facts.was_in_sync = m.sync.is_whole() && followed != facts.pods.end() && followed->was_in_sync;
  return facts;
}

gate_limits limits_of(const settings& s) {
  return {s.first_start_wait, s.peer_wait, s.peer_wait_empty, s.after_peer_wait == opening::open,
          s.after_peer_wait_empty == opening::open};
}

// A copy from those whom he chose has begun: there is no way back to what he was shown.
bool is_being_carried_out(const memory& m, const gate_facts& facts) {
  if (m.kept == keeping::theirs && !facts.followed.empty()) return true;
  // About another primary: it has been made a replica, and nobody has come that he did not see.
  return m.kept_situation.starts_with("rule 2") &&
         std::all_of(facts.pods.begin(), facts.pods.end(), [&](const pod_facts& pod) {
           return !pod.has_data() ||
                  m.kept_situation.find(describe_holder(pod)) != std::string::npos;
         });
}

}  // namespace

bool gate_is_closed(const memory& m, const settings& s) {
  return s.gate != gate_choice::direct && m.derived == role::primary && m.replication &&
         !serves_as_primary(m);
}

std::string find_successor(const memory& m, instant now) {
  const bool leads_elsewhere = m.derived == role::primary && m.led_elsewhere_since &&
                               now - *m.led_elsewhere_since >= successor_after;
  const bool is_namesake = m.primary_said && m.primary_said->pod == m.pod && m.server &&
                           m.primary_said->run_id != m.server->run_id;
  if (!leads_elsewhere || !is_namesake || !m.primary_name.answer) return {};
  const auto& addresses = m.primary_name.answer->addresses;
  return addresses.empty() ? std::string() : addresses.front();
}

gate_facts assess_gate(const memory& m, const settings& s, instant now) {
  if (m.derived != role::primary || !m.replication) return {};
  gate_facts facts = look(m, now);
  facts.is_closed = gate_is_closed(m, s);
  if (m.kept == keeping::undecided || !facts.is_closed) return facts;
  const std::string shown = describe_situation(facts, decide_gate(facts, limits_of(s)));
  const bool is_the_same = shown == m.kept_situation;
  if (is_the_same || is_being_carried_out(m, facts)) facts.kept = m.kept;
  return facts;
}

gate_ruling decide_gate(const memory& m, const settings& s, instant now) {
  if (!gate_is_closed(m, s)) return {};
  if (m.lock.is_used() && !m.lock.seen) {
    return {gate_act::wait, 1, "", "it is not known yet who holds the lock"};
  }
  const gate_facts facts = assess_gate(m, s, now);
  if (!m.lock.holds()) return decide_gate(facts, limits_of(s));
  if (const std::string usurper = find_usurper(facts, m.lock, now); !usurper.empty()) {
    return {gate_act::demote, 2, usurper, usurper + " serves, and this pod holds the lock"};
  }
  // One that was emptied since it took the lock, or took it by a person's word, has nothing to be
  // promoted with.
  const bool has_anybody = std::ranges::any_of(
      facts.pods, [](const pod_facts& pod) { return pod.has_data() && !pod.silent_for; });
  const bool is_emptied = !facts.has_data() && (m.lock.seen->has_data() || has_anybody);
  if (is_being_promoted(m) && !is_emptied) {
    return decide_promotion(facts, now - m.lock.role_since, s.peer_wait);
  }
  gate_ruling ruling = decide_gate(facts, limits_of(s));
  const bool is_given_away =
      ruling.act == gate_act::catch_up && is_to_be_given_to(m, ruling.donor, now);
  if (is_given_away) ruling.act = gate_act::wait;
  return ruling;
}

}  // namespace redis_agent::core
