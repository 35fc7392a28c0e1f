#include "redis_model.hpp"

#include <algorithm>
#include <utility>

namespace redis_agent::simulation {
namespace {

const std::string no_id(40, '0');

bool is_loopback(const std::string& host) {
  return host == "127.0.0.1" || host == "localhost" || host == "::1";
}

}  // namespace

listener find_listener(network& n, const std::string& from, const core::endpoint& to) {
  if (is_loopback(to.host)) return {connection::refused, nullptr};
  redis_model* server = n.server_at(to);
  if (!server || !n.reaches(from, to.host) || !n.reaches(to.host, from)) return {};
  if (!n.admits(from, to)) return {};
  const bool is_own = from == to.host;
  if (!server->is_running() || (server->binds_loopback_only() && !is_own)) {
    return {connection::refused, nullptr};
  }
  return {connection::accepted, server};
}

redis_model::redis_model(std::string address, volume& files, network& net, std::mt19937_64& chance)
    : address_(std::move(address)), files_(&files), net_(&net), chance_(&chance) {}

std::string redis_model::fresh_id() {
  constexpr char digits[] = "0123456789abcdef";
  std::string id(40, '0');
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < id.size(); ++i, bits >>= 4) {
    if (i % 16 == 0) bits = fresh_number();
    id[i] = digits[bits & 15];
  }
  return id;
}

// Its process.

void redis_model::start(instant now, const server_config& config) {
  kill();
  config_ = config;
  now_ = started_at_ = unfollowed_since_ = now;
  is_running_ = true;
  is_paused_ = false;
  forks_until_.reset();
  writes_wait_until_ = {};
  run_ = fresh_number();
  run_id_ = fresh_id();
  replid_ = fresh_id();
  replid2_ = no_id;
  offset_ = 0;
  second_offset_ = -1;
  resyncs_ = {};
  link_ = {};
  link_.primary = config.replicaof;
  begin_loading();
}

void redis_model::kill(in_flight fate) { end_process(fate); }

void redis_model::terminate(instant now) {
  if (answers()) {
    now_ = now;
    if (aof_due_) return;
    if (config_.saves_at_shutdown && !is_loading()) save();
    if (aof_buffered_bytes_ > 0) flush_aof();
  }
  end_process(in_flight::arrives);
}

void redis_model::end_process(in_flight fate) {
  if (!is_running_) return;
  if (fate == in_flight::arrives) {
    send_what_is_in_flight();
    say_goodbye();
    close_connection();
  }
  is_running_ = false;
  is_paused_ = false;
  forks_until_.reset();
  loading_until_.reset();
  saving_.reset();
  aof_due_.reset();
  aof_busy_until_ = {};
  aof_buffered_bytes_ = aof_unnamed_bytes_ = 0;
  data_ = {};
  replicas_.clear();
  free_backlog();
  link_ = {};
}

void redis_model::pause(bool is_paused) { is_paused_ = is_running_ && is_paused; }

void redis_model::advance(instant now) {
  if (forks_until_ && now >= *forks_until_) forks_until_.reset();
  if (!answers()) return;
  const instant before = std::exchange(now_, now);
  if (loading_until_) {
    if (now < *loading_until_) return;
    finish_start();
  }
  work_on_files();
  drop_expired();
  if (!replicas_.empty()) serve_replicas(before);
  drop_idle_backlog();
  send_again();
  follow();
}

// Commands.

reply redis_model::replicaof(const core::endpoint& primary) {
  if (!answers()) return reply::none;
  if (config_.refuses.replicaof) return reply::error;
  if (is_loading()) return reply::loading;
  if (link_.primary == primary) return reply::ok;
  const bool was_primary = !is_replica();
  close_connection();
  if (link_is_up()) link_.down_since = now_;
  if (was_primary) link_.keeps_place = true;
  // 7 waits with that until it knows whether it has to sync in full.
  if (is_old()) drop_replicas();
  link_.primary = primary;
  link_.state = link_state::waiting;
  link_.next_try = now_;
  return reply::ok;
}

