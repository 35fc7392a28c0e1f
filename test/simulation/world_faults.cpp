#include <algorithm>

#include "world.hpp"

namespace redis_agent::simulation {

void world::end_server(simulated_pod& p, duration until_back, bool gracefully) {
  if (!p.server) return;
  p.server->pause(false);
  if (gracefully) {
    p.server->terminate(now_);
  } else {
    p.server->kill();
  }
  p.server_starts_at = now_ + until_back;
}

void world::end_pod(simulated_pod& p, duration until_back, in_flight fate) {
  if (p.server) p.server->kill(fate);
  p.server.reset();
  p.agent.reset();
  p.agent_is_paused = false;
  p.server_starts_at.reset();
  p.agent_starts_at.reset();
  p.address.clear();
  p.comes_back_at = now_ + 500ms + until_back;
  stale_records_.emplace_back(now_ + until_back / 2, p.name);
}

void world::happen(const fault& f) {
  simulated_pod& p = pods_[static_cast<std::size_t>(f.pod) % pods_.size()];
  simulated_pod& other = pods_[static_cast<std::size_t>(f.other) % pods_.size()];
  note("FAULT " + to_text(f) + " (" + p.name + ")");
  switch (f.kind) {
    case fault_kind::kill_server: end_server(p, f.length, false); break;
    case fault_kind::end_server: end_server(p, f.length, true); break;
    case fault_kind::empty_volume:
      end_server(p, f.length, false);
      p.empties_at_start = true;
      break;
    case fault_kind::keep_volume: p.kept_files = p.files; break;
    case fault_kind::older_volume:
      end_server(p, f.length, false);
      p.restores_at_start = true;
      break;
    case fault_kind::pause_server:
      if (p.server) p.server->pause(true);
      p.server_goes_on_at = now_ + f.length;
      break;
    case fault_kind::kill_agent:
      p.agent.reset();
      p.agent_is_paused = false;
      p.agent_starts_at = now_ + f.length;
      break;
    case fault_kind::pause_agent:
      p.agent_is_paused = p.agent != nullptr;
      p.agent_goes_on_at = now_ + f.length;
      break;
    case fault_kind::delete_pod: end_pod(p, f.length, in_flight::arrives); break;
    case fault_kind::lose_node: end_pod(p, f.length, in_flight::is_lost); break;
    case fault_kind::cut:
      cuts_.insert({other.name, p.name});
      heals_.push_back({now_ + f.length, {other.name, p.name}});
      [[fallthrough]];
    case fault_kind::cut_one_way:
      cuts_.insert({p.name, other.name});
      heals_.push_back({now_ + f.length, {p.name, other.name}});
      break;
    case fault_kind::silence_dns: dns_silent_until_ = now_ + f.length; break;
    case fault_kind::freeze_dns:
      frozen_records_ = records_;
      dns_frozen_until_ = now_ + f.length;
      break;
    case fault_kind::save:
      if (p.server) p.server->save();
      break;
    case fault_kind::kill_all:
      for (simulated_pod& each : pods_) end_server(each, f.length, false);
      break;
    case fault_kind::delete_all:
      for (simulated_pod& each : pods_) {
        end_pod(each, f.length + std::chrono::milliseconds(chance_() % 2000), in_flight::arrives);
      }
      break;
    case fault_kind::promote_by_hand:
      if (f.pod % static_cast<int>(pods_.size()) != 0 && p.server) {
        has_promoted_by_hand_ = true;
        p.server->replicaof_no_one();
      }
      break;
  }
  recount_protected();
}

// What a fault has destroyed everywhere is nobody's to protect any more.
void world::recount_protected() {
  const std::set<int> held = held_anywhere();
  std::erase_if(protected_, [&](int number) { return !held.contains(number); });
}

}  // namespace redis_agent::simulation
