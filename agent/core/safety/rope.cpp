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

// So long a replica that was sent to an anchor may need to reach it. Whoever sent it there waits
// longer before it tries again (remedy.cpp): the two must not overrule each other.
constexpr duration anchor_arrival_max = 10s;

// As the gate would have decided if this replica had come in time: of two AOFs that a crash has cut
// short in the same stream, the counts of then decide (gate_weighing.hpp).
bool was_there_when_it_opened(const rope_facts& facts) {
  return facts.opened && names_stream(facts.primary_history, facts.opened->stream) &&
         last_written_stream(facts.own) == facts.opened->stream &&
         facts.opened->keys >= facts.keys && facts.opened->functions >= facts.functions;
}

// An AOF that may have more than is remembered of it has no more than the bound. One that is below
// what is remembered was noted before that.
bool has_all_that_is_here(const rope_facts& facts) {
  if (facts.primary_may_know_more) return false;
  if (surely_carries(facts.primary_history, facts.own)) return true;
  if (!facts.own.is_estimate) return false;
  return (facts.bound && carries_up_to(facts.primary_history, facts.own, *facts.bound)) ||
         was_there_when_it_opened(facts);
}

refusal judge_primary(const rope_facts& facts) {
  if (!facts.primary_answers) return refusal::no_contact;
  if (!facts.primary_is_primary) return refusal::is_a_replica;
  if (facts.theirs_is_kept || facts.is_let_go) return refusal::none;
  if (facts.primary_is_nobodys) return refusal::not_yet_known;
  // What arrives over a link that is up is the primary's own history: two answers of two moments
  // are not to be weighed against each other then.
  const bool is_strange = facts.primary_is_of_another_cluster && facts.is_a_strangers &&
                          !facts.primary_has_proven_itself;
  if (facts.link_is_up && facts.follows_the_primary && !is_strange) return refusal::none;
  if (is_strange) return refusal::another_cluster;
  if (!facts.volume_is_known && !facts.is_empty) {
    const bool is_carried =
        facts.tells_by_itself && surely_carries(facts.primary_history, facts.own);
    return is_carried ? refusal::none : refusal::volume_unknown;
  }
  if (!facts.is_empty && facts.primary_has_proven_itself) return refusal::none;
  if (!facts.is_empty && has_all_that_is_here(facts)) return refusal::none;
  if (facts.primary_is_of_another_cluster) return refusal::another_cluster;
  if (facts.is_empty) {
    return facts.primary_may_be_a_stranger ? refusal::not_yet_known : refusal::none;
  }
  if (facts.primary_may_be_a_stranger || facts.primary_may_know_more) return refusal::not_yet_known;
  return are_related(facts.primary_history, facts.own) ? refusal::behind : refusal::another_history;
}

// Offsets of two streams are not to be compared, though one goes on from the other.
std::string explain_less(const rope_facts& facts, const std::string& primary,
                         const std::string& here) {
  if (facts.primary_history.id != facts.own.id) {
    return primary + " goes on from an earlier state of this replica's history than is here (" +
           here + ")";
  }
  return primary + " has less than this replica: offset " +
         std::to_string(facts.primary_history.offset) + ", here " + here;
}

std::string explain(const rope_facts& facts, refusal why) {
  const std::string primary = "the primary " + to_text(facts.primary);
  const std::string here = "offset " + std::to_string(facts.own.offset);
  switch (why) {
    case refusal::none:
      return primary + (facts.is_let_go ? " holds the lock, and what it lacks has been dealt with"
                                        : " carries all that is here");
    case refusal::no_contact: return "the primary does not answer";
    case refusal::volume_unknown:
      return "the volume has not told yet what is known of the data here";
    case refusal::is_a_replica: return primary + " is itself a replica";
    case refusal::not_yet_known: return primary + " has not said yet whose it is";
    case refusal::another_cluster: return primary + " belongs to another cluster";
    case refusal::behind:
      if (!facts.unread.empty()) {
        return primary + " has less than is on this volume and not loaded: " + facts.unread;
      }
      return explain_less(facts, primary, here);
    case refusal::another_history:
      if (!facts.unread.empty()) {
        return primary + " does not carry what is on this volume and not loaded: " + facts.unread;
      }
      return primary + " does not carry this replica's history (" + here +
             "): emptied, or another data set";
  }
  return {};
}

// A person has made the primary follow somebody, whose data it will hand on.
bool is_led_astray(const rope_facts& facts, refusal why) {
  return why == refusal::is_a_replica && facts.primary_never_moves && facts.follows_the_primary;
}

// An address was pointed at after it had proven itself; a name, which the file may have, was not.
bool is_at_work(const rope_facts& facts, refusal why) {
  if (facts.link_is_up) return !is_led_astray(facts, why);
  if (!facts.is_receiving && !facts.is_awaited) return false;
  if (facts.is_empty) return true;
  const bool was_proven = is_ip_literal(facts.follows.host) && !facts.is_unasked;
  return was_proven && !is_about_data(why) && why != refusal::is_a_replica;
}

