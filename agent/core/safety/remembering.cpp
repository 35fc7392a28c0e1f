#include "core/safety/remembering.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "core/memory/aof_bound.hpp"
#include "core/safety/ending.hpp"
#include "core/safety/gate.hpp"
#include "core/safety/gate_weighing.hpp"
#include "core/safety/rope.hpp"

namespace redis_agent::core {
namespace {

// What was empty belongs to whom it copies from. Only a primary that serves, has data and knows of
// no other is a cluster of its own.
std::string choose_cluster_id(const memory& m, bool serves, instant now) {
  if (m.remembered && !m.remembered->cluster_id.empty()) return m.remembered->cluster_id;
  if (m.derived == role::replica) return {};
  // Who took it goes on from the one that held it before.
  if (m.lock.holds() && !m.lock.seen->cluster_id.empty()) return m.lock.seen->cluster_id;
  for (const auto& [name, pod] : m.pods) {
    const bool is_ours = pod.said && !pod.said->cluster_id.empty() &&
                         are_related(lineage_of_pod(pod), own_lineage(m));
    if (is_ours) return pod.said->cluster_id;
  }
  // Their agents may not have been heard yet.
  const bool is_alone =
      m.pods.empty() || now - std::max(m.run_began_at, m.awake_since) >= introduction_max;
  const bool has_begun = serves && !m.details->is_empty();
  return has_begun && is_alone ? m.fresh_cluster_id : "";
}

// Pods that DNS lists besides this one.
std::int64_t count_others(const memory& m) {
  if (!m.service_name.answer) return 0;
  const auto& pods = m.service_name.answer->targets;
  return std::count_if(pods.begin(), pods.end(),
                       [&](const service_target& t) { return first_label(t.host) != m.pod; });
}

// The addresses of the primary's replicas. There may be hundreds of them, and of pods.
struct attached_hosts {
  std::set<std::string> hosts;
  bool has_a_stranger = false;  // that no pod's address explains

