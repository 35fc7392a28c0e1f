// What a redis_model tells an agent: INFO's and ROLE's fields as real servers fill them.
#include <algorithm>
#include <chrono>

#include "redis_model.hpp"

namespace redis_agent::simulation {
namespace {

std::int64_t whole_seconds(duration d) {
  return std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(d).count());
}

constexpr std::int64_t seconds_since_1970 = 1'790'000'000;

std::int64_t part_of(std::size_t keys, double share) {
  return static_cast<std::int64_t>(static_cast<double>(keys) * share);
}

std::int64_t file_bytes(std::size_t keys, double share) {
  constexpr double header = 200;
  return static_cast<std::int64_t>((header + static_cast<double>(keys) * 64) * share);
}

}  // namespace

std::optional<core::link_stage> redis_model::stage() const {
  switch (link_.state) {
    case link_state::none:
      // Until its files are loaded a replica has not begun to look for its primary.
      if (!is_replica()) return std::nullopt;
      return core::link_stage::none;
    case link_state::waiting: return core::link_stage::none;
    case link_state::connecting: return core::link_stage::connecting;
    case link_state::handshake:
    case link_state::delayed: return core::link_stage::handshake;
    case link_state::receiving:
    case link_state::loading: return core::link_stage::sync;
    case link_state::connected: return core::link_stage::connected;
  }
  return std::nullopt;
}

// A save on the source's disk sends nothing but a line end now and then.
std::int64_t redis_model::read_bytes(instant now) const {
  const duration whole = link_.due - link_.saved_at;
  if (link_.state == link_state::loading || whole <= 0s) {
    return file_bytes(link_.snapshot.data.size(), 1.0);
  }
  const double share = core::to_seconds(now - link_.saved_at) / core::to_seconds(whole);
  return file_bytes(link_.snapshot.data.size(), std::clamp(share, 0.0, 1.0));
}

core::replica_link redis_model::describe_link(instant now) const {
  core::replica_link told;
  told.primary = *link_.primary;
  told.is_up = link_is_up();
  told.sync_in_progress =
      link_.state == link_state::receiving || link_.state == link_state::loading;
  if (told.is_up) told.last_io_seconds = whole_seconds(now - link_.heard_at);
  if (!told.is_up && link_.down_since)
    told.down_for_seconds = whole_seconds(now - *link_.down_since);
  // So 5: the seconds since 1970. Later versions say nothing (-1).
  const bool never_was_up = !told.is_up && !link_.down_since;
  if (never_was_up && config_.version < 6) told.down_for_seconds = seconds_since_1970;
  if (told.sync_in_progress) {
    if (config_.version > 5) told.sync_read_bytes = read_bytes(now);
    told.sync_idle_seconds = whole_seconds(now - link_.heard_at);
  }
  // Redis says 1 where it has no place in any stream.
  told.offset = link_.keeps_place ? offset_ : 1;
  return told;
}

core::poll_report redis_model::report(instant now) const {
  core::poll_report told;
  told.asked_at = now;
  core::replication_report& r = told.replication;
  r.server_role = is_replica() ? core::role::replica : core::role::primary;
  r.replid = replid_;
  r.replid2 = replid2_;
  r.offset = offset_;
  r.second_offset = second_offset_;
  // 7 makes the backlog before it loads an RDB that may bring a history.
  const bool loads_history = loading_until_ && !is_replica() && !is_old() && !config_.appendonly;
  r.backlog_is_active = backlog_start_.has_value() || loads_history;
  r.backlog_size = config_.backlog_bytes;
  r.backlog_first_offset = loads_history ? 1 : backlog_first();
  r.backlog_length = backlog_start_ ? offset_ - backlog_first() + 1 : 0;
  if (is_replica()) r.link = describe_link(now);
  r.connected_replicas = static_cast<std::int64_t>(replicas_.size());
  r.replicas.reserve(replicas_.size());
  for (const attached& a : replicas_) {
    core::attached_replica& to = r.replicas.emplace_back();
    to.address = a.address;
    to.state = a.state;
    to.offset = a.acknowledged;
    to.lag_seconds = whole_seconds(now - a.acknowledged_at);
  }
  if (config_.min_replicas > 0) r.good_replicas = good_replicas();
  core::loading_report& loading = told.loading.emplace();
  loading.is_loading = is_loading();
  if (loading.is_loading) loading.loaded_bytes = file_bytes(loading_keys_, loaded_share(now));
  told.aof = core::aof_report{.is_enabled = aof_is_enabled(),
                              .is_rewriting = aof_is_rewriting(),
                              .bytes = aof_bytes(),
                              .buffered_bytes = aof_buffered_bytes(),
                              .pending_fsyncs = aof_pending_fsyncs()};
  told.stage = stage();
  core::server_report& s = told.server.emplace();
  s.version = std::to_string(config_.version) + (config_.version == 6 ? ".2.14" : ".0.15");
  s.run_id = run_id_;
  s.uptime_seconds = whole_seconds(now - started_at_);
  core::server_details& d = told.details.emplace();
  d.keys = static_cast<std::int64_t>(std::min(data_.size(), config_.keys_max));
  // They are there one by one, but nobody may ask for them.
  if (is_loading()) d.keys = part_of(loading_keys_, loaded_share(now));
  d.resyncs = resyncs_;
  d.functions = functions();
  return told;
}

}  // namespace redis_agent::simulation
