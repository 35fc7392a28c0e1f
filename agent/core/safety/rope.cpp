#include "core/safety/rope.hpp"

#include <algorithm>

namespace redis_agent::core {
namespace {

// So long may DNS go on naming an address that another cluster's pod has by now. Who is still there
// after it is the primary, and has begun anew.
constexpr duration stale_address_max = 30s;

// Redis renews its link to a silent anchor after each repl-timeout. Parking it meanwhile would cost
// a Redis 5 the copy that is under way (replication.c: disconnectSlaves).
constexpr std::int64_t anchor_renewal_max = 5;

refusal judge_primary(const rope_facts& facts) {
  if (!facts.primary_answers) return refusal::no_contact;
  if (!facts.primary_is_primary) return refusal::is_a_replica;
  if (facts.theirs_is_kept) return refusal::none;
  // What arrives over a link that is up is the primary's own history: two answers of two moments
  // are not to be weighed against each other then.
  const bool is_strange = facts.primary_is_of_another_cluster && facts.is_a_strangers &&
                          !facts.primary_has_proven_itself;
  if (facts.link_is_up && facts.follows_the_primary && !is_strange) return refusal::none;
  if (!facts.is_empty && facts.primary_has_proven_itself) return refusal::none;
  if (!facts.is_empty && carries(facts.primary_history, facts.own)) return refusal::none;
  if (facts.primary_is_of_another_cluster) return refusal::another_cluster;
  if (facts.is_empty) {
    return facts.primary_may_be_a_stranger ? refusal::not_yet_known : refusal::none;
  }
  if (facts.primary_may_be_a_stranger) return refusal::not_yet_known;
  return are_related(facts.primary_history, facts.own) ? refusal::behind : refusal::another_history;
}

std::string explain(const rope_facts& facts, refusal why) {
  const std::string primary = "the primary " + to_text(facts.primary);
  const std::string here = "offset " + std::to_string(facts.own.offset);
  switch (why) {
    case refusal::none: return primary + " carries all that is here";
    case refusal::no_contact: return "the primary does not answer";
    case refusal::is_a_replica: return primary + " is itself a replica";
    case refusal::not_yet_known: return primary + " has not said yet whose it is";
    case refusal::another_cluster: return primary + " belongs to another cluster";
    case refusal::behind:
      return primary + " has less than this replica: offset " +
             std::to_string(facts.primary_history.offset) + ", here " + here;
    case refusal::another_history:
      return primary + " does not carry this replica's history (" + here +
             "): emptied, or another data set";
  }
  return {};
}

// A primary may have more than one address. Another one than the agent's own is as good while it
// works.
bool leads_to_the_primary(const rope_facts& facts, const memory& m) {
  if (facts.is_primary) return false;
  if (facts.follows == facts.primary) return true;
  if (!facts.link_is_up || facts.follows.port != facts.primary.port) return false;
  if (!m.primary_name.answer) return false;
  const auto& addresses = m.primary_name.answer->addresses;
  return std::find(addresses.begin(), addresses.end(), facts.follows.host) != addresses.end();
}

}  // namespace

bool is_parked(const replica_link& link) { return link.primary == parking_place(); }

std::string_view to_text(refusal why) {
  switch (why) {
    case refusal::none: return "none";
    case refusal::no_contact: return "no_contact";
    case refusal::is_a_replica: return "is_a_replica";
    case refusal::not_yet_known: return "not_yet_known";
    case refusal::another_cluster: return "another_cluster";
    case refusal::behind: return "behind";
    case refusal::another_history: return "another_history";
  }
  return "unknown";
}

bool speaks_for_another_cluster(const memory& m, instant now) {
  const statement* const said = word_of_primary(m);
  return said != nullptr && names_another_cluster(m, *said) &&
         now - m.primary_heard_at < stale_address_max;
}

rope_facts assess_rope(const memory& m, const settings& s, instant now) {
  rope_facts facts;
  facts.is_held = s.rope && m.derived == role::replica && m.volume_is_read;
  facts.answers = m.redis.condition == link_condition::up && m.replication && m.details &&
                  !(m.loading.is_loading && m.sync.phase != sync_phase::loading);
  if (!facts.is_held || !facts.answers) return facts;
  facts.is_primary = m.replication->server_role == role::primary;
  if (m.replication->link) {
    facts.follows = m.replication->link->primary;
    facts.link_is_up = is_anchored(m, *m.replication->link)
                           ? m.replication->link->down_for_seconds.value_or(0) <= anchor_renewal_max
                           : m.sync.phase == sync_phase::in_sync;
    facts.is_syncing = m.sync.phase == sync_phase::receiving || m.sync.phase == sync_phase::loading;
  }
  facts.own = own_lineage(m);
  facts.theirs_is_kept = m.kept == "theirs";
  facts.is_a_strangers = is_foreign(*m.replication, m.remembered);
  facts.is_empty = m.details->keys == 0 || facts.is_a_strangers;
  facts.primary_answers = primary_answers(m, now);
  if (!facts.primary_answers) return facts;
  facts.primary_is_primary = m.primary_replication->server_role == role::primary;
  facts.primary = {m.primary_address, s.primary.port};
  facts.follows_the_primary = leads_to_the_primary(facts, m);
  facts.primary_history = lineage_of_primary(m);
  facts.primary_has_proven_itself = !m.proven_run_id.empty() && m.proven_run_id == m.primary_run_id;
  facts.primary_is_of_another_cluster = speaks_for_another_cluster(m, now);
  facts.primary_may_be_a_stranger =
      word_of_primary(m) == nullptr && now - m.primary_heard_at < introduction_max;
  return facts;
}

rope_ruling decide_rope(const rope_facts& facts) {
  if (!facts.is_held) return {};
  if (!facts.answers) return {rope_act::leave, refusal::none, {}, ""};  // rule 1
  const refusal why = judge_primary(facts);
  rope_ruling ruling{rope_act::leave, why, facts.primary, explain(facts, why)};
  if (why == refusal::none) {  // rule 2
    // A sync that is under way is the same one, by the name; to begin again would waste it.
    const bool may_finish = facts.is_syncing && !is_ip_literal(facts.follows.host);
    if (!facts.follows_the_primary && !may_finish) ruling.act = rope_act::follow;
    return ruling;
  }
  if (facts.is_primary || facts.follows == parking_place()) return ruling;
  const bool leads_to_a_stranger =
      why == refusal::another_cluster && facts.follows.host == facts.primary.host;
  const bool is_at_work = facts.link_is_up || facts.is_syncing;
  if (is_at_work && !leads_to_a_stranger) return ruling;  // rule 3
  ruling.act = rope_act::park;                            // rule 4
  ruling.to = parking_place();
  return ruling;
}

rope_ruling decide_rope(const memory& m, const settings& s, instant now) {
  return decide_rope(assess_rope(m, s, now));
}

}  // namespace redis_agent::core