// A primary may have more than one address. Another one than the agent's own is as good while it
// works.
bool leads_there(const rope_facts& facts, const memory& m) {
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
    case refusal::volume_unknown: return "volume_unknown";
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
  const std::string ours = known_cluster(m);
  const bool is_anothers =
      said != nullptr && !ours.empty() && !said->cluster_id.empty() && said->cluster_id != ours;
  return is_anothers && now - m.primary_heard_at < stale_address_max;
}

namespace {

bool is_held(const memory& m, const replica_link& link, instant now) {
  return link.is_up || link.down_for_seconds.value_or(0) <= anchor_renewal_max ||
         now - m.sync.followed_since <= anchor_arrival_max;
}

// What the volume knows is on its way, and will be here before a full sync can be.
bool is_about_to_be_known(const memory& m, instant now) {
  constexpr duration a_disks_moment = 50ms;
  if (volume_is_known(m) || !m.volume_trouble.empty()) return false;
  return !m.volume_asked_at || now - *m.volume_asked_at < a_disks_moment;
}

// A stranger's data goes where the primary has what was here before. A volume that refuses may know
// too little of what is here to say whose it is, and what nobody saw come may be anything: a
// backup, or written by hand.
bool may_be_given_up(const rope_facts& facts, const memory& m) {
  return facts.is_a_strangers && m.volume_trouble.empty() &&
         m.replication->replid == m.sync.whole_stream &&
         surely_carries(facts.primary_history, m.remembered->history);
}

// A primary whose volume is an older one has noted nothing of the time since. What its agent has
// seen for itself counts all the same.
void add_what_it_notes(rope_facts& facts, const memory& m, const statement& said) {
  facts.keys = m.details->keys;
  facts.functions = m.details->functions;
  learn_last_stream(facts.own, said.pods, m.pod, facts.primary_history);
  const auto& noted = m.remembered ? m.remembered->noted : std::nullopt;
  const auto vouches = [&](std::int64_t revision) {
    return said.noted && vouches_for(noted, said.noted->pod, revision, facts.primary_history);
  };
  const remembered_pod* const away = find_away(said.pods, m.pod);
  const bool is_bound =
      away != nullptr && (!away->bound_is_inherited || vouches(away->bound_revision - 1));
  if (is_bound) facts.bound = find_bound(said.pods, m.pod);
  if (said.opened && vouches(said.opened->revision)) facts.opened = said.opened;
}

// The agent beside the primary, of this server's present run.
bool may_still_say_what_it_knows(const memory& m, instant now) {
  const bool has_said = word_of_primary(m) != nullptr && m.primary_said_at >= m.run_began_at;
  return !has_said && now - std::max(m.primary_heard_at, m.run_began_at) < introduction_max;
}

void look_at_link(rope_facts& facts, const memory& m, instant now) {
  if (!m.replication->link) return;
  facts.follows = m.replication->link->primary;
  facts.is_anchored = is_anchored(m, *m.replication->link);
  facts.link_is_up = facts.is_anchored ? is_held(m, *m.replication->link, now)
                                       : m.sync.phase == sync_phase::in_sync &&
                                             !link_is_strange(m) && !link_is_dead(m, now);
  facts.is_receiving = m.sync.phase == sync_phase::receiving;
  facts.is_unasked = m.sync.is_unasked;
  const bool is_silent = m.primary.condition == link_condition::timed_out ||
                         (m.primary.condition == link_condition::up && !primary_answers(m, now));
  facts.is_awaited =
      m.sync.phase == sync_phase::handshake && is_silent && facts.follows.host == m.primary_address;
}

rope_facts look(const memory& m, const settings& s, instant now) {
  rope_facts facts;
  facts.is_held = m.derived == role::replica;
  facts.volume_is_known = volume_is_known(m);
  facts.answers = m.redis.condition == link_condition::up && m.replication && m.details &&
                  is_settled(m) && !is_about_to_be_known(m, now);
  if (!facts.is_held || !facts.answers) return facts;
  facts.is_primary = m.replication->server_role == role::primary;
  look_at_link(facts, m, now);
  facts.primary_never_moves = !m.lock.is_used();
  facts.own = own_lineage(m);
  facts.tells_by_itself = tells_its_history(*m.replication) &&
                          m.invented_id != m.replication->replid && !facts.own.is_estimate &&
                          !m.aof.is_enabled();
  if (m.server) facts.run_id = m.server->run_id;
  facts.is_a_strangers = has_a_strangers_data(m);
  facts.is_empty = m.details->is_empty();
  if (auto unread = find_unread_rdb(m)) {
    facts.is_empty = facts.tells_by_itself = false;
    facts.own = std::move(unread->history);
    facts.unread = std::move(unread->what);
  }
  facts.primary_answers = primary_answers(m, now);
  if (!facts.primary_answers) return facts;
  facts.primary_is_primary = m.primary_replication->server_role == role::primary;
  facts.primary = {m.primary_address, s.primary.port};
  facts.follows_the_primary = leads_there(facts, m);
  facts.primary_history = lineage_of_primary(m);
  facts.is_empty = facts.is_empty || may_be_given_up(facts, m);
  // What was said before this server started was true of the one before: it may have gone on since.
  const statement* const said = word_of_primary(m);
  if (said != nullptr && m.primary_said_at >= m.run_began_at) {
    add_what_it_notes(facts, m, *said);
  }
  facts.primary_has_proven_itself = !m.proven_run_id.empty() && m.proven_run_id == m.primary_run_id;
  facts.primary_run_id = m.primary_run_id;
  facts.primary_is_of_another_cluster = speaks_for_another_cluster(m, now);
  // Who knows of a cluster follows nobody without a word, unless the stream speaks for him.
  const bool has_no_say =
      facts.is_empty || facts.is_a_strangers || !m.remembered || m.remembered->cluster_id.empty();
  facts.primary_is_nobodys =
      has_no_say && knows_of_a_cluster(m) && may_be_a_strangers(m, facts.primary_history);
  facts.primary_may_be_a_stranger =
      word_of_primary(m) == nullptr && now - m.primary_heard_at < introduction_max;
  facts.primary_may_know_more = facts.own.is_estimate && may_still_say_what_it_knows(m, now);
  facts.is_let_go = is_let_go(m, facts.own, s.after_divergence == opening::hold);
  if (m.kept == keeping::theirs) {
    facts.theirs_is_kept = describe_situation(facts, decide_rope(facts)) == m.kept_situation;
  }
  return facts;
}

}  // namespace

