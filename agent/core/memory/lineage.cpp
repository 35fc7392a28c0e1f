#include "core/memory/lineage.hpp"

#include <algorithm>

namespace redis_agent::core {
namespace {

// More than a crash loop makes in a day; a history that is heard must not grow without end.
constexpr std::size_t ancestors_max = 512;
constexpr std::size_t ancestors_kept = 32;

bool is_an_id(std::string_view id) {
  return !id.empty() && id.find_first_not_of('0') != std::string_view::npos;
}

template <class Ancestors>
auto find_ancestor(Ancestors& ancestors, std::string_view id) -> decltype(ancestors.data()) {
  const auto found = std::find_if(ancestors.begin(), ancestors.end(),
                                  [&](const ancestor& a) { return a.id == id; });
  return found == ancestors.end() ? nullptr : &*found;
}

// The last offset of an ancestor that may be part of the history.
std::int64_t last_of(const ancestor& a) {
  if (a.end == whole_stream) return whole_stream;
  return std::max(std::max<std::int64_t>(a.end, 0) - 1, a.reach);
}

// nullptr: it is none, or there is no room for it.
ancestor* find_or_add(lineage& to, const ancestor& added) {
  if (!is_an_id(added.id)) return nullptr;
  if (added.id == to.id) {
    if (to.begin < 0) to.begin = added.begin;
    return nullptr;
  }
  if (ancestor* const known = find_ancestor(to.ancestors, added.id); known != nullptr) {
    if (known->begin < 0) known->begin = added.begin;
    known->is_absorbed = known->is_absorbed && added.is_absorbed;
    return known;
  }
  if (to.ancestors.size() >= ancestors_max) return nullptr;
  return &to.ancestors.emplace_back(added);
}

// Nothing was written in it: a new name for the data of the one before.
bool is_a_mere_name(const ancestor& a) { return a.begin >= 0 && a.begin >= last_of(a); }

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
  const std::int64_t last = last_of(newest);
  return carries(
      mine,
      {newest.id, last, {theirs.ancestors.begin() + 1, theirs.ancestors.end()}, newest.begin});
}

bool surely_carries(const lineage& mine, const lineage& theirs) {
  if (!carries(mine, theirs)) return false;
  if (!theirs.is_estimate || names_stream(mine, theirs.id)) return true;
  for (const ancestor& a : theirs.ancestors) {
    if (is_a_mere_name(a)) {
      if (names_stream(mine, a.id)) return true;
      continue;
    }
    const ancestor* const known = find_ancestor(mine.ancestors, a.id);
    return mine.id == a.id || (known != nullptr && known->end == whole_stream);
  }
  return false;
}

bool carries_up_to(const lineage& mine, const lineage& theirs, const ancestor& bound) {
  return may_end_at(theirs, bound.id, bound.reach) && carries(mine, lineage{bound.id, bound.reach});
}

bool carries_what_was_left(const lineage& mine, const lineage& theirs) {
  const auto newest = std::ranges::find_if_not(theirs.ancestors, is_a_mere_name);
  return theirs.is_stale && !theirs.may_be_remade && newest != theirs.ancestors.end() &&
         carries(mine, lineage{newest->id, last_of(*newest)});
}

bool names_stream(const lineage& history, std::string_view id) {
  return history.id == id || find_ancestor(history.ancestors, id) != nullptr;
}

bool are_related(const lineage& a, const lineage& b) {
  if (!is_an_id(a.id) || !is_an_id(b.id)) return false;
  return names_stream(a, b.id) || names_stream(b, a.id) ||
         std::any_of(a.ancestors.begin(), a.ancestors.end(),
                     [&](const ancestor& shared) { return names_stream(b, shared.id); });
}

void add_ancestor(lineage& to, const ancestor& added) { (void)find_or_add(to, added); }

const std::string& last_written_stream(const lineage& history) {
  if (history.ancestors.empty() || history.begin < 0 || history.begin < history.offset) {
    return history.id;
  }
  const auto written =
      std::find_if_not(history.ancestors.begin(), history.ancestors.end(), is_a_mere_name);
  return written == history.ancestors.end() ? history.ancestors.back().id : written->id;
}

bool may_end_at(const lineage& estimate, std::string_view stream, std::int64_t offset) {
  const ancestor* const newest = find_ancestor(estimate.ancestors, stream);
  return newest != nullptr && last_written_stream(estimate) == stream && last_of(*newest) <= offset;
}

bool reaches(const lineage& history, std::string_view stream, std::int64_t offset) {
  if (history.id == stream) return history.offset >= offset;
  const ancestor* const known = find_ancestor(history.ancestors, stream);
  return known != nullptr && last_of(*known) >= offset;
}

void add_ancestors(lineage& to, const lineage& from, std::int64_t end) {
  to.ancestors.reserve(to.ancestors.size() + from.ancestors.size() + 1);
  add_ancestor(to, {from.id, end, from.begin});
  for (const ancestor& older : from.ancestors) add_ancestor(to, older);
}

void add_former(lineage& to, const lineage& known, const std::string& id) {
  to.ancestors.reserve(to.ancestors.size() + known.ancestors.size() + 1);
  bool is_reached = known.id == id;
  if (is_reached) add_ancestor(to, {id, end_after(known.offset), known.begin});
  const bool is_the_newest = is_reached;
  for (const ancestor& a : known.ancestors) {
    is_reached = is_reached || a.id == id;
    if (is_reached && (is_the_newest || !a.is_absorbed)) add_ancestor(to, a);
  }
}

void absorb(lineage& mine, const lineage& theirs) {
  for (const ancestor& shared : theirs.ancestors) {
    ancestor* const known = find_ancestor(mine.ancestors, shared.id);
    if (known == nullptr) continue;
    known->end = std::max(known->end, end_after(last_of(shared)));
    break;
  }
  if (!theirs.is_estimate && carries(mine, theirs)) return;
  std::erase_if(mine.ancestors, [&](const ancestor& a) { return a.id == theirs.id; });
  add_ancestor(mine, {theirs.id, end_after(theirs.offset), theirs.begin, -1, true});
  for (ancestor older : theirs.ancestors) {
    older.is_absorbed = true;
    add_ancestor(mine, older);
  }
}

void thin_out(lineage& history, const std::vector<std::string>& last_seen) {
  const auto drop = [&](const auto& may_go) {
    for (std::size_t i = history.ancestors.size(); i-- > 0;) {
      if (history.ancestors.size() <= ancestors_kept) return;
      const ancestor& a = history.ancestors[i];
      const bool is_needed = std::find(last_seen.begin(), last_seen.end(), a.id) != last_seen.end();
      if (is_needed || !may_go(a)) continue;
      history.ancestors.erase(history.ancestors.begin() + static_cast<std::ptrdiff_t>(i));
    }
  };
  drop(is_a_mere_name);
  drop([](const ancestor&) { return true; });
}

void make_certain(lineage& history) {
  history.is_estimate = history.is_stale = history.may_be_remade = false;
}

lineage what_is_sure_of(lineage history) {
  for (ancestor& a : history.ancestors) a.reach = -1;
  return history;
}

lineage join_history(lineage a, const lineage& b) {
  if (a.id != b.id) return a;
  if (a.begin < 0) a.begin = b.begin;
  a.is_estimate = a.is_estimate || b.is_estimate;
  a.is_stale = a.is_stale || b.is_stale;
  a.may_be_remade = a.may_be_remade || b.may_be_remade;
  // A server that goes on partially under another name says that the former one ends where it was
  // then. Once it is past the beginning, it has what every witness has.
  const bool has_begun = b.begin < 0 || a.offset >= b.begin;
  a.ancestors.reserve(a.ancestors.size() + b.ancestors.size());
  for (const ancestor& older : b.ancestors) {
    ancestor* const known = find_or_add(a, older);
    if (has_begun && known != nullptr) known->end = std::max(known->end, older.end);
  }
  return a;
}

}  // namespace redis_agent::core