reply redis_model::replicaof_no_one() {
  if (!answers()) return reply::none;
  if (config_.refuses.replicaof) return reply::error;
  if (is_loading()) return reply::loading;
  if (!is_replica()) return reply::ok;
  close_connection();
  link_ = {};
  replid2_ = std::exchange(replid_, fresh_id());
  second_offset_ = offset_ + 1;
  drop_replicas();
  return reply::ok;
}

reply redis_model::set_bind(bool loopback_only) {
  if (!answers()) return reply::none;
  if (config_.version < 6 || config_.refuses.bind) return reply::error;
  config_.binds_loopback_only = loopback_only;
  return reply::ok;
}

reply redis_model::set_min_replicas(int count) {
  if (!answers()) return reply::none;
  config_.min_replicas = count;
  return reply::ok;
}

reply redis_model::pause_writes(duration length) {
  if (!answers()) return reply::none;
  writes_wait_until_ = now_ + length;
  return reply::ok;
}

// Off: the file stays, and is what a start with an AOF loads. On: there is none until the rewrite.
reply redis_model::set_appendonly(bool is_on) {
  if (!answers()) return reply::none;
  if (is_loading()) return reply::loading;
  if (is_on == aof_is_on_) return reply::ok;
  if (!is_on && !aof_due_) flush_aof();
  aof_is_on_ = is_on;
  aof_due_.reset();
  if (is_on) aof_due_ = now_ + config_.pace.aof_rewrite;
  return reply::ok;
}

reply redis_model::kill_replicas() {
  if (!answers()) return reply::none;
  if (config_.refuses.client_kill) return reply::error;
  drop_replicas();
  return reply::ok;
}

reply redis_model::would_accept_write() const {
  if (!answers()) return reply::none;
  if (is_loading()) return reply::loading;
  if (is_replica()) return reply::read_only;
  if (now_ < writes_wait_until_) return reply::none;
  return good_replicas() < config_.min_replicas ? reply::no_replicas : reply::ok;
}

reply redis_model::write(int number) {
  const reply r = would_accept_write();
  if (r != reply::ok) return r;
  make({change::kind::key, number});
  append({change::kind::key, number}, write_bytes);
  return r;
}

reply redis_model::load_function(int number) {
  const reply r = would_accept_write();
  if (r != reply::ok) return r;
  if (is_old()) return reply::error;
  make({change::kind::function, number});
  append({change::kind::function, number}, write_bytes);
  return r;
}

reply redis_model::expire_all() {
  if (!answers()) return reply::none;
  if (is_loading()) return reply::loading;
  if (is_replica()) return reply::read_only;
  if (!data_.empty()) net_->expire_up_to(data_.numbers().back());
  drop_expired();
  return reply::ok;
}

reply redis_model::save() {
  if (!answers()) return reply::none;
  if (is_loading()) return reply::loading;
  files_->rdb = snapshot();
  return reply::ok;
}

// The stream.

void redis_model::begin_backlog() {
  backlog_start_ = offset_;
  stream_.clear();
}

void redis_model::free_backlog() {
  backlog_start_.reset();
  stream_.clear();
}

// And with it what it was called: nobody could continue that.
void redis_model::drop_idle_backlog() {
  if (is_replica() || !replicas_.empty() || !backlog_start_) {
    unfollowed_since_ = now_;
    return;
  }
  if (now_ - unfollowed_since_ <= config_.backlog_ttl) return;
  take_new_id();
  free_backlog();
}

void redis_model::take_new_id() {
  replid_ = fresh_id();
  replid2_ = no_id;
  second_offset_ = -1;
}

std::int64_t redis_model::backlog_first() const {
  return backlog_start_ ? std::max(*backlog_start_, offset_ - config_.backlog_bytes) + 1 : 0;
}

// Without a backlog nobody has ever followed, and the offset stands still.
void redis_model::append(change c, std::int64_t bytes) {
  if (!backlog_start_) return;
  offset_ += bytes;
  stream_.push_back({offset_, c, now_});
}

void redis_model::make(const change& c) {
  switch (c.what) {
    case change::kind::none: return;
    case change::kind::key: data_.append(c.number); break;
    case change::kind::function: data_.add_function(c.number); break;
    case change::kind::expiry: data_.expire_up_to(c.number); break;
  }
  append_to_aof(write_bytes);
}

