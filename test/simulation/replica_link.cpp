// The link of a redis_model to its primary: src/replication.c's syncWithMaster and what follows it.
#include <algorithm>
#include <utility>

#include "redis_model.hpp"

namespace redis_agent::simulation {
namespace {

constexpr duration try_period = 1s;
constexpr duration acknowledge_period = 1s;
constexpr duration first_back_off = 200ms;  // TCP's

}  // namespace

void redis_model::follow() {
  switch (link_.state) {
    case link_state::none: break;
    case link_state::waiting:
    case link_state::connecting:
      if (now_ >= link_.next_try) try_to_connect();
      break;
    case link_state::handshake: shake_hands(); break;
    case link_state::delayed: wait_for_snapshot(); break;
    case link_state::receiving: receive(); break;
    case link_state::loading: load(); break;
    case link_state::connected: read_stream(); break;
  }
}

void redis_model::try_to_connect() {
  link_.next_try = now_ + try_period;
  link_.state = link_state::waiting;
  const core::endpoint& to = *link_.primary;
  link_.is_anchored = net_->is_anchor(address_, to);
  if (link_.is_anchored) {
    if (link_.keeps_place) continue_stream(replid_);
    return;
  }
  const listener found = find_listener(*net_, address_, to);
  if (found.outcome == connection::unreachable) link_.state = link_state::connecting;
  if (!found.server) return;
  link_.connection = fresh_number();
  link_.source = found.server->endpoint();
  link_.source_run = found.server->run_;
  link_.is_closed = false;
  link_.heard_at = now_;
  link_.inbox.clear();
  link_.state = link_state::handshake;
}

// Nobody has attached us yet, so that find_contact() cannot be asked.
void redis_model::shake_hands() {
  redis_model* to = source();
  if (link_.is_closed || (to && (!to->is_running_ || to->run_ != link_.source_run))) {
    return break_off();
  }
  if (!to || to->stands_still()) {
    if (is_too_silent()) break_off();
    return;
  }
  switch (to->answer_psync(*this)) {
    case psync_answer::no_primary_link: return break_off();
    case psync_answer::partial: return continue_stream(to->replid_);
    case psync_answer::full: break;
  }
  link_.due = link_.heard_at = now_;
  link_.is_forked_for = false;
  link_.state = link_state::delayed;
  if (to->config_.is_diskless) {
    link_.due += to->config_.pace.sync_delay;
  } else {
    wait_for_snapshot();
  }
}

// The same history under another name: its own replicas have to hear of it.
void redis_model::continue_stream(const std::string& id) {
  if (id != replid_) {
    replid2_ = std::exchange(replid_, id);
    second_offset_ = offset_ + 1;
    drop_replicas();
  }
  if (!backlog_start_) begin_backlog();
  link_.state = link_state::connected;
  link_.due = link_.heard_at = link_.next_ack = now_;
  link_.down_since.reset();
}

void redis_model::wait_for_snapshot() {
  const contact c = find_contact();
  if (c == contact::gone || (c == contact::silent && is_too_silent())) return break_off();
  if (c != contact::present) return;
  link_.heard_at = now_;
  source()->find_attached(link_.connection)->acknowledged_at = now_;
  if (now_ < link_.due) return;
  // The answer to PSYNC comes after the fork and before what is saved or sent, and the replica is
  // in its sync from then on (replication.c: startBgsaveForReplication).
  const duration fork = source()->config_.pace.fork;
  if (fork > 0ms && !std::exchange(link_.is_forked_for, true)) {
    source()->forks_until_ = now_ + fork;
  } else {
    begin_transfer(*source());
  }
}

void redis_model::begin_transfer(redis_model& from) {
  link_.snapshot = from.snapshot();
  attached& place = *from.find_attached(link_.connection);
  place.acknowledged = from.offset_;
  link_.saved_at = now_;
  if (!from.config_.is_diskless) {
    link_.saved_at += from.config_.pace.sync_delay;
    from.begin_save(link_.snapshot);
  }
  link_.due = link_.saved_at + from.config_.pace.sync_transfer;
  link_.state = link_state::receiving;
  if (is_old()) {
    link_.keeps_place = false;
    drop_replicas();
    free_backlog();
  }
  if (config_.loads_from_socket) begin_load();
}

void redis_model::receive() {
  const contact c = find_contact();
  if (c == contact::gone || (c == contact::silent && is_too_silent())) return break_off();
  if (c != contact::present) return;
  link_.heard_at = now_;
  attached& place = *source()->find_attached(link_.connection);
  place.acknowledged_at = now_;
  if (!source()->config_.is_diskless && now_ >= link_.saved_at) place.state = "send_bulk";
  if (now_ < link_.due) return;
  place.state = "online";
  begin_load();
}

// What was received is the dump.rdb by now, whatever becomes of the process.
void redis_model::begin_load() {
  link_.state = link_state::loading;
  link_.keeps_place = false;
  drop_replicas();
  free_backlog();
  if (aof_buffered_bytes_ > 0) flush_aof();
  aof_due_.reset();
  data_ = {};
  loading_keys_ = link_.snapshot.data.size();
  if (!config_.loads_from_socket) {
    files_->rdb = link_.snapshot;
    link_.due = now_;
  }
  link_.due += config_.pace.sync_load;
}

// From a file, the primary's death does not matter until the file is loaded.
void redis_model::load() {
  const contact c = find_contact();
  if (c == contact::present) {
    link_.heard_at = now_;
    source()->find_attached(link_.connection)->acknowledged_at = now_;
  } else if (config_.loads_from_socket && (c == contact::gone || is_too_silent())) {
    return break_off();
  }
  if (config_.loads_from_socket && c != contact::present) return;
  if (now_ >= link_.due) finish_load();
}

void redis_model::finish_load() {
  data_ = std::move(link_.snapshot.data);
  replid_ = link_.snapshot.replid;
  offset_ = link_.snapshot.offset;
  link_.snapshot = {};
  replid2_.assign(40, '0');
  second_offset_ = -1;
  begin_backlog();
  link_.keeps_place = true;
  link_.state = link_state::connected;
  link_.due = now_ + config_.pace.stream_start;
  link_.heard_at = link_.next_ack = now_;
  link_.down_since.reset();
  if (aof_is_on_) aof_due_ = now_ + config_.pace.aof_rewrite;
  if (redis_model* from = source()) {
    if (attached* place = from->find_attached(link_.connection)) place->state = "online";
  }
}

void redis_model::read_stream() {
  if (link_.is_anchored) {
    if (net_->is_anchor(address_, *link_.primary)) {
      link_.heard_at = now_;
    } else {
      lose_link();
    }
    return;
  }
  const contact c = find_contact();
  if (c == contact::silent) {
    if (is_too_silent()) lose_link();
    return;
  }
  if (c == contact::gone) return lose_link();
  redis_model& from = *source();
  // Mostly there is nothing new, which the offset tells without a search.
  if (from.offset_ > offset_ && now_ >= link_.due) {
    auto next = std::ranges::upper_bound(from.stream_, offset_, {}, &entry::end);
    const instant sent_by = now_ - from.config_.pace.latency;
    for (; next != from.stream_.end() && next->at <= sent_by; ++next) apply(*next);
  }
  if (config_.ping_period == 0s) link_.heard_at = now_;
  if (now_ < link_.next_ack) return;
  link_.next_ack = now_ + acknowledge_period;
  attached& place = *from.find_attached(link_.connection);
  place.acknowledged = offset_;
  place.acknowledged_at = now_;
}

void redis_model::apply(const entry& e) {
  if (e.end <= offset_) return;
  make(e.what);
  offset_ = e.end;
  stream_.push_back({e.end, e.what, now_});
  link_.heard_at = now_;
}

// Ends a try or a full sync. A second one comes with the next round of tries.
void redis_model::break_off() {
  close_connection();
  link_.snapshot = {};
  link_.state = link_state::waiting;
  link_.next_try = std::max(link_.next_try, now_);
}

void redis_model::lose_link() {
  for (const entry& e : link_.inbox) apply(e);
  close_connection();
  link_.state = link_state::waiting;
  link_.down_since = link_.next_try = now_;
  try_to_connect();
}

// The other end hears of it if packets pass; else it waits for its own time-out.
void redis_model::close_connection() {
  if (link_.connection == 0) return;
  if (redis_model* to = source_in_reach()) to->detach(link_.connection);
  link_.connection = 0;
  link_.next_packet.reset();
  link_.inbox.clear();
}

bool redis_model::has_path_to(const std::string& other) const {
  return net_->reaches(address_, other) && net_->reaches(other, address_);
}

// What TCP has no answer to it sends again after 0.2 s, 0.4 s, 0.8 s and so on. Packets pass again
// long before the next one, that is when an end hears of the other that it has ended meanwhile.
void redis_model::send_again() {
  if (link_.connection == 0 || !config_.has_back_off) return;
  if (source_in_reach() && (!link_.next_packet || now_ >= *link_.next_packet)) {
    link_.next_packet.reset();
    return;
  }
  if (!link_.next_packet) link_.next_packet = now_ + (link_.back_off = first_back_off);
  while (now_ >= *link_.next_packet) *link_.next_packet += (link_.back_off *= 2);
}

redis_model* redis_model::source() const { return link_.next_packet ? nullptr : source_in_reach(); }

// Whoever has the address to which it connected, wherever the primary's name leads by now, if
// packets pass; its process may be another one.
redis_model* redis_model::source_in_reach() const {
  if (!link_.primary || link_.connection == 0) return nullptr;
  redis_model* server = net_->server_at(link_.source);
  const bool is_reached =
      server && has_path_to(link_.source.host) && net_->admits(address_, link_.source);
  return is_reached ? server : nullptr;
}

redis_model::contact redis_model::find_contact() const {
  if (link_.is_closed) return contact::gone;
  redis_model* to = source();
  if (!to) return contact::silent;
  if (!to->is_running_ || to->run_ != link_.source_run) return contact::gone;
  if (!to->find_attached(link_.connection)) return contact::gone;
  return to->stands_still() ? contact::silent : contact::present;
}

}  // namespace redis_agent::simulation
