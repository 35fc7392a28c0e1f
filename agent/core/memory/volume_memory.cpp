#include "core/memory/volume_memory.hpp"

#include <algorithm>

namespace redis_agent::core {
namespace {

// Often enough that few writes are unaccounted for after a crash with an AOF, rare enough for a
// volume that is billed by the write.
constexpr duration rewrite_interval = 10s;

// Redis loads what a tool has left of an AOF, and nothing tells what was in the rest.
bool was_cut(const volume_memory& remembered, const own_report& own) {
  return own.has_aof && own.aof_bytes && remembered.aof_bytes && remembered.run_id != own.run_id &&
         *own.aof_bytes < *remembered.aof_bytes;
}

// Where the remembered stream ends for a server that does not say. After an end that was not
// announced an AOF has what it surely had, and perhaps more. Of an RDB without replication fields
// nothing is sure: it is from before the first replica attached, when the stream began with
// whatever there was by then, or of a replica that had lost its place in the stream (told to follow
// somebody else in a full sync, Redis 5 and 6 lose it).
ancestor assume_end(const volume_memory& remembered, const own_report& own) {
  ancestor before{remembered.history.id, 0};
  // Any other may have been written in after that was noted, and is no mere name.
  if (remembered.history.is_estimate) before.begin = remembered.history.begin;
  before.reach = remembered.history.offset;
  if (!own.has_aof) return before;
  const std::int64_t untold = remembered.aof_is_stale ? -1 : remembered.history.offset;
  const bool is_cut = was_cut(remembered, own);
  before.end = end_after(is_cut ? -1 : remembered.aof_offset.value_or(untold));
  before.reach = std::max(before.reach, remembered.aof_offset.value_or(0));
  if (remembered.aof_reach && !remembered.aof_is_being_made)
    before.reach = std::min(before.reach, *remembered.aof_reach);
  if (remembered.ended_cleanly && !is_cut) before.end = whole_stream;
  return before;
}

// An older stream, of which an AOF that was left behind in it has no more than it had by then, and
// one that was cut perhaps nothing.
ancestor assume_part(ancestor older, const volume_memory& remembered, const own_report& own) {
  const bool is_cut = was_cut(remembered, own);
  if (!own.has_aof || !(remembered.aof_is_stale || is_cut)) return older;
  older.reach = std::max(older.reach, older.end == whole_stream ? older.end : older.end - 1);
  older.end = std::min(older.end, end_after(is_cut ? -1 : remembered.aof_offset.value_or(-1)));
  return older;
}

// There was nothing when it ended as planned (FLUSHALL, expiry), and its AOF says so: that is a
// history like another. A volume that was emptied since has no memory of it.
bool was_left_empty(const volume_memory& remembered, const own_report& own) {
  return own.has_aof && remembered.ended_cleanly && !remembered.has_data() &&
         !remembered.aof_is_stale && !remembered.is_copying;
}

// All that a pod which is away may have is on the disk now.
bool has_passed_a_bound(const volume_memory& before, const volume_memory& after) {
  return std::any_of(after.pods.begin(), after.pods.end(), [&](const remembered_pod& pod) {
    return pod.bound >= 0 && pod.bound_id == after.history.id &&
           before.aof_offset.value_or(-1) < pod.bound && after.aof_offset.value_or(-1) >= pod.bound;
  });
}

// By a rewrite: the next start would take it for cut.
bool was_made_smaller(const volume_memory& before, const volume_memory& after) {
  return before.aof_bytes && after.aof_bytes.value_or(0) < *before.aof_bytes;
}

}  // namespace

const remembered_pod* find_away(const std::vector<remembered_pod>& pods, const std::string& name) {
  for (const remembered_pod& known : pods) {
    if (known.name == name && known.bound >= 0) return &known;
  }
  return nullptr;
}

std::optional<ancestor> find_bound(const std::vector<remembered_pod>& pods,
                                   const std::string& name) {
  const remembered_pod* const away = find_away(pods, name);
  if (away == nullptr) return std::nullopt;
  return ancestor{.id = away->bound_id, .reach = away->bound};
}

bool learn_last_stream(lineage& history, const std::vector<remembered_pod>& pods,
                       const std::string& name, const lineage& primarys) {
  if (!history.is_estimate) return false;
  const auto seen = std::ranges::find(pods, name, &remembered_pod::name);
  if (seen == pods.end() || seen->history_id.empty()) return false;
  if (names_stream(history, seen->history_id)) return false;
  // The primary's streams, the newest first: of those that the pod's volume names none is as new.
  // In one that is none of them it was without the primary: promoted, and written to.
  const auto& former = primarys.ancestors;
  const auto later = std::ranges::find(former, seen->history_id, &ancestor::id);
  const bool is_the_present = primarys.id == seen->history_id;
  const auto is_named = [&](const ancestor& a) { return names_stream(history, a.id); };
  if (later != former.end() || is_the_present) {
    const bool names_a_later = names_stream(history, primarys.id) ||
                               (!is_the_present && std::any_of(former.begin(), later, is_named));
    if (names_a_later || std::ranges::none_of(former, is_named)) return false;
  } else if (seen->offset == 0) {
    return false;  // a name that an empty server has invented, before its first sync
  }
  history.ancestors.insert(history.ancestors.begin(),
                           {.id = seen->history_id, .reach = seen->offset});
  history.is_stale = history.may_be_remade = false;
  return true;
}

lineage effective_lineage(const own_report& own, const std::optional<volume_memory>& remembered) {
  lineage told = lineage_of(own.replication);
  // Without a backlog the offset stands still, whatever is written: while it is open, or was by
  // somebody's hand since it was looked at last. Who leads it to an anchor writes nothing before.
  const bool may_be_written_to = own.is_open || (own.was_promoted && !own.is_anchored);
  const bool writes_uncounted = !own.replication.backlog_is_active && !own.is_empty;
  if (may_be_written_to && writes_uncounted) told.begin = -1;
  if (!remembered || remembered->history.id.empty()) return told;
  const bool goes_on = are_related(told, remembered->history);
  const bool has_gone_back = !goes_on && are_related(told, remembered->gone_back);
  const lineage& known = has_gone_back ? remembered->gone_back : remembered->history;
  if (goes_on || has_gone_back) {
    add_former(told, known, told.id);
    // As it was noted before a backlog was made, to be held by an anchor.
    const bool was_written_to = own.was_promoted && !own.is_open && known.id == told.id;
    if (was_written_to && known.begin < 0) told.begin = -1;
    if (!told.ancestors.empty()) {
      const std::string former = told.ancestors.front().id;
      add_former(told, known, former);
    }
    told.is_estimate = known.is_estimate;
    told.is_stale = known.is_stale;
    told.may_be_remade = known.may_be_remade;
    // Behind its gate nothing is written, and to follow somebody is a step of the offset
    // (replication.c: createReplicationBacklog).
    const lineage& back = remembered->gone_back;
    if (!own.is_open && back.id == told.id && back.begin == back.offset) told.begin = told.offset;
    return told;
  }
  // A primary's id changes without a trace when its first replica attaches, or its last one is away
  // for repl-backlog-ttl (replication.c: syncCommand, replicationCron), and the data does not: it
  // has all that the former stream came to, whether an agent saw that or not.
  if (own.is_open && remembered->run_id == own.run_id) {
    // It goes on from a stream of which nothing is known here: a stranger's was copied.
    if (!told.ancestors.empty()) return told;
    add_ancestors(told, known, own.was_promoted ? end_after(known.offset) : whole_stream);
    return told;
  }
  const bool tells = tells_its_history(own.replication) && !own.has_invented_id;
  if (tells || (own.is_empty && !was_left_empty(*remembered, own))) return told;
  if (!own.is_open) told.begin = told.offset;
  const ancestor before = assume_end(*remembered, own);
  told.is_estimate = !own.is_open && before.end != whole_stream;
  // That it is smaller may as well be a rewrite's doing, that nobody has seen.
  const bool is_cut = was_cut(*remembered, own);
  const bool was_left = remembered->aof_reach || known.is_stale || is_cut;
  told.is_stale = told.is_estimate && own.has_aof && was_left;
  told.may_be_remade =
      told.is_stale && (remembered->aof_is_being_made || known.may_be_remade || is_cut);
  add_ancestor(told, before);
  for (const ancestor& older : known.ancestors) {
    add_ancestor(told, assume_part(older, *remembered, own));
  }
  return told;
}

bool is_foreign(const replication_report& own, const std::optional<volume_memory>& remembered) {
  return remembered && !remembered->history.id.empty() && tells_its_history(own) &&
         !are_related(lineage_of(own), remembered->history);
}

bool names_the_same(const std::vector<remembered_pod>& a, const std::vector<remembered_pod>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one.name == other.name && one.bound_id == other.bound_id;
  });
}