// A DEL for each. A replica has them until it is told.
void redis_model::drop_expired() {
  if (is_replica() || data_.empty() || data_.numbers().front() > net_->expired_up_to()) return;
  const std::size_t before = data_.size();
  const change c{change::kind::expiry, net_->expired_up_to()};
  make(c);
  append(c, static_cast<std::int64_t>(before - data_.size()) * write_bytes);
}

// Those who follow it.

int redis_model::good_replicas() const {
  if (config_.min_replicas == 0) return 0;
  return static_cast<int>(std::ranges::count_if(replicas_, [this](const attached& r) {
    return r.state[0] == 'o' && now_ - r.acknowledged_at <= config_.min_replicas_max_lag;
  }));
}

void redis_model::serve_replicas(instant before) {
  const duration period = config_.ping_period;
  if (!is_replica() && period > 0s &&
      (now_ - started_at_) / period > (before - started_at_) / period) {
    append({}, ping_bytes);
  }
  std::erase_if(replicas_, [this](const attached& r) {
    return now_ - r.acknowledged_at > config_.repl_timeout;
  });
}

redis_model::attached* redis_model::find_attached(std::uint64_t connection) {
  const auto found = std::ranges::find(replicas_, connection, &attached::connection);
  return found == replicas_.end() ? nullptr : &*found;
}

void redis_model::detach(std::uint64_t connection) {
  std::erase_if(replicas_, [=](const attached& r) { return r.connection == connection; });
}

// They find out by themselves, as soon as packets pass.
void redis_model::drop_replicas() {
  send_what_is_in_flight();
  replicas_.clear();
}

// A replica may get no stream before it has acknowledged its sync, and a dying primary cannot leave
// to the kernel what it has kept to itself.
void redis_model::send_what_is_in_flight() {
  for (const attached& r : replicas_) {
    redis_model* replica = net_->server_at(r.address);
    if (!replica || !has_path_to(r.address.host) || replica->link_.connection != r.connection) {
      continue;
    }
    upstream& link = replica->link_;
    const bool is_loading = link.state == link_state::loading;
    if (!is_loading && link.state != link_state::connected) continue;
    if (is_loading ? !config_.streams_while_loading : now_ < link.due) continue;
    const auto position = is_loading ? link.snapshot.offset : replica->offset_;
    const auto next = std::ranges::upper_bound(stream_, position, {}, &entry::end);
    link.inbox.assign(next, stream_.end());
  }
}

// The end of a process is heard by whom packets reach, also when somebody else has its name by
// then.
void redis_model::say_goodbye() {
  for (const attached& r : replicas_) {
    redis_model* replica = net_->server_at(r.address);
    if (!replica || !has_path_to(r.address.host)) continue;
    if (replica->link_.connection == r.connection) replica->link_.is_closed = true;
  }
}

bool redis_model::can_continue(const std::string& id, std::int64_t next_byte) const {
  const bool is_ours = id == replid_ || (id == replid2_ && next_byte <= second_offset_);
  return is_ours && backlog_start_ && next_byte >= backlog_first() && next_byte <= offset_ + 1;
}

redis_model::psync_answer redis_model::answer_psync(const redis_model& replica) {
  if (loading_until_ || (is_replica() && !link_is_up())) return psync_answer::no_primary_link;
  const bool has_id = replica.link_.keeps_place;
  const bool continues = has_id && can_continue(replica.replid_, replica.offset_ + 1);
  const char* state = continues ? "online" : "wait_bgsave";
  replicas_.push_back({replica.link_.connection, replica.endpoint(), state, replica.offset_, now_});
  if (continues) {
    ++resyncs_.partial_accepted;
    return psync_answer::partial;
  }
  if (has_id) ++resyncs_.partial_denied;
  ++resyncs_.full;
  if (replicas_.size() == 1 && !backlog_start_) {
    // What came before has no history that anybody could continue.
    take_new_id();
    begin_backlog();
  }
  return psync_answer::full;
}

}  // namespace redis_agent::simulation
