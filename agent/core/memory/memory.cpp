#include "core/memory/memory.hpp"

#include <utility>

#include "core/memory/observing.hpp"

namespace redis_agent::core {
namespace {

link_memory& link_of(memory& m, peer who, const std::string& pod) {
  if (who == peer::pod) return m.pods[pod].link;
  return who == peer::redis ? m.redis : m.primary;
}

void note_reload(certificate_memory& known, const order_memory& ordered) {
  if (ordered.order.find(" tls-cert-file ") == std::string::npos) return;
  known.is_reload_due = !ordered.refusal.empty();
  known.served.clear();
  if (known.is_reload_due) ++known.reload_failures;
}

std::string name_of(peer who, const std::string& pod) {
  if (who == peer::pod) return pod;
  return who == peer::redis ? "redis" : "the primary";
}

// True if the report is about the order that was given last, and that was about passwords.
bool note_password_refusal(memory& m, const reported& e) {
  const auto found = m.password_orders.find(name_of(e.who, e.pod));
  if (!e.report.took_order || found == m.password_orders.end()) return false;
  order_memory& given = found->second;
  const auto& other = e.who == peer::pod ? m.pods[e.pod].ordered : m.ordered;
  const bool is_the_last = e.who == peer::primary || !other || other->last_at <= given.last_at;
  if (!is_the_last || e.report.asked_at < given.last_at) return false;
  given.refusal = e.report.order_refusal;
  if (!given.refusal.empty()) ++m.orders_refused;
  return true;
}

void note_refusal(memory& m, const reported& e) {
  if (note_password_refusal(m, e)) return;
  auto& ordered = e.who == peer::pod ? m.pods[e.pod].ordered : m.ordered;
  const bool is_about_it = e.who != peer::primary && ordered && e.report.took_order &&
                           e.report.asked_at >= ordered->last_at;
  if (!is_about_it) return;
  ordered->refusal = e.report.order_refusal;
  if (e.who == peer::redis) note_reload(m.certificates, *ordered);
  if (!ordered->refusal.empty()) ++m.orders_refused;
  if (e.who == peer::redis) note_pause(m, *ordered, e.report);
}

// A loop that has not turned for longer than a busy machine may hold it up.
constexpr duration stands_still_after = 3s;

// It was stopped, or the machine was. Who has not been asked meanwhile was not silent.
void note_standstill(memory& m, instant now) {
  if (!m.turned_at || now - *m.turned_at < stands_still_after) return;
  m.turned_at = m.awake_since = m.primary_heard_at = now;
}

void apply(memory& m, const turned&, instant now) { m.turned_at = now; }

void apply(memory& m, const connected& e, instant) { ++link_of(m, e.who, e.pod).connections; }

void note_answer(link_memory& link, instant now) {
  ++link.polls;
  link.condition = link_condition::up;
  link.detail.clear();
  link.failed_as = 0;
  link.learned_at = link.answered_at = link.reported_at = now;
}

void apply(memory& m, const reported& e, instant now) {
  note_answer(link_of(m, e.who, e.pod), now);
  note_refusal(m, e);
  switch (e.who) {
    case peer::redis: take_local_report(m, e.report, now); break;
    case peer::primary: take_primary_report(m, e.report, now); break;
    case peer::pod: return take_pod_report(m, e.pod, e.report, now);
  }
  if (m.derived == role::replica) note_proof(m);
}

void apply(memory& m, const answered& e, instant now) {
  note_answer(link_of(m, e.who, e.pod), now);
  if (e.who == peer::primary) take_primary_answer(m, e.loading, now);
}

void apply(memory& m, const stated& e, instant now) { take_statement(m, e, now); }

void note_password_order(memory& m, const ordered& e, instant now) {
  order_memory& before = m.password_orders[name_of(e.who, e.pod)];
  if (before.order != e.order) before = order_memory{e.order, now, now, 0};
  before.last_at = now;
  ++before.times;
  ++m.orders_given;
}

void apply(memory& m, const ordered& e, instant now) {
  if (e.is_about_passwords) return note_password_order(m, e, now);
  if (e.who == peer::primary) return;
  auto& before = e.who == peer::pod ? m.pods[e.pod].ordered : m.ordered;
  if (!before || before->order != e.order) before = order_memory{e.order, now, now, 0};
  before->pauses_writes = e.pauses_writes;
  before->resumes_writes = e.resumes_writes;
  before->last_at = now;
  ++before->times;
  ++m.orders_given;
}

void apply(memory& m, const volume_asked& e, instant now) { note_asking(m, e, now); }
void apply(memory& m, const volume_read& e, instant now) { take_volume(m, e, now); }
void apply(memory& m, const volume_checked& e, instant) { take_check(m, e); }
void apply(memory& m, const volume_unreadable& e, instant now) { note_trouble(m, e.why, now); }
void apply(memory& m, const volume_written& e, instant now) { note_write(m, e.remembered, now); }
void apply(memory& m, const volume_refused& e, instant now) { note_trouble(m, e.why, now); }

void apply(memory& m, const failed& e, instant now) {
  link_memory& link = link_of(m, e.who, e.pod);
  ++link.polls;
  ++link.failures.at(static_cast<std::size_t>(e.condition));
  link.failed_as |= 1U << static_cast<unsigned>(e.condition);
  link.condition = e.condition;
  link.detail = e.detail;
  link.learned_at = now;
  if (is_an_answer(e.condition)) link.answered_at = now;
  if (e.who == peer::primary) m.proven_run_id.clear();
  if (e.who == peer::redis) note_local_failure(m, e.condition, now);
}

template <class Answer>
void take_failure(name_memory<Answer>& name, const std::string& why) {
  ++name.failures;
  name.trouble = why;
}

void apply(memory& m, const person_decided& e, instant) {
  m.kept = e.kept;
  m.kept_situation = e.situation;
  m.answer_to_decision = e.answer;
  if (e.kept != keeping::undecided && m.server) m.decided_run = m.server->run_id;
}

// A server ends once: if no end comes, what is announced again changes nothing. Whoever can reach
// the hook's port can hold up writes for that long and no longer.
void apply(memory& m, const end_announced&, instant now) {
  if (!m.ending) m.ending = ending_memory{now};
}

void apply(memory& m, const door_tried& e, instant) { m.is_open_to_everybody = e.is_open; }

void apply(memory& m, const config_seen& e, instant) { m.gate_is_in_file = e.has_gate; }

void apply(memory& m, const own_link_tried& e, instant) { m.sync.link_trouble = e.trouble; }

void apply(memory& m, const reach_tried& e, instant) { m.is_reached = e.is_reached; }

void apply(memory& m, const own_addresses_known& e, instant) { m.own_addresses = e.addresses; }

void apply(memory& m, const addresses_resolved& e, instant now) {
  take_addresses(m, e.answer, now);
}
void apply(memory& m, const addresses_failed& e, instant) { take_failure(m.primary_name, e.why); }

void apply(memory& m, const peers_resolved& e, instant now) { take_pods(m, e.answer, now); }
void apply(memory& m, const peers_failed& e, instant) {
  take_failure(m.service_name, e.why);
  m.service_absence = e.what;
}

void apply(memory& m, const lock_asked& e, instant now) { note_request(m, e.request, now); }
void apply(memory& m, const lock_answered& e, instant now) {
  take_lock(m, e.seen, now);
  m.lock.certificate_until = e.certificate_until;
}
void apply(memory& m, const lock_recalled& e, instant now) { recall_lock(m, e, now); }
void apply(memory& m, const lock_failed& e, instant) { note_lock_failure(m, e); }

void apply(memory& m, const promise_given&, instant now) { m.lock.promised_at = now; }

void apply(memory& m, const promise_heard& e, instant) { m.lock.promises[e.pod] = e.asked_at; }

void apply(memory& m, const look_wanted&, instant now) { m.lock.told_to_look_at = now; }

void apply(memory& m, const next_heard& e, instant now) {
  const auto& seen = m.lock.seen;
  if (!seen || seen->term != e.term || seen->successor != e.pod) return;
  if (e.ends) {
    m.lock.next_refuses = e.pod;
    m.lock.next_refused_at = now;
  } else {
    m.lock.next_knows = true;
  }
}

void apply(memory& m, const route_known& e, instant) {
  m.lock.known_term = std::max(m.lock.known_term, e.found_term);
  m.lock.route_trouble = e.trouble;
  if (e.trouble.empty()) m.lock.routed_term = e.term;
}

void apply(memory& m, const move_asked& e, instant now) {
  if (!m.lock.move || m.lock.move->is_over) m.lock.move = wanted_move{now, e.to};
}

void apply(memory& m, const move_ended& e, instant) {
  if (!m.lock.move) return;
  m.lock.move->outcome = e.outcome;
  m.lock.move->is_over = true;
}

void apply(memory& m, const certificates_seen& e, instant) {
  certificate_memory& known = m.certificates;
  known.installed = e.installed;
  known.trouble = e.trouble;
  known.looked_at = e.now;
  known.is_reload_due = known.is_reload_due || e.is_new;
}

void apply(memory& m, const certificate_served& e, instant) {
  m.certificates.served = e.fingerprint;
  m.certificates.served_until = e.until;
}

void apply(memory& m, const divergence_found& e, instant now) { note_divergence(m, e, now); }
void apply(memory& m, const lost_kept& e, instant) { note_kept(m, e); }
void apply(memory& m, const lost_not_kept& e, instant) { note_not_kept(m, e); }

void apply(memory& m, const passwords_read& e, instant now) { take(m.passwords, e, now); }
void apply(memory& m, const passwords_recalled& e, instant now) { take(m.passwords, e, now); }
void apply(memory& m, const password_released& e, instant) { take(m.passwords, e); }
void apply(memory& m, const primary_passwords_tried& e, instant) {
  m.passwords.taken_by_primary = e.taken;
  m.passwords.tried_run = m.primary_run_id;
}

}  // namespace

memory begin_memory(const settings& s, instant now) {
  memory m;
  m.started_at = m.awake_since = m.progressed_at = m.run_began_at = now;
  m.pod = s.pod_name;
  m.derived = derive_role(s.pod_name, s.primary);
  m.primary_at = s.primary;
  m.budget = {static_cast<std::int64_t>(s.max_lag_bytes), s.max_lag};
  m.contact_timeout = s.contact_timeout;
  m.end_max = s.shutdown_timeout + no_end_comes_after;
  m.anchor_port = s.anchor_port;
  m.gate = s.gate;
  m.certificates.is_used = m.certificates.is_reload_due = s.tls != tls_mode::off;
  m.passwords.is_rotated = s.password_rotation;
  if (s.failover == failover_mode::lease) {
    m.lock.identity = s.pod_name + "/" + s.pod_uid;
    m.lock.by_name = m.derived;
    m.lock.role_since = now;
    m.gate = gate_choice::nowhere;
  }
  return m;
}

void observe(memory& m, const event& e, instant now) {
  note_standstill(m, now);
  std::visit([&](const auto& happened) { apply(m, happened, now); }, e);
}

}  // namespace redis_agent::core
