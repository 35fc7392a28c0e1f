#include "core/volume_memory.hpp"

#include <algorithm>

namespace redis_agent::core {
namespace {

// Often enough that few writes are unaccounted for after a crash with an AOF, rare enough for a
// volume that is billed by the write.
constexpr duration rewrite_interval = 10s;

// The part of the memory that is older than `id`: what a server that has gone back to `id` still
// goes on from.
void add_older_than(lineage& to, const lineage& remembered, const std::string& id) {
  bool is_older = remembered.id == id;
  for (const ancestor& a : remembered.ancestors) {
    if (is_older) add_ancestor(to, a);
    is_older = is_older || a.id == id;
  }
}

std::int64_t end_of(const lineage& history) {
  return history.offset == whole_stream ? whole_stream : history.offset + 1;
}

// Only an AOF has all that was remembered; an RDB may be from long before.
lineage assume_remembered(const volume_memory& remembered, bool has_aof) {
  lineage assumed = remembered.history;
  if (!has_aof) {
    assumed.offset = 0;
  } else if (remembered.ended_cleanly) {
    assumed.offset = whole_stream;
  }
  return assumed;
}

}  // namespace

lineage effective_lineage(const own_report& own, const std::optional<volume_memory>& remembered) {
  lineage told = lineage_of(own.replication);
  if (!remembered || remembered->history.id.empty()) return told;
  const lineage& known = remembered->history;
  if (are_related(told, known)) {
    add_older_than(told, known, told.id);
    if (!told.ancestors.empty()) add_older_than(told, known, told.ancestors.front().id);
    return told;
  }
  // A primary's id changes without a trace when its first replica attaches (replication.c:
  // syncCommand), and the data does not.
  if (own.is_open && remembered->run_id == own.run_id) {
    add_ancestors(told, known, end_of(known));
    return told;
  }
  if (tells_its_history(own.replication) || own.keys == 0) return told;
  const lineage assumed = assume_remembered(*remembered, own.has_aof);
  if (!own.is_open) return assumed;
  add_ancestors(told, assumed, end_of(assumed));
  return told;
}

bool is_foreign(const replication_report& own, const std::optional<volume_memory>& remembered) {
  return remembered && !remembered->history.id.empty() && tells_its_history(own) &&
         !are_related(lineage_of(own), remembered->history);
}

bool is_worth_writing(const std::optional<volume_memory>& before, const volume_memory& after,
                      duration since_last) {
  if (!before) return true;
  const bool is_news =
      before->cluster_id != after.cluster_id || before->history.id != after.history.id ||
      before->history.ancestors != after.history.ancestors ||
      before->is_copying != after.is_copying || before->ended_cleanly != after.ended_cleanly ||
      (before->keys == 0) != (after.keys == 0);
  return is_news || (since_last >= rewrite_interval && *before != after);
}

}  // namespace redis_agent::core
