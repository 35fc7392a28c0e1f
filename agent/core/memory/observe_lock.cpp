// What the API server's answers change, and whose role follows from them.
#include <algorithm>
#include <utility>

#include "core/memory/observing.hpp"

namespace redis_agent::core {
namespace {

bool is_the_same_write(const lease& sent, const lease& seen) {
  return sent.holder == seen.holder && sent.term == seen.term &&
         sent.renewed_at == seen.renewed_at && sent.successor == seen.successor;
}

// Whose data is copied or waited for is another one from here on: nothing that was learned of the
// one before is true of it.
void forget_primary(memory& m) {
  link_memory anew;
  anew.connections = m.primary.connections;
  anew.polls = m.primary.polls;
  anew.failures = m.primary.failures;
  m.primary = anew;
  m.primary_replication.reset();
  m.primary_is_loading = false;
  m.primary_address.clear();
  m.primary_run_id.clear();
  m.proven_run_id.clear();
  m.primary_said.reset();
  m.primary_offsets.forget();
  m.sync.strange_since.reset();
  m.sync.fed_by_run.clear();
  m.led_elsewhere_since.reset();
  m.primary_name = {};
}

void assume_role(memory& m, instant now) {
  const lock_memory& lock = m.lock;
  const bool is_decided = lock.seen && !lock.seen->is_untouched();
  const role before = m.derived;
  if (lock.vacated) return;  // its holder may take it again
  m.derived = !is_decided ? lock.by_name : lock.holds() ? role::primary : role::replica;
  const bool is_named = is_decided && !lock.seen->address.empty();
  const bool has_moved = is_named && m.primary_at.host != lock.seen->address;
  if (before == m.derived && !has_moved) return;
  forget_primary(m);
  m.kept = keeping::undecided;
  m.lock.role_since = now;
  if (!is_named) return;
  m.primary_at.host = lock.seen->address;
  address_answer answer;
  answer.addresses = {lock.seen->address};
  m.primary_name.answer = std::move(answer);
  m.primary_name.answered_at = now;
}

void note_take(lock_memory& lock, const sent_request& written) {
  if (written.what.purpose != lock_purpose::take) return;
  lock.taken_term = written.what.wanted.term;
  lock.taken_run = written.run;
}

// Renewals that nobody answers are sent for hours: of two that say the same, and of which the later
// one lists nobody less, that one stands for both.
bool stands_for(const lock_request& later, const lock_request& earlier) {
  const lease& a = later.wanted;
  const lease& b = earlier.wanted;
  const bool says_the_same = later.purpose == earlier.purpose && a.version == b.version &&
                             a.holder == b.holder && a.term == b.term && a.successor == b.successor;
  return says_the_same &&
         std::all_of(b.members.begin(), b.members.end(),
                     [&](const lock_member& listed) { return a.lists(listed.pod); });
}

void add_unsure(lock_memory& lock, const sent_request& write) {
  std::erase_if(lock.unsure,
                [&](const sent_request& earlier) { return stands_for(write.what, earlier.what); });
  lock.unsure.push_back(write);
}

// A write that was not answered is known to have been carried out once its own words are read, and
// not to be any more once the version that it was meant for is gone.
void settle_unsure(lock_memory& lock) {
  for (const sent_request& write : lock.unsure) {
    const lease& wanted = write.what.wanted;
    if (!lock.holds() || wanted.term != lock.seen->term) continue;
    note_take(lock, write);  // or one like it
    if (!is_the_same_write(wanted, *lock.seen)) continue;
    lock.renewed_at = std::max(write.at, lock.renewed_at.value_or(write.at));
  }
  std::erase_if(lock.unsure, [&](const sent_request& write) {
    const lease& wanted = write.what.wanted;
    if (wanted.version == lock.seen->version) return false;
    // It may have counted before somebody made the lock anew: no other term has that number.
    lock.known_term = std::max(lock.known_term, wanted.term);
    return true;
  });
}

void note_gift(memory& m, const lease& seen) {
  lock_memory& lock = m.lock;
  const bool is_as_before = lock.seen && lock.seen->holder == seen.holder &&
                            (!seen.holder.empty() || lock.seen->successor == seen.successor);
  if (!lock.seen || is_as_before) return;
  const bool is_given = seen.is_given_to(m.pod);
  if (is_given) lock.given_by = seen.given_by;
  if (!is_given && seen.holder != lock.identity) lock.given_by.clear();
}

// Only its holder changes what stands in the annotations: it is what it was.
void complete(lease& seen, const std::optional<lease>& before) {
  const bool is_known =
      before && before->holder == seen.holder && before->term == seen.term && !seen.holder.empty();
  const bool is_erased = is_known && seen.history_id.empty() && !before->history_id.empty();
  if (!is_known || (seen.unreadable.empty() && !is_erased)) return;
  seen.cluster_id = before->cluster_id;
  seen.history_id = before->history_id;
  seen.offset = before->offset;
  seen.keys = before->keys;
  seen.functions = before->functions;
  seen.address = before->address;
  seen.members = before->members;
  seen.routed_term = before->routed_term;
  seen.successor = before->successor;
  seen.unreadable = before->unreadable;
}

// Who gives it away says so.
void note_vacancy(lock_memory& lock, const lease& seen) {
  const bool is_vacant = seen.holder.empty() && seen.given_by.empty();
  if (!is_vacant) {
    lock.vacated.reset();
  } else if (lock.holds()) {
    lock.vacated = lock.seen;
  }
}

}  // namespace

void note_request(memory& m, const lock_request& request, instant now) {
  m.lock.on_its_way = sent_request{request, now, m.server ? m.server->run_id : std::string()};
  m.lock.tried_at = now;
}

void take_lock(memory& m, const lease& seen, instant now) {
  lock_memory& lock = m.lock;
  const auto answered = std::exchange(lock.on_its_way, std::nullopt);
  const std::int64_t term_before = lock.seen ? lock.seen->term : -1;
  note_gift(m, seen);
  // Who gives it away serves no more, and so do all those before him: what they were promised is
  // over. Not what a later one was, where an API server has gone back.
  const bool is_given = seen.holder.empty() && !seen.given_by.empty();
  if (is_given && seen.term >= lock.known_term) lock.promised_at.reset();
  if (!lock.seen || lock.seen->term != seen.term || lock.seen->successor != seen.successor) {
    lock.named_at = now;
    lock.next_knows = false;
  }
  if (term_before != seen.term) lock.next_refuses.clear();
  note_vacancy(lock, seen);
  if (!lock.seen || lock.seen->version != seen.version) lock.changed_at = now;
  lease completed = seen;
  complete(completed, lock.seen);
  lock.seen = std::move(completed);
  lock.known_term = std::max(lock.known_term, seen.term);
  lock.trouble.reset();
  lock.why.clear();
  lock.retry_after = {};
  // An earlier term is somebody's edit: nobody else has had the lock.
  const bool is_his_still = lock.vacated || (lock.holds() && seen.term <= term_before);
  if (!is_his_still) {
    lock.renewed_at.reset();
    lock.promises.clear();
  }
  if (lock.holds() && answered && answered->what.writes()) {
    lock.renewed_at = answered->at;
    lock.promises.clear();
  }
  settle_unsure(lock);
  if (lock.holds() && answered) note_take(lock, *answered);
  assume_role(m, now);
}

void recall_lock(memory& m, const lock_recalled& e, instant now) {
  if (!m.lock.is_used() || m.lock.seen) return;
  m.lock.seen = e.seen;
  m.lock.known_term = std::max(m.lock.known_term, e.seen.term);
  m.lock.changed_at = now;  // nobody knows for how long it has stood still
  if (m.lock.holds()) {
    m.lock.renewed_at = e.renewed_at;
    m.lock.taken_run = e.run;
    if (!e.run.empty()) m.lock.taken_term = e.seen.term;
  }
  assume_role(m, now);
}

void note_lock_failure(memory& m, const lock_failed& e) {
  lock_memory& lock = m.lock;
  const auto failed = std::exchange(lock.on_its_way, std::nullopt);
  lock.trouble = e.what;
  lock.why = e.why;
  lock.retry_after = e.retry_after;
  const bool may_be_carried_out = e.what == lock_trouble::timed_out ||
                                  e.what == lock_trouble::unavailable ||
                                  e.what == lock_trouble::malformed;
  if (failed && failed->what.writes() && may_be_carried_out) add_unsure(lock, *failed);
}

// The report goes with the order: what the server has then is all that it will have.
void note_pause(memory& m, const order_memory& obeyed, const poll_report& report) {
  auto& move = m.lock.move;
  if (move && obeyed.resumes_writes && obeyed.refusal.empty()) move->is_resumed = true;
  if (!move || move->is_over || !obeyed.pauses_writes) return;
  move->refusal = obeyed.refusal;
  if (!obeyed.refusal.empty()) return;
  move->paused_at = report.asked_at;
  move->offset = report.replication.offset;
}

// One that its min-replicas-max-lag calls good, or that is online where that is not counted.
bool feeds_anybody(const replication_report& report) {
  if (report.good_replicas) return *report.good_replicas > 0;
  constexpr std::int64_t silence_max_seconds = 2;
  return std::any_of(report.replicas.begin(), report.replicas.end(), [](const attached_replica& r) {
    return r.state == "online" && r.lag_seconds.value_or(0) <= silence_max_seconds;
  });
}

void note_service(memory& m, instant now) {
  if (!m.lock.is_used() || !m.replication) return;
  if (feeds_anybody(*m.replication)) {
    m.lock.replicas_lost_at.reset();
  } else if (!m.lock.replicas_lost_at) {
    m.lock.replicas_lost_at = now;
  }
  if (m.lock.holds() && serves_as_primary(m)) {
    m.lock.served_term = m.lock.seen->term;
    m.lock.served_run = m.server ? m.server->run_id : "";
  }
}

std::string_view pod_of(std::string_view holder) { return holder.substr(0, holder.find('/')); }

}  // namespace redis_agent::core
