#include <algorithm>

#include "lock_world.hpp"

namespace redis_agent::simulation {

void lock_world::end_server(lock_pod& p, duration until_back) {
  if (!p.server) return;
  p.server->pause(false);
  p.server->kill();
  p.server_starts_at = now_ + until_back;
}

void lock_world::end_pod(lock_pod& p, duration until_back, in_flight fate) {
  if (p.is_forced_out || p.address.empty()) return;
  if (p.server) p.server->kill(fate);
  p.server.reset();
  p.keeper.reset();
  p.agent.reset();
  p.agent_is_paused = false;
  p.server_starts_at.reset();
  p.agent_starts_at.reset();
  p.server_goes_on_at.reset();
  p.agent_goes_on_at.reset();
  p.address.clear();
  p.ends.reset();
  p.comes_back_at = now_ + 500ms + until_back;
  records_.erase(p.name);
}

void lock_world::end_for_good(lock_pod& p) {
  note(p.name + ": the old one, at " + p.address + ", ends");
  if (p.server) p.server->kill();
  p.server.reset();
  p.keeper.reset();
  p.agent.reset();
  p.address.clear();
  p.ends.reset();
  p.server_starts_at.reset();
  p.agent_starts_at.reset();
  p.files = {};
}

void lock_world::force_delete(const lock_fault& f, lock_pod& old) {
  if (old.address.empty() || old.is_forced_out) return;
  auto p = std::make_unique<lock_pod>();
  p->number = static_cast<int>(pods_.size());
  p->index = old.index;
  p->name = old.name;
  p->rate = 2 - old.rate;
  p->files = old.files;
  p->kept_files = old.kept_files;
  p->comes_back_at = now_ + 500ms + std::chrono::milliseconds(chance_() % 1500);
  old.is_forced_out = true;
  old.ends_at = now_ + f.length;
  const instant until = now_ + f.length;
  const auto cut_from = f.other == 1   ? lock_fault_kind::cut_off
                        : f.other == 2 ? lock_fault_kind::isolate
                                       : lock_fault_kind::save;
  if (cut_from != lock_fault_kind::save) conditions_.push_back({cut_from, old.number, 0, until});
  // Its token counts for seconds more (authentication/token/cache).
  conditions_.push_back({lock_fault_kind::revoke_token, old.number, 0, until});
  records_.erase(old.name);
  current_[static_cast<std::size_t>(old.index)] = p->number;
  pods_.push_back(std::move(p));
}

void lock_world::ask_for_move(const lock_fault& f) {
  lock_pod* const first = holder();
  if (first == nullptr || !first->agent || first->agent_is_paused) return;
  const lock_pod& to = named(f.other);
  const std::string whom = f.other == 3 || to.number == first->number ? "" : to.name;
  first->agent->hear(core::move_asked{whom}, clock_of(*first));
}

void lock_world::happen(const lock_fault& f) {
  lock_pod& p = named(f.pod);
  note("FAULT " + to_text(f) + " (" + p.name + ")");
  happen_to_containers(f, p);
  happen_to_pods(f, p);
  happen_to_orders(f, p);
  happen_to_lock(f);
  switch (f.kind) {
    case lock_fault_kind::api_restart: api_.restart(); break;
    case lock_fault_kind::move: ask_for_move(f); break;
    case lock_fault_kind::silence_dns:
      conditions_.push_back({f.kind, -1, 0, now_ + f.length});
      break;
    case lock_fault_kind::cut:
    case lock_fault_kind::cut_one_way:
    case lock_fault_kind::answer_late:
      conditions_.push_back({f.kind, p.number, named(f.other).number, now_ + f.length});
      break;
    case lock_fault_kind::api_down:
    case lock_fault_kind::api_slow:
    case lock_fault_kind::api_refuses:
    case lock_fault_kind::api_loses_answers:
    case lock_fault_kind::api_applies_late:
    case lock_fault_kind::api_split:
    case lock_fault_kind::revoke_token:
    case lock_fault_kind::cut_off:
    case lock_fault_kind::isolate:
    case lock_fault_kind::lose_promises:
      conditions_.push_back({f.kind, p.number, f.other, now_ + f.length});
      break;
    default: break;
  }
}

void lock_world::happen_to_containers(const lock_fault& f, lock_pod& p) {
  switch (f.kind) {
    case lock_fault_kind::kill_server: end_server(p, f.length); break;
    case lock_fault_kind::empty_volume:
      end_server(p, f.length);
      p.empties_at_start = true;
      break;
    case lock_fault_kind::keep_volume: p.kept_files = p.files; break;
    case lock_fault_kind::older_volume:
      end_server(p, f.length);
      p.restores_at_start = true;
      break;
    case lock_fault_kind::kill_all:
      for (const int number : current_) end_server(pod_at(number), f.length);
      break;
    case lock_fault_kind::save:
      if (p.server) p.server->save();
      break;
    case lock_fault_kind::kill_agent:
      if (p.address.empty()) break;
      if (p.keeper) p.left = p.keeper->left();
      p.keeper.reset();
      p.agent.reset();
      p.agent_is_paused = false;
      p.agent_starts_at = now_ + f.length;
      break;
    case lock_fault_kind::pause_pod:
    case lock_fault_kind::pause_server:
      if (p.server) p.server->pause(true);
      p.server_goes_on_at = now_ + f.length;
      if (f.kind == lock_fault_kind::pause_server) break;
      [[fallthrough]];
    case lock_fault_kind::pause_agent:
      p.agent_is_paused = p.agent != nullptr;
      p.agent_goes_on_at = now_ + f.length;
      break;
    default: break;
  }
}

void lock_world::happen_to_pods(const lock_fault& f, lock_pod& p) {
  switch (f.kind) {
    case lock_fault_kind::delete_pod: end_pod(p, f.length, in_flight::arrives); break;
    case lock_fault_kind::lose_node: end_pod(p, f.length, in_flight::is_lost); break;
    case lock_fault_kind::delete_all:
      for (const int number : current_) {
        end_pod(pod_at(number), f.length + std::chrono::milliseconds(chance_() % 2000),
                in_flight::arrives);
      }
      break;
    case lock_fault_kind::force_delete: force_delete(f, p); break;
    case lock_fault_kind::end_pod: begin_end(p, now_ + f.length); break;
    case lock_fault_kind::scale_to_zero:
      for (const int number : current_) {
        begin_end(pod_at(number), now_ + f.length + std::chrono::milliseconds(chance_() % 2000));
      }
      break;
    default: break;
  }
}

void lock_world::happen_to_orders(const lock_fault& f, lock_pod& p) {
  switch (f.kind) {
    case lock_fault_kind::busy_server:
      if (!p.server || !p.server->is_running()) break;
      p.server->pause(true);
      p.was_busy = true;
      p.server_goes_on_at = now_ + f.length;
      [[fallthrough]];
    case lock_fault_kind::lose_orders:
    case lock_fault_kind::refuse_orders:
    case lock_fault_kind::slow_server:
    case lock_fault_kind::slow_volume:
    case lock_fault_kind::refuse_volume:
    case lock_fault_kind::refuse_note:
      conditions_.push_back({f.kind, p.number, f.other, now_ + f.length});
      break;
    case lock_fault_kind::load: p.load_time = f.length; break;
    default: break;
  }
}

}  // namespace redis_agent::simulation
