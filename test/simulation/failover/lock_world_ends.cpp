// Planned ends of pods, and what people do to the lock.
#include "core/failover/hand_over.hpp"
#include "lock_world.hpp"

namespace redis_agent::simulation {
namespace {

constexpr duration grace_period = 30s;

// As wire/lease_json.hpp reads a lock of which an annotation is not what an agent writes.
core::lease unreadable(const core::lease& whole) {
  core::lease read;
  read.holder = whole.holder;
  read.term = whole.term;
  read.length = whole.length;
  read.renewed_at = whole.renewed_at;
  read.acquired_at = whole.acquired_at;
  read.unreadable = "redis-agent.io/offset";
  return read;
}

}  // namespace

// The kubelet calls the preStop hook: command/sidecar.cpp, hear_hook.
void lock_world::begin_end(lock_pod& p, instant comes_back_at) {
  if (p.address.empty() || p.is_forced_out || p.ends) return;
  note(p.name + " is to end");
  p.ends = lock_pod::ending{now_, comes_back_at};
  if (!p.agent || p.agent_is_paused) return;
  if (core::refuse_move(p.agent->memory(), "").empty()) {
    p.agent->hear(core::move_asked{""}, clock_of(p));
  }
}

void lock_world::go_on_ending(lock_pod& p) {
  const bool hears = p.agent && !p.agent_is_paused;
  if (hears && !p.ends->is_announced && !core::move_is_under_way(p.agent->memory(), clock_of(p))) {
    p.ends->is_announced = true;
    p.agent->hear(core::end_announced{}, clock_of(p));
  }
  const bool runs = p.server && p.server->is_running();
  const bool is_released =
      !hears ||
      (p.ends->is_announced && core::release_end(p.agent->memory(), p.settings, clock_of(p)));
  if (runs && !p.ends->is_told && is_released) {
    note(p.name + ": SIGTERM");
    p.ends->is_told = true;
    p.server->terminate(now_);
  }
  if (!runs || now_ - p.ends->begun_at >= grace_period) {
    note(p.name + " has ended");
    end_pod(p, std::max(p.ends->comes_back_at - now_, duration{}), in_flight::arrives);
  }
}

void lock_world::happen_to_lock(const lock_fault& f) {
  core::lease edited = api_.lease();
  switch (f.kind) {
    case lock_fault_kind::lease_delete:
      api_.remove_lock();
      lock_is_made_at_ = now_ + f.length;
      return;
    case lock_fault_kind::lease_empty: return api_.make_lock();
    case lock_fault_kind::lease_edit: break;
    default: return;
  }
  switch (f.other) {
    case 0: edited.holder.clear(); break;
    case 1:
      edited.cluster_id.clear();
      edited.history_id.clear();
      edited.offset = edited.keys = 0;
      edited.address.clear();
      edited.members.clear();
      edited.routed_term = -1;
      edited.successor.clear();
      break;
    case 2: edited.term = 0; break;
    default: edited = unreadable(edited); break;
  }
  api_.edit_lock(edited);
}

}  // namespace redis_agent::simulation
