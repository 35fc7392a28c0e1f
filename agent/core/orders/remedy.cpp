#include "core/orders/remedy.hpp"

#include <algorithm>
#include <utility>

#include "core/configuration/tls_places.hpp"
#include "core/failover/hand_over.hpp"
#include "core/failover/lock.hpp"
#include "core/failover/renewal.hpp"
#include "core/orders/lock_orders.hpp"
#include "core/orders/rotation.hpp"
#include "core/safety/ending.hpp"
#include "core/safety/gate.hpp"
#include "core/safety/gate_weighing.hpp"
#include "core/safety/promotion.hpp"
#include "core/safety/rope.hpp"

namespace redis_agent::core {
namespace {

// The anchor is this agent's listener that holds a donor's link up and sends nothing
// (wire/anchor_session.hpp). Its address is the one by which the agent reaches the donor.
endpoint anchor_for(const pod_memory& pod, const settings& s) {
  return {pod.report.own_address, s.anchor_port};
}

bool is_anchored(const pod_memory& pod, const settings& s) {
  const auto& link = pod.report.replication.link;
  return link && link->primary == anchor_for(pod, s);
}

std::vector<order> catch_up(const memory& m, const settings& s, const gate_ruling& ruling) {
  const auto found = m.pods.find(ruling.donor);
  if (found == m.pods.end()) return {};
  const pod_memory& donor = found->second;
  if (!donor.settled_at) return {};  // it loads: what it says of its place is invented
  const bool is_held = is_anchored(donor, s);
  // Without a place a replica cannot be held where it is: it first takes its data for a stream of
  // its own.
  const bool place = has_a_place(donor.report.replication);
  if (!is_held || (!place && !donor.report.replication.link->is_up)) {
    order hold{peer::pod, found->first, {}, anchor_for(donor, s), ruling.evidence};
    if (!place) hold.steps.push_back(step::stand_alone);
    hold.steps.push_back(step::follow);
    return {hold};
  }
  const bool is_noted = m.is_noted && m.remembered && m.remembered->is_copying;
  if (!donor.report.replication.link->is_up || !is_noted) return {};
  const endpoint where{donor.report.server_address, s.primary.port};
  const auto& link = m.replication->link;
  if (link && link->primary == where) return {};
  return {order{peer::redis, "", {step::follow}, where, ruling.evidence}};
}

order open_gate(const memory& m, const settings& s, const gate_ruling& ruling, instant now) {
  order open{peer::redis, "", {}, {}, ruling.evidence};
  if (opens_alone(m, s, now)) open.steps.push_back(step::need_replicas);
  if (m.replication->link) open.steps.push_back(step::stand_alone);
  // Where CONFIG may not be read it is not known to be needed, and would undo the rest: it comes
  // alone.
  const bool may_be_joined = m.bind || open.steps.empty();
  if (may_be_joined && binds_locally(m)) open.steps.push_back(step::listen_everywhere);
  return open;
}

// Opened before a pod with data could be heard, and nobody has written or copied yet: nothing is
// lost by closing again, and the pod's data can be had.
bool opened_too_early(const memory& m, const settings& s, instant now) {
  const bool is_in_use =
      !m.details || !m.details->is_empty() || m.replication->connected_replicas > 0;
  // What is counted here must be of this moment: an answer may have been long on its way.
  constexpr duration a_moment = 60ms;
  if (!m.redis.reported_at || now - m.asked_at > a_moment) return false;
  const bool is_a_persons_will = m.server && m.decided_run == m.server->run_id;
  if (is_in_use || is_a_persons_will) return false;
  const gate_facts facts = assess_gate(m, s, now);
  return facts.answers &&
         std::any_of(facts.pods.begin(), facts.pods.end(), [&](const pod_facts& pod) {
           return pod.has_data() && !pod.silent_for && !pod.serves_as_primary &&
                  !is_carried(facts, pod);
         });
}

// Where a lock says who serves, its clients have to look for who does. Where no agent would point
// it anywhere later it follows the name, as all others do there.
order demote(const memory& m, const settings& s, const std::string& pod, const std::string& why) {
  const endpoint to = s.rope ? parking_place() : s.primary;
  order closed{peer::pod, pod, {step::follow}, to, why};
  if (m.lock.is_used()) closed.steps.push_back(step::drop_clients);
  return closed;
}

std::vector<order> serve(const memory& m, const settings& s, instant now) {
  if (m.redis.condition != link_condition::up) return {};
  if (opened_too_early(m, s, now)) {
    return {order{peer::redis,
                  "",
                  {step::follow},
                  parking_place(),
                  "this pod is empty, and a replica has data"}};
  }
  if (const std::string successor = find_successor(m, now); !successor.empty()) {
    std::string why = "this pod's name leads to another one of that name, at ";
    why += successor;
    return {order{
        peer::redis, "", {step::follow, step::drop_replicas}, parking_place(), std::move(why)}};
  }
  std::vector<order> orders;
  for (const std::string& usurper : find_usurpers_beside(m, now)) {
    orders.push_back(demote(m, s, usurper, usurper + " serves, and this pod holds the lock"));
  }
  if (!volume_is_known(m)) return orders;
  const lineage own = own_lineage(m);
  for (const auto& [name, pod] : m.pods) {
    if (!is_anchored(pod, s) || !carries(own, lineage_of_pod(pod))) continue;
    order release{peer::pod,
                  name,
                  {step::follow},
                  {pod.report.own_address, replication_port(s)},
                  "it was copied from, and this pod serves again"};
    orders.push_back(std::move(release));
  }
  return orders;
}

// It has been asked for a full sync, was held when it was heard last, and answers nobody.
bool forks_for_the_copy(const memory& m, const settings& s) {
  if (m.sync.phase != sync_phase::handshake) return false;
  const std::string& host = m.replication->link->primary.host;
  return std::ranges::any_of(m.pods, [&](const auto& pod) {
    return pod.second.report.server_address == host && is_anchored(pod.second, s) &&
           pod.second.link.condition == link_condition::timed_out;
  });
}

// It follows whom it copies from by an address, behind which another server may be by the next try
// to connect: emptied, or made a primary by hand. Only a donor that is held there at this moment is
// followed; a copy that has begun is that of one that was.
bool follows_blindly(const memory& m, const settings& s, const gate_ruling& ruling) {
  const auto& link = m.replication->link;
  if (!link || is_parked(*link) || m.sync.phase == sync_phase::in_sync ||
      m.sync.phase == sync_phase::receiving) {
    return false;
  }
  if (forks_for_the_copy(m, s)) return false;
  const auto donor = m.pods.find(ruling.donor);
  const bool is_held = ruling.act == gate_act::catch_up && donor != m.pods.end() &&
                       donor->second.link.condition == link_condition::up &&
                       is_anchored(donor->second, s) &&
                       donor->second.report.replication.link->is_up;
  return !is_held || link->primary.host != donor->second.report.server_address;
}

std::vector<order> choose_for_primary(const memory& m, const settings& s, instant now) {
  if (s.gate == gate_choice::direct || !m.replication) return {};
  if (m.redis.condition == link_condition::up && m.server && m.server->is_shutting_down) {
    if (!waits_for_the_hopeless(*m.replication)) return {};
    return {order{peer::redis,
                  "",
                  {step::drop_replicas},
                  {},
                  "it ends, and waits for replicas that will not be in time"}};
  }
  if (const auto length = choose_pause(m, s, now)) {
    return {order{.steps = {step::pause_clients},
                  .why = "its end is announced, and its replicas are to have all",
                  .length = *length}};
  }
  // Another pod may hold the lock by now: who may not serve gives nobody an order.
  const bool is_held = m.lock.is_used() && m.lock.seen && !m.lock.seen->is_untouched();
  if (is_held && !may_serve(m, s, now)) return {};
  const gate_ruling ruling = decide_gate(m, s, now);
  const bool is_closed = ruling.act != gate_act::none && ruling.act != gate_act::open;
  if (is_closed && is_settled(m) && follows_blindly(m, s, ruling)) {
    return {order{peer::redis,
                  "",
                  {step::follow},
                  parking_place(),
                  "who it has copied from is not held there any more"}};
  }
  switch (ruling.act) {
    case gate_act::none: return serve(m, s, now);
    case gate_act::wait:
    case gate_act::hold: return {};
    case gate_act::demote: return {demote(m, s, ruling.donor, ruling.evidence)};
    case gate_act::catch_up: return catch_up(m, s, ruling);
    case gate_act::open: break;
  }
  if (!may_serve(m, s, now)) return {};
  // What it opens with is on the volume first: a crash in between must not forget it.
  const bool is_noted = m.is_noted && m.remembered &&
                        m.remembered->history.id == own_lineage(m).id && m.server &&
                        m.remembered->run_id == m.server->run_id && !m.remembered->is_copying;
  if (is_noted) return {open_gate(m, s, ruling, now)};
  // What it has copied is not left to whoever will be at that address by the time the volume takes
  // it.
  if (!m.volume_trouble.empty() && m.sync.phase == sync_phase::in_sync) {
    return {order{peer::redis, "", {step::follow}, parking_place(), "it has all, and cannot open"}};
  }
  return {};
}

std::vector<order> choose_for_replica(const memory& m, const settings& s, instant now) {
  const rope_ruling ruling = decide_rope(m, s, now);
  if (ruling.act != rope_act::follow && ruling.act != rope_act::park) return {};
  return {order{peer::redis, "", {step::follow}, ruling.to, ruling.evidence}};
}

constexpr duration first_retry = 250ms;
constexpr duration retry_max = 30s;

// The same order to the same server: not before what has come of the last one was seen, and after
// twice as long each time where it is refused, or a pod does not come to the anchor: its own agent
// parks it meanwhile, and the way may be barred for good.
bool may_be_given_again(const order_memory& given, const order& o, bool is_in_vain, instant now) {
  // Another order is news, but a server that refuses two in turns is not to be flooded.
  if (given.order != describe(o))
    return given.refusal.empty() || now - given.last_at >= first_retry;
  duration wait = first_retry;
  for (unsigned i = 0; is_in_vain && i < given.times && wait < retry_max; ++i) wait *= 2;
  return now - given.last_at >= std::min(wait, retry_max);
}

const order_memory* last_given(const memory& m, const order& o) {
  if (o.is_about_passwords()) {
    const auto found = m.password_orders.find(o.server());
    return found == m.password_orders.end() ? nullptr : &found->second;
  }
  const auto pod = m.pods.find(o.pod);
  if (o.who == peer::pod && pod == m.pods.end()) return nullptr;
  const auto& given = o.who == peer::pod ? pod->second.ordered : m.ordered;
  return given ? &*given : nullptr;
}

bool may_be_given(const memory& m, const order& o, instant now) {
  const auto pod = m.pods.find(o.pod);
  const bool is_pods = o.who == peer::pod;
  if (is_pods && pod == m.pods.end()) return false;
  const link_memory& other = o.who == peer::primary ? m.primary : m.redis;
  // Nobody is there to hear it.
  if ((is_pods ? pod->second.link : other).condition != link_condition::up) return false;
  const order_memory* const given = last_given(m, o);
  if (given == nullptr) return true;
  const bool shows_at_once = o.is_about_passwords() || !is_pods;
  return may_be_given_again(*given, o, !shows_at_once || !given->refusal.empty(), now);
}

std::vector<order> choose_by_role(const memory& m, const settings& s, instant now) {
  if (m.lock.is_used() && m.replication) {
    if (auto orders = choose_by_lock(m, s, now)) return *orders;
  }
  return m.derived == role::primary ? choose_for_primary(m, s, now) : choose_for_replica(m, s, now);
}

// Redis's own link goes by what `to` speaks, whatever its redis.conf began with. At the parking
// place nobody speaks, and to close a server is not left to whether it takes CONFIG.
void add_way(order& o, const settings& s) {
  const auto follow = std::find(o.steps.begin(), o.steps.end(), step::follow);
  if (s.tls_file.empty() || o.who != peer::redis || follow == o.steps.end()) return;
  if (o.to == parking_place()) return;
  o.steps.insert(follow, replicates_by_tls(s) ? step::go_by_tls : step::go_by_plain_tcp);
}

// Each handshake of Redis takes what it has read last: whatever else is to be told to it comes
// first.
std::vector<order> choose_all(const memory& m, const settings& s, instant now) {
  std::vector<order> orders = choose_by_role(m, s, now);
  for (order& o : orders) add_way(o, s);
  const certificate_memory& known = m.certificates;
  const bool is_due = known.is_used && known.installed && m.server &&
                      (known.is_reload_due || serves_another(known));
  const bool is_free = std::none_of(orders.begin(), orders.end(),
                                    [](const order& o) { return o.who == peer::redis; });
  if (is_due && is_free) {
    orders.push_back({.steps = {step::read_certificates},
                      .why = "its certificates may have changed",
                      .path = own_certificates(s) + "/tls.crt"});
  }
  return orders;
}

// What keeps the data safe goes first; the same server is told one thing at a time.
void add_for_passwords(std::vector<order>& orders, const memory& m, const settings& s,
                       instant now) {
  if (!m.passwords.is_rotated) return;
  for (order& o : choose_for_passwords(assess_rotation(m, s, now), now)) {
    const bool is_busy = std::any_of(orders.begin(), orders.end(), [&](const order& other) {
      return other.who == o.who && other.pod == o.pod;
    });
    if (!is_busy) orders.push_back(std::move(o));
  }
}

}  // namespace

bool is_still_wanted(const order& o, const memory& m, const settings& s, instant now) {
  const std::vector<order> wanted = o.is_about_passwords()
                                        ? choose_for_passwords(assess_rotation(m, s, now), now)
                                        : choose_all(m, s, now);
  return std::any_of(wanted.begin(), wanted.end(), [&](const order& w) {
    return w.who == o.who && w.pod == o.pod && w.steps == o.steps && w.to == o.to &&
           w.count == o.count && w.password.hash == o.password.hash;
  });
}

bool is_refused(const memory& m, const order& o) {
  const order_memory* const given = last_given(m, o);
  return given != nullptr && !given->refusal.empty() && given->order == describe(o);
}

std::vector<refused_order> standing_refusals(const memory& m, instant now) {
  std::vector<refused_order> refused;
  const auto add = [&](const std::string& by, const std::optional<order_memory>& given) {
    const bool stands = given && !given->refusal.empty() && now - given->last_at <= 2 * retry_max;
    if (stands) refused.push_back({by, given->order, given->refusal});
  };
  add("redis", m.ordered);
  for (const auto& [name, pod] : m.pods) add(name, pod.ordered);
  for (const auto& [name, given] : m.password_orders) add(name, given);
  return refused;
}

std::vector<order> choose(const memory& m, const settings& s, instant now) {
  std::vector<order> orders = choose_all(m, s, now);
  add_for_passwords(orders, m, s, now);
  std::erase_if(orders, [&](const order& o) { return !may_be_given(m, o, now); });
  return orders;
}

duration detail_interval(const memory& m, const settings& s, instant now) {
  const bool is_unknown_or_empty = !m.details || m.details->is_empty();
  const bool is_decisive = is_unknown_or_empty || gate_is_closed(m, s) ||
                           end_is_under_way(m, s, now) || waits_in_a_hurry(m, now);
  return is_decisive ? duration{} : s.detail_interval;
}

duration pod_poll_interval(const memory& m, const settings& s, instant now) {
  constexpr duration calm = 2s;
  constexpr duration while_paused = 5ms;
  constexpr duration while_searched = 25ms;  // whoever is close has to look it, whatever is written
  if (moves_in_a_hurry(m)) return while_paused;
  if (m.lock.holds() && m.lock.move && !m.lock.move->is_over) return while_searched;
  const bool is_calm = m.replication && !gate_is_closed(m, s) && !end_is_under_way(m, s, now) &&
                       !lock_is_late(m, s, now);
  return is_calm ? calm : s.poll_interval;
}

bool may_wait_for_a_turn(const event& happened, const memory& m, const settings& s, instant now) {
  constexpr std::size_t many = 16;
  if (m.pods.size() <= many || m.lock.is_used() || !serves_as_primary(m)) return false;
  const auto* const told = std::get_if<reported>(&happened);
  const auto* const said = std::get_if<stated>(&happened);
  const bool is_a_pods_word = told != nullptr ? told->who == peer::pod && !told->report.took_order
                                              : said != nullptr && said->who == peer::pod;
  return is_a_pods_word && pod_poll_interval(m, s, now) > s.poll_interval;  // it is calm
}

duration local_poll_interval(const memory& m, const settings& s, instant now) {
  constexpr duration at_first_sight = 10ms;
  constexpr duration while_loading = 25ms;
  constexpr duration to_be_next = 8ms;
  const auto at_most = [&](duration shorter) { return std::min(shorter, s.poll_interval); };
  if (!m.replication) return at_most(at_first_sight);
  if (m.loading.is_under_way()) return at_most(while_loading);
  // Who has all is to know it, when others are heard to have it; and to open on what is new.
  const bool was_just_given = was_given_within(m, 1s, now) && gate_is_closed(m, s);
  if (waits_in_a_hurry(m, now) || was_just_given) return at_most(to_be_next);
  const auto& link = m.replication->link;
  const bool follows_a_name = m.derived == role::replica && s.rope && link &&
                              !is_ip_literal(link->primary.host) &&
                              m.sync.phase != sync_phase::in_sync;
  // A name that leads nowhere for long is not parked again and again: it is parked once.
  const bool is_new = now - m.sync.followed_since <= 10s;
  return follows_a_name && is_new ? at_most(at_first_sight) : s.poll_interval;
}

}  // namespace redis_agent::core
