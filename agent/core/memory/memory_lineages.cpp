// Whose data it is that the servers have: as each tells, its agent says, and its volume remembers.
#include <utility>

#include "core/memory/memory.hpp"

namespace redis_agent::core {
namespace {

// The server's own words count where they say anything; its agent knows what came before.
lineage join_statement(const replication_report& report, const statement* said) {
  lineage told = lineage_of(report);
  if (said == nullptr) return told;
  const lineage& known = said->history;
  const bool has_a_new_name =
      told.id != known.id && !told.ancestors.empty() && told.ancestors.front().id == known.id;
  if (!has_a_new_name) {
    if (told.id == known.id) told.begin = known.begin;
    return join_history(std::move(told), known);
  }
  // It was just told to take one, and its agent's next word tells what that goes on from: from what
  // it had.
  add_former(told, known, known.id);
  told.is_estimate = known.is_estimate;
  told.is_stale = known.is_stale;
  told.may_be_remade = known.may_be_remade;
  return told;
}

}  // namespace

lineage own_lineage(const memory& m) {
  if (!m.replication || m.loading.is_under_way()) return {};
  const auto& link = m.replication->link;
  const bool was_closed = m.closed_at && !serves_as_primary(m);  // a primary that had served
  const own_report report{.replication = *m.replication,
                          .run_id = m.server ? m.server->run_id : "",
                          .is_empty = !m.details || m.details->is_empty(),
                          .has_aof = m.aof.is_enabled(),
                          .is_open = serves_as_primary(m),
                          .was_promoted = m.derived == role::replica || was_closed,
                          .is_anchored = link && is_anchored(m, *link),
                          .has_invented_id = m.invented_id == m.replication->replid,
                          .aof_bytes = m.aof_bytes_at_start};
  lineage own = effective_lineage(report, m.remembered);
  if (own.id == m.sync.copied_stream) make_certain(own);
  return own;
}

lineage lineage_of_pod(const pod_memory& pod) {
  if (!pod.settled_at) return {};
  return join_statement(pod.report.replication, word_of(pod));
}

lineage lineage_of_word(const pod_memory& pod) {
  if (!pod.word) return {};
  const bool is_said = pod.said && pod.said->run_id == pod.word->run_id;
  return join_statement(pod.word->replication, is_said ? &*pod.said : nullptr);
}

lineage lineage_of_primary(const memory& m) {
  if (!m.primary_replication || m.primary_is_loading) return {};
  const statement* const said = word_of_primary(m);
  lineage told = join_statement(*m.primary_replication, said);
  // Its id changes without a trace when its first replica attaches (replication.c: syncCommand),
  // and the data does not. What it copies, or goes on from when it is promoted, leaves one.
  const bool has_a_new_name = said != nullptr && said->history.id != told.id &&
                              told.ancestors.empty() &&
                              m.primary_replication->server_role == role::primary;
  if (has_a_new_name) add_ancestors(told, said->history, end_after(said->history.offset));
  return told;
}

}  // namespace redis_agent::core
