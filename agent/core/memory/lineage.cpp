#include "core/memory/lineage.hpp"

#include <algorithm>

namespace redis_agent::core {
namespace {

constexpr std::size_t ancestors_max = 16;

bool is_an_id(std::string_view id) {
  return !id.empty() && id.find_first_not_of('0') != std::string_view::npos;
}

template <class Ancestors>
auto find_ancestor(Ancestors& ancestors, std::string_view id) -> decltype(ancestors.data()) {
  const auto found = std::find_if(ancestors.begin(), ancestors.end(),
                                  [&](const ancestor& a) { return a.id == id; });
  return found == ancestors.end() ? nullptr : &*found;
}

}  // namespace

lineage lineage_of(const replication_report& report) {
  lineage history{report.replid, report.offset};
  if (report.second_offset > 0 && is_an_id(report.replid2)) {
    history.begin = report.second_offset - 1;
    add_ancestor(history, {report.replid2, report.second_offset});
  }
  return history;
}

bool has_a_place(const replication_report& report) {
  // A replica that began with nothing to go on from asks for "? -1" and shows the offset 1,
  // whatever it has counted (replication.c: no cached master).
  return !report.link || report.link->offset == report.offset;
}

bool tells_its_history(const replication_report& report) {
  if (is_an_id(report.replid2)) return true;
  if (report.link) return has_a_place(report);
  return report.connected_replicas > 0;
}

bool carries(const lineage& mine, const lineage& theirs) {
  if (!is_an_id(theirs.id)) return false;
  if (mine.id == theirs.id) return mine.offset >= theirs.offset;
  const ancestor* const common = find_ancestor(mine.ancestors, theirs.id);
  if (common != nullptr) return common->end == whole_stream || theirs.offset < common->end;
  // Where nothing was written since it began, the newest stream is a new name for the same data.
  if (theirs.ancestors.empty() || theirs.begin != theirs.offset) return false;
  const ancestor& newest = theirs.ancestors.front();
  const bool is_whole = newest.end == whole_stream;
  const std::int64_t last = is_whole ? whole_stream : std::max<std::int64_t>(newest.end, 0) - 1;
  return carries(
      mine,
      {newest.id, last, {theirs.ancestors.begin() + 1, theirs.ancestors.end()}, newest.begin});
}

bool are_related(const lineage& a, const lineage& b) {
  if (!is_an_id(a.id) || !is_an_id(b.id)) return false;
  const auto knows = [](const lineage& of, const std::string& id) {
    return of.id == id || find_ancestor(of.ancestors, id) != nullptr;
  };
  return knows(a, b.id) || knows(b, a.id) ||
         std::any_of(a.ancestors.begin(), a.ancestors.end(),
                     [&](const ancestor& shared) { return knows(b, shared.id); });
}

void add_ancestor(lineage& to, const ancestor& added) {
  if (!is_an_id(added.id)) return;
  if (added.id == to.id) {
    if (to.begin < 0) to.begin = added.begin;
    return;
  }
  if (ancestor* const known = find_ancestor(to.ancestors, added.id); known != nullptr) {
    if (known->begin < 0) known->begin = added.begin;
  } else if (to.ancestors.size() < ancestors_max) {
    to.ancestors.push_back(added);
  }
}

void add_ancestors(lineage& to, const lineage& from, std::int64_t end) {
  add_ancestor(to, {from.id, end, from.begin});
  for (const ancestor& older : from.ancestors) add_ancestor(to, older);
}

void absorb(lineage& mine, const lineage& theirs) {
  for (const ancestor& shared : theirs.ancestors) {
    ancestor* const known = find_ancestor(mine.ancestors, shared.id);
    if (known == nullptr) continue;
    known->end = std::max(known->end, shared.end);
    break;
  }
  if (carries(mine, theirs)) return;
  std::erase_if(mine.ancestors, [&](const ancestor& a) { return a.id == theirs.id; });
  add_ancestors(mine, theirs, end_after(theirs.offset));
}

lineage join_history(lineage a, const lineage& b) {
  if (a.id != b.id) return a;
  if (a.begin < 0) a.begin = b.begin;
  a.is_estimate = a.is_estimate || b.is_estimate;
  for (const ancestor& older : b.ancestors) add_ancestor(a, older);
  return a;
}

}  // namespace redis_agent::core