rope_facts assess_rope(const memory& m, const settings& s, instant now) {
  return s.rope ? look(m, s, now) : rope_facts{};
}

duration statement_interval(const memory& m, const settings& s, instant now) {
  constexpr duration calm_interval = 2s;
  const bool may_be_heard_soon =
      word_of_primary(m) == nullptr && now - m.primary_heard_at < introduction_max;
  const bool is_content = decide_rope(m, s, now).why == refusal::none;
  return is_content && !may_be_heard_soon ? calm_interval : s.poll_interval;
}

duration whole_poll_interval(const memory& m, const settings& s, instant now) {
  constexpr duration between_two_agents = 15ms;
  if (!m.primary_replication) return {};
  const duration fair = m.primary_replication->connected_replicas * between_two_agents;
  if (fair <= s.poll_interval / 2) return {};  // each poll is for all
  const bool is_calm = !m.lock.is_used() && m.sync.phase == sync_phase::in_sync &&
                       m.sync.is_admitted && decide_rope(m, s, now).why == refusal::none;
  if (!is_calm) return {};
  return std::min({fair, s.contact_timeout, s.max_lag / 4});
}

refusal find_refusal(const memory& m, const settings& s, instant now) {
  return decide_rope(look(m, s, now)).why;
}

std::string describe_situation(const rope_facts& facts, const rope_ruling& ruling) {
  if (!is_about_data(ruling.why)) return {};
  return std::string(to_text(ruling.why)) + " in run " + facts.run_id.substr(0, 8) +
         ", the primary's run " + facts.primary_run_id.substr(0, 8);
}

rope_ruling decide_rope(const rope_facts& facts) {
  if (!facts.is_held) return {};
  if (!facts.answers) return {rope_act::leave, refusal::none, {}, ""};  // rule 1
  const refusal why = judge_primary(facts);
  rope_ruling ruling{rope_act::leave, why, facts.primary, explain(facts, why)};
  if (why == refusal::none && facts.is_primary) {  // rule 2
    ruling.act = rope_act::park;
    ruling.to = parking_place();
    return ruling;
  }
  if (why == refusal::none) {
    // A sync that is under way is the same one, by the name; to begin again would waste it.
    const bool may_finish = facts.is_receiving && !is_ip_literal(facts.follows.host);
    if (!facts.follows_the_primary && !may_finish) ruling.act = rope_act::follow;
    return ruling;
  }
  if (facts.is_primary || facts.follows == parking_place()) return ruling;
  // The primary is there, and the link is another's: of a stranger, or of who was the primary
  // before.
  const bool leads_elsewhere = is_about_data(why) && facts.link_is_up && !facts.is_anchored;
  if (is_at_work(facts, why) && !leads_elsewhere) return ruling;  // rule 3
  ruling.act = rope_act::park;                                    // rule 4
  ruling.to = parking_place();
  return ruling;
}

rope_ruling decide_rope(const memory& m, const settings& s, instant now) {
  return decide_rope(assess_rope(m, s, now));
}

}  // namespace redis_agent::core
