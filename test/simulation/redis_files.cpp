// The files of a redis_model: what it loads at a start, its RDBs, and its AOF (src/rdb.c, aof.c).
#include <algorithm>
#include <utility>

#include "redis_model.hpp"

namespace redis_agent::simulation {
namespace {

constexpr duration fsync_period = 1s;
constexpr duration longest_postponement = 2s;

}  // namespace

// With appendonly and no AOF an RDB is not looked at: Redis starts empty, in every version.
void redis_model::begin_loading() {
  aof_is_on_ = config_.appendonly;
  next_fsync_ = now_;
  const dataset* file = nullptr;
  if (config_.appendonly) {
    if (files_->aof) file = &*files_->aof;
  } else if (files_->rdb) {
    file = &files_->rdb->data;
  }
  loading_until_ = file ? now_ + config_.pace.start_load : now_;
  loading_keys_ = file ? file->size() : 0;
  if (!file) finish_start();
}

void redis_model::finish_start() {
  loading_until_.reset();
  if (config_.appendonly) {
    if (files_->aof) data_ = *files_->aof;
    if (!is_replica()) data_.expire_up_to(net_->expired_up_to());
    write_aof();
  } else if (files_->rdb) {
    data_ = files_->rdb->data;
    if (files_->rdb->has_replication_info) take_history_from(*files_->rdb);
    drop_expired();
  }
  if (!link_.primary) return;
  link_.state = link_state::waiting;
  link_.next_try = now_;
}

// A primary's new life is a new history, which begins where the old one ended; replicas of the old
// one can go on. Before 7 a primary forgot the old one.
void redis_model::take_history_from(const rdb_file& file) {
  if (is_replica()) {
    replid_ = file.replid;
    offset_ = file.offset;
    link_.keeps_place = true;
  } else if (!is_old()) {
    replid2_ = file.replid;
    second_offset_ = file.offset + 1;
    offset_ = file.offset;
    begin_backlog();
  }
}

double redis_model::loaded_share(instant now) const {
  const bool is_start = loading_until_.has_value();
  const duration whole = is_start ? config_.pace.start_load : config_.pace.sync_load;
  const duration left = (is_start ? *loading_until_ : link_.due) - now;
  return whole <= 0s ? 1.0
                     : std::clamp(1.0 - core::to_seconds(left) / core::to_seconds(whole), 0.0, 1.0);
}

bool redis_model::has_history() const {
  return is_replica() ? link_.keeps_place : backlog_start_.has_value();
}

rdb_file redis_model::snapshot() const { return {has_history(), replid_, offset_, data_}; }

void redis_model::begin_save(const rdb_file& file) {
  saving_ = save_under_way{now_ + config_.pace.sync_delay, file};
}

void redis_model::work_on_files() {
  if (saving_ && now_ >= saving_->due) {
    files_->rdb = std::move(saving_->file);
    saving_.reset();
  }
  if (aof_due_ && now_ >= *aof_due_) write_aof();
  if (aof_buffered_bytes_ > 0 && now_ >= aof_busy_until_) flush_aof();
}

void redis_model::write_aof() {
  aof_due_.reset();
  aof_unnamed_bytes_ = 0;
  flush_aof();
}

void redis_model::append_to_aof(std::int64_t bytes) {
  if (!aof_is_on_) return;
  if (aof_due_) {
    if (!is_old()) aof_unnamed_bytes_ += bytes;
    return;
  }
  aof_buffered_bytes_ += bytes;
  if (now_ >= aof_busy_until_) flush_aof();
}

std::int64_t redis_model::aof_bytes() const {
  constexpr std::int64_t bytes_of_a_write = 50;
  if (!aof_is_enabled() || !files_->aof) return 0;
  return static_cast<std::int64_t>(files_->aof->size()) * bytes_of_a_write + aof_unnamed_bytes_;
}

// appendfsync everysec: write(2) now, an fsync once a second, and no write(2) while it is under
// way.
void redis_model::flush_aof() {
  files_->aof = data_;
  aof_buffered_bytes_ = 0;
  if (config_.pace.aof_write_delay <= 0s || now_ < next_fsync_) return;
  next_fsync_ = now_ + fsync_period;
  aof_busy_until_ = now_ + std::min(config_.pace.aof_write_delay, longest_postponement);
}

}  // namespace redis_agent::simulation