  // Taken to be so while any one might be the stranger.
  bool may_have(const std::set<std::string>& addresses) const {
    return addresses.empty() || has_a_stranger ||
           std::any_of(addresses.begin(), addresses.end(),
                       [this](const std::string& address) { return hosts.contains(address); });
  }
};

attached_hosts find_attached(const std::map<std::string, remembered_pod>& pods, const memory& m) {
  std::set<std::string> known;
  for (const auto& [name, pod] : pods) known.merge(addresses_of(m, name));
  attached_hosts found;
  for (const attached_replica& replica : m.replication->replicas) {
    found.hosts.insert(replica.address.host);
    const bool is_known_not_to_be_one =
        std::find(m.strangers.begin(), m.strangers.end(), replica.address) != m.strangers.end();
    if (!known.contains(replica.address.host) && !is_known_not_to_be_one) {
      found.has_a_stranger = true;
    }
  }
  return found;
}

// A replica has nothing that its primary has not written: once it is away, the primary's offset of
// that moment is what it cannot be beyond, whatever its AOF may have of it. The same is true of all
// of them where the primary's clients are paused for its end; if that does not come, they are
// attached again.
void bound(std::map<std::string, remembered_pod>& pods, const memory& m) {
  const bool has_written_all = m.ending && m.ending->stands_still;
  const attached_hosts attached = find_attached(pods, m);
  for (auto& [name, pod] : pods) {
    if (!has_written_all && attached.may_have(addresses_of(m, name))) {
      pod.bound = -1;
      pod.bound_is_inherited = false;
      pod.bound_id.clear();
    } else if (pod.bound < 0) {
      pod.bound = m.replication->offset;
      pod.bound_id = m.replication->replid;
      pod.bound_revision = m.remembered ? m.remembered->bounds_revision + 1 : 1;
    }
  }
}

// Once it is in sync again with an AOF that goes on, its volume has the right one.
void note_untold_aofs(std::map<std::string, remembered_pod>& pods, const memory& m) {
  for (auto& [name, kept] : pods) {
    const auto found = m.pods.find(name);
    if (found == m.pods.end()) continue;
    const statement* const said = word_of(found->second);
    const replication_report& told = found->second.report.replication;
    const bool is_here = told.link && told.link->is_up && told.replid == m.replication->replid;
    if (said != nullptr && is_here) kept.has_untold_aof = said->has_untold_aof;
  }
}

// Those that DNS lists, and for a while those that it listed: what one of them was last seen with.
std::vector<remembered_pod> choose_pods(const memory& m) {
  std::map<std::string, remembered_pod> pods;
  // One that is not listed for so long that it has been forgotten (memory/observe_names.cpp) is not
  // remembered any more, while others are listed.
  const bool forgets = serves_as_primary(m) && m.service_name.answer;
  for (const remembered_pod& pod : remembered_pods(m)) {
    if (!forgets || m.pods.contains(pod.name)) pods[pod.name] = pod;
  }
  if (m.service_name.answer) {
    for (const service_target& target : m.service_name.answer->targets) {
      const std::string name(first_label(target.host));
      if (name != m.pod) pods[name].name = name;
    }
  }
  for (const auto& [name, pod] : m.pods) {
    if (!pod.word || is_anothers_word(m, name)) continue;
    const lineage history = lineage_of_word(pod);
    remembered_pod& kept = pods[name];
    kept.name = name;
    // The name that a server invents at its start says nothing of where it was.
    const bool is_said = pod.said && pod.said->run_id == pod.word->run_id && !history.is_estimate;
    if (is_said || tells_its_history(pod.word->replication)) {
      kept.history_id = history.id;
      kept.offset = history.offset;
    }
    kept.keys = pod.word->details.keys;
  }
  if (serves_as_primary(m)) {
    bound(pods, m);
    note_untold_aofs(pods, m);
  }
  std::vector<remembered_pod> chosen;
  for (auto& [name, pod] : pods) chosen.push_back(std::move(pod));
  return chosen;
}

// It never goes back: the lock may have been made anew.
std::int64_t choose_term(const memory& m) {
  const std::int64_t before = m.remembered ? m.remembered->term : -1;
  return m.lock.seen && !m.lock.seen->is_untouched() ? std::max(before, m.lock.seen->term) : before;
}

volume_memory draw_up(const memory& m, bool serves, instant now) {
  volume_memory kept;
  if (m.remembered) {
    kept.unknown_fields = m.remembered->unknown_fields;
    kept.dismissed_rdb = m.remembered->dismissed_rdb;
    kept.bounds_revision = m.remembered->bounds_revision;
    if (m.derived == role::primary) kept.opened = m.remembered->opened;
  }
  kept.cluster_id = choose_cluster_id(m, serves, now);
  kept.run_id = m.server->run_id;
  kept.history = own_lineage(m);
  kept.keys = m.details->keys;
  kept.functions = m.details->functions;
  kept.replicas = m.remembered ? m.remembered->replicas : 0;
  kept.last_end = recall_last_end(m);
  kept.term = choose_term(m);
  if (m.aof.is_enabled() || m.aof.flushed() >= 0) {
    kept.aof_offset = m.aof.flushed();
    kept.aof_bytes = noted_size(m, m.aof.flushed_bytes());
    set_aof_bound(kept, m);
  }
  kept.aof_is_stale = !m.aof.is_begun();
  return kept;
}

// A crash loop adds a stream with each start. Where a pod was last seen must not be lost among
// them.
void make_short(volume_memory& kept) {
  std::vector<std::string> last_seen;
  for (const remembered_pod& pod : kept.pods) {
    last_seen.push_back(pod.history_id);
    last_seen.push_back(pod.bound_id);
  }
  thin_out(kept.history, last_seen);
  thin_out(kept.gone_back, last_seen);
}

// A second restart must not forget what this one goes on from: Redis remembers one former id. That
// may be one that no agent had time to see.
bool goes_on_from_what_is_remembered(const memory& m, const lineage& own) {
  if (!m.remembered || m.remembered->is_copying || m.details->is_empty()) return false;
  const bool is_from_its_files = tells_its_history(*m.replication) && !m.sync.is_whole();
  return is_from_its_files || are_related(own, m.remembered->history);
}

// Once it has copied another's data, nothing is known of the pods that were missing before.
std::optional<opening_count> count_at_opening(const memory& m, const gate_facts& facts) {
  if (m.sync.is_whole() || !m.remembered) return std::nullopt;
  // Once that is noted, its stream may be one that is written in.
  const std::string& stream = last_written_stream(facts.own);
  if (!facts.own.is_estimate || stream == facts.own.id) return m.remembered->opened;
  return opening_count{stream, facts.keys, facts.functions, m.remembered->bounds_revision};
}

// A stranger's data is in it by now, or will be, whatever this server comes to.
std::optional<volume_memory> distrust_the_aof(const memory& m) {
  const bool is_anothers =
      m.replication->server_role == role::replica && has_a_strangers_data(m) && m.aof.is_enabled();
  if (!is_anothers || !m.remembered) return std::nullopt;
  volume_memory kept = *m.remembered;
  kept.aof_offset = -1;
  kept.aof_is_stale = kept.aof_is_being_made = true;
  kept.aof_reach = kept.history.offset;
  kept.ended_cleanly = false;
  return kept;
}

std::optional<volume_memory> remember_as_primary(const memory& m, const settings& s, instant now) {
  const bool serves = !gate_is_closed(m, s);
  volume_memory kept = draw_up(m, serves, now);
  if (serves) {
    if (m.replication->server_role == role::replica) return std::nullopt;
    make_certain(kept.history);
    kept.replicas = std::max(m.replication->connected_replicas, count_others(m));
    kept.pods = choose_pods(m);
    if (m.remembered && !names_the_same(m.remembered->pods, kept.pods)) ++kept.bounds_revision;
    return kept;
  }
  const gate_ruling ruling = decide_gate(m, s, now);
  const lineage own = kept.history;
  const bool goes_on = goes_on_from_what_is_remembered(m, own);
  if (ruling.act == gate_act::catch_up) {  // what was remembered stays, until the copy is whole
    if (m.remembered) kept = *m.remembered;
    if (goes_on) kept.gone_back = own;
    kept.is_copying = true;
    kept.pods = choose_pods(m);
    return kept;
  }
  if (ruling.act != gate_act::open) {
    if (!goes_on) return distrust_the_aof(m);
    if (!carries(own, m.remembered->history)) {
      kept = *m.remembered;
      kept.gone_back = own;
    }
    kept.pods = remembered_pods(m);
    return kept;
  }
  const gate_facts facts = assess_gate(m, s, now);
  if (!facts.own.id.empty()) kept.history = facts.own;
  // Those that it carries, and by a person's word those that he saw. Who has more and was silent
  // then does not follow when it is back: it says so.
  for (const pod_facts& pod : facts.pods) {
    const bool is_given_up = facts.kept == keeping::mine && !pod.silent_for;
    if (pod.has_data() && (is_given_up || is_carried(facts, pod))) {
      absorb(kept.history, pod.history);
    }
  }
  // From when it is open until its first replica comes what is written is not counted: its name is
  // no mere one for longer than this.
  kept.history.begin = -1;
  kept.opened = count_at_opening(m, facts);
  kept.pods = choose_pods(m);
  if (facts.kept == keeping::mine) kept.dismissed_rdb = facts.rdb;
  return kept;
}

// Its primary is gone, and what was noted of its AOF changes all the same: a rewrite ends.
bool goes_on_alone(const memory& m, const lineage& own) {
  return m.sync.was_in_sync && m.sync.phase != sync_phase::in_sync &&
         m.remembered->run_id == m.server->run_id && own.id == m.remembered->history.id &&
         own.offset >= m.remembered->history.offset;
}

// By hand: what is written here from now on is of this stream, and of no other that is remembered.
bool was_promoted(const memory& m) { return m.replication->server_role == role::primary; }

// Since its link came up, and not long ago: the primary's volume has what that agent says.
bool hears_the_primarys_agent(const memory& m, instant now) {
  constexpr duration patience = 10s;
  return word_of_primary(m) != nullptr && m.sync.up_since &&
         m.primary_said_at >= *m.sync.up_since && now - m.primary_said_at <= patience;
}

std::optional<volume_memory> remember_as_replica(const memory& m, instant now) {
  volume_memory kept = draw_up(m, false, now);
  if (m.remembered) kept.noted = m.remembered->noted;
  // A name that its server has invented at its start is noted, since it may be an ancestor soon.
  // So is the one that it takes to be held by the anchor without a place.
  const bool has_data = !m.details->is_empty();
  const bool goes_on = m.remembered && has_data;
  const auto& link = m.replication->link;
  const bool is_held = link && is_anchored(m, *link);
  if (goes_on && !tells_its_history(*m.replication)) return kept;
  if (goes_on && is_held && are_related(kept.history, m.remembered->history)) return kept;
  if (goes_on && goes_on_alone(m, kept.history)) return kept;
  if (has_data && was_promoted(m)) {
    kept.noted.reset();
    return kept;
  }
  const bool is_with_the_primary = m.sync.phase == sync_phase::in_sync && m.primary_replication &&
                                   leads_to_the_primary(m, *m.replication);
  if (!is_with_the_primary) return distrust_the_aof(m);
  const bool is_another = speaks_for_another_cluster(m, now) && m.kept != keeping::theirs;
  if (is_another && has_a_strangers_data(m)) return distrust_the_aof(m);
  const statement* const said = word_of_primary(m);
  if (said != nullptr && !is_another && !said->cluster_id.empty()) {
    kept.cluster_id = said->cluster_id;
  }
  // While the primary's volume may not have noted that this replica is back, what it noted last is
  // of no use to anybody who asks what this one cannot be beyond.
  constexpr std::int64_t vouches_for_nothing = std::numeric_limits<std::int64_t>::max();
  const bool may_be_noted_away = !hears_the_primarys_agent(m, now) || find_bound(said->pods, m.pod);
  if (may_be_noted_away) {
    if (kept.noted) kept.noted->bounds_revision = vouches_for_nothing;
  } else if (!is_another && said->noted) {
    kept.noted = said->noted;
  }
  kept.history = join_history(std::move(kept.history), lineage_of_primary(m));
  make_certain(kept.history);
  return kept;
}

}  // namespace

std::optional<volume_memory> choose_memory(const memory& m, const settings& s, instant now) {
  const bool is_known = m.redis.condition == link_condition::up && volume_is_known(m) &&
                        m.replication && m.server && m.details && is_settled(m);
  std::optional<volume_memory> kept;
  if (is_known) {
    kept =
        m.derived == role::primary ? remember_as_primary(m, s, now) : remember_as_replica(m, now);
  }
  if (kept) make_short(*kept);
  // It answers no more, and its replicas still tell. While clients write, each poll would be news:
  // whoever reaches the hook's port could make the volume be written to all the time.
  if (const auto proof = prove_end(m, s, now); proof && has_all_that_it_will_have(m)) {
    if (!kept) kept = m.remembered;
    if (kept) kept->last_end = proof;
  }
  return kept;
}

std::optional<volume_memory> choose_last_memory(const memory& m) {
  const bool was_announced = m.ending && m.ending->gone_at;
  const bool served = m.derived == role::primary && m.server && m.details && serves_as_primary(m);
  if (!was_announced || !served || !has_ended_whole(m) || !m.remembered) return std::nullopt;
  volume_memory kept = *m.remembered;
  kept.ended_cleanly = true;
  kept.aof_bytes = noted_size(m, m.aof.written_bytes());
  return kept;
}

bool is_to_be_written(const memory& m, const volume_memory& kept, instant now) {
  if (m.volume_asked_at) return false;
  const duration since_last = now - m.remembered_at;
  if (!m.volume_trouble.empty() && since_last < after_a_refusal) return false;
  // Whatever the rules may come to: no volume is written to without end.
  constexpr unsigned in_a_row_max = 4;
  constexpr duration pause = 100ms;
  if (m.writes_in_a_row >= in_a_row_max && since_last < pause) return false;
  return !m.is_noted || is_worth_writing(m.remembered, kept, since_last);
}

}  // namespace redis_agent::core