bool had_untold_aof(const std::vector<remembered_pod>& pods, const std::string& name) {
  return std::ranges::any_of(
      pods, [&](const remembered_pod& pod) { return pod.name == name && pod.has_untold_aof; });
}

bool know_the_same_aofs(const std::vector<remembered_pod>& a,
                        const std::vector<remembered_pod>& b) {
  return std::ranges::equal(a, b, {}, &remembered_pod::has_untold_aof,
                            &remembered_pod::has_untold_aof);
}

bool know_the_same_streams(const std::vector<remembered_pod>& a,
                           const std::vector<remembered_pod>& b) {
  return std::ranges::equal(a, b, {}, &remembered_pod::history_id, &remembered_pod::history_id);
}

bool is_worth_writing(const std::optional<volume_memory>& before, const volume_memory& after,
                      duration since_last) {
  if (!before) return true;
  const bool is_news =
      before->cluster_id != after.cluster_id || before->run_id != after.run_id ||
      before->history.id != after.history.id || before->history.begin != after.history.begin ||
      before->history.ancestors != after.history.ancestors ||
      before->gone_back != after.gone_back || before->is_copying != after.is_copying ||
      before->ended_cleanly != after.ended_cleanly || before->aof_is_stale != after.aof_is_stale ||
      before->aof_reach.has_value() != after.aof_reach.has_value() ||
      before->aof_is_being_made != after.aof_is_being_made || was_made_smaller(*before, after) ||
      before->term != after.term || before->noted != after.noted ||
      before->opened != after.opened || before->has_data() != after.has_data() ||
      before->replicas != after.replicas || before->last_end != after.last_end ||
      before->dismissed_rdb != after.dismissed_rdb || !names_the_same(before->pods, after.pods) ||
      !know_the_same_aofs(before->pods, after.pods) ||
      !know_the_same_streams(before->pods, after.pods) || has_passed_a_bound(*before, after);
  return is_news || (since_last >= rewrite_interval && *before != after);
}

}  // namespace redis_agent::core
