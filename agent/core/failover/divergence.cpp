#include "core/failover/divergence.hpp"

#include <algorithm>
#include <vector>

#include "core/base/units.hpp"
#include "core/safety/rope.hpp"

namespace redis_agent::core {
namespace {

// Longer than one late answer.
constexpr duration word_counts_for = 3s;

// A replica connects once a second.
constexpr duration arrives_within = 15s;

// A part of a history that has one name.
struct segment {
  std::string_view id;
  std::int64_t begin = -1;
  std::int64_t last = -1;  // whole_stream: unknown

  bool is_a_mere_name() const { return begin >= 0 && begin >= last; }
};

std::vector<segment> segments_of(const lineage& history) {
  std::vector<segment> segments = {{history.id, history.begin, history.offset}};
  for (const ancestor& a : history.ancestors) {
    const bool is_open = a.end == whole_stream;
    segments.push_back({a.id, a.begin, is_open ? whole_stream : std::max(a.end - 1, a.reach)});
  }
  return segments;
}

// The first offset of that stream that the history surely has not; nullopt if it never was in it.
std::optional<std::int64_t> end_in(const lineage& history, std::string_view id) {
  if (history.id == id) return end_after(history.offset);
  for (const ancestor& a : history.ancestors) {
    if (a.id == id) return a.end;
  }
  return std::nullopt;
}

// Offsets count on where a stream takes a new name (a promotion), and anew after a start from an
// AOF.
bool counts_on(const std::vector<segment>& segments, std::size_t until) {
  for (std::size_t i = 0; i < until; ++i) {
    if (segments[i].begin < 0 || segments[i].begin != segments[i + 1].last) return false;
  }
  return true;
}

bool is_mere_name_until(const std::vector<segment>& segments, std::size_t until) {
  return std::all_of(segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(until),
                     [](const segment& s) { return s.is_a_mere_name(); });
}

bool serves_by_the_lock(const memory& m, const statement& said, const lease& lock) {
  const std::string_view holder = pod_of(lock.holder);
  return said.pod == holder && said.lock && said.lock->serves && said.lock->holder == holder &&
         said.lock->term == lock.term && m.primary_address == lock.address;
}

// A volume may have been lost to its agent before that had noted the cluster's name: then a stream
// in common tells.
bool is_of_one_cluster(const memory& m, const statement& said, const lineage& own) {
  if (!m.remembered) return false;
  if (m.remembered->cluster_id.empty()) return are_related(lineage_of_primary(m), own);
  return m.remembered->cluster_id == said.cluster_id;
}

bool has_been_emptied(const memory& m, const lease& lock) {
  const auto holder = m.pods.find(std::string(pod_of(lock.holder)));
  const bool is_empty = holder != m.pods.end() && holder->second.report.details &&
                        holder->second.report.details->is_empty();
  return is_empty && lock.has_data();
}

// It is a replica of nobody, and so has come to rest.
bool is_at_rest(const memory& m, const settings& s) {
  const auto& link = m.replication->link;
  return link && (is_parked(*link) || link->primary == own_anchor(s));
}

// Why the stream cannot be had from the server, "" if it can be.
std::string refuse_stream(const memory& m, const settings& s, const divergence& d) {
  const replication_report& own = *m.replication;
  const auto bytes = d.bytes();
  if (!bytes) return "it is not known where the histories part";
  if (static_cast<std::uint64_t>(*bytes) > s.keep_lost_max) {
    return describe_size(static_cast<std::uint64_t>(*bytes)) + " are more than --keep-lost-max";
  }
  const bool is_whole = d.to == own.offset && d.history_id == own.replid;
  const bool reaches_back = own.backlog_is_active && own.backlog_first_offset <= d.from &&
                            own.backlog_first_offset + own.backlog_length > d.to;
  return is_whole && reaches_back ? "" : "the server's backlog does not reach back so far";
}

bool is_held_by_own_anchor(const memory& m, const settings& s) {
  const auto& link = m.replication->link;
  return link && link->primary == own_anchor(s) && link->is_up;
}

}  // namespace

endpoint own_anchor(const settings& s) { return {"127.0.0.1", s.anchor_port}; }

void find_parting(divergence& of, const lineage& own, const lineage& holders) {
  const std::vector<segment> mine = segments_of(own);
  for (std::size_t i = 0; i < mine.size(); ++i) {
    const auto end = end_in(holders, mine[i].id);
    if (!end) continue;
    of.from = std::min(*end, end_after(mine[i].last));
    if (of.from == whole_stream) of.from = -1;
    const bool is_known = !own.is_estimate && mine[i].last != whole_stream;
    if (is_known && counts_on(mine, i)) of.to = own.offset;
    if (is_known && !counts_on(mine, i) && is_mere_name_until(mine, i)) of.to = mine[i].last;
    return;
  }
}

std::optional<divergence> find_divergence(const memory& m, const settings& s, instant now) {
  if (!m.lock.is_used() || !m.lock.seen || m.lock.holds() || m.derived != role::replica) {
    return std::nullopt;
  }
  const lease& lock = *m.lock.seen;
  const statement* const said = word_of_primary(m);
  const bool is_heard = said != nullptr && now - m.primary_said_at <= word_counts_for;
  if (!is_heard || lock.holder.empty() || !m.replication || !is_at_rest(m, s)) return std::nullopt;
  const refusal why = find_refusal(m, s, now);
  const bool is_refused = why == refusal::behind || why == refusal::another_history;
  const lineage own = own_lineage(m);
  // Of one stream two moments were seen, and no difference.
  const bool is_one_stream = m.primary_replication && m.primary_replication->replid == own.id;
  if (!is_refused || is_one_stream || !primary_is_in_contact(m, now)) return std::nullopt;
  if (!serves_by_the_lock(m, *said, lock) || !is_of_one_cluster(m, *said, own)) return std::nullopt;
  if (has_been_emptied(m, lock)) return std::nullopt;
  divergence found{.term = lock.term,
                   .holder = std::string(pod_of(lock.holder)),
                   .holder_run = m.primary_run_id,
                   .history_id = own.id,
                   .offset = own.offset};
  find_parting(found, own, lineage_of_primary(m));
  return found;
}

keeping_step choose_keeping(const memory& m, const settings& s, instant now) {
  const auto found = find_divergence(m, s, now);
  if (!found) return {};
  const lost_memory& lost = m.lost;
  const bool is_known = lost.found == found;
  if (is_known && lost.kept) return {};
  if (s.keep_lost_max == 0) return {keeping_act::give_up, *found, "--keep-lost-max is 0"};
  std::string no_stream = refuse_stream(m, s, *found);
  if (no_stream.empty() && is_known) no_stream = lost.stream_trouble;
  if (no_stream.empty()) {
    if (is_held_by_own_anchor(m, s)) return {keeping_act::read_stream, *found, ""};
    const bool is_late = is_known && now - lost.found_at > arrives_within;
    if (!is_late) return {keeping_act::hold_at_anchor, *found, ""};
    no_stream = "its server does not connect to the agent's --anchor-port";
  }
  if (!is_known || lost.rdb_trouble.empty()) {
    return {keeping_act::save_rdb, *found, std::move(no_stream)};
  }
  return {keeping_act::give_up, *found, no_stream + "; and no RDB: " + lost.rdb_trouble};
}

}  // namespace redis_agent::core
