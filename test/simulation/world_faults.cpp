#include <algorithm>
#include <utility>

#include "world.hpp"

namespace redis_agent::simulation {
namespace {

constexpr int first_writes_by_hand = 3;

}  // namespace

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
  note("FAULT " + to_text(f) + " (" + named(f.pod).name + ")");
  happen_to_servers(f);
  happen_to_pods(f);
  happen_by_hand(f);
  cut_off(f);
  last(f);
  recount_protected();
}

void world::happen_to_servers(const fault& f) {
  simulated_pod& p = named(f.pod);
  switch (f.kind) {
    case fault_kind::kill_server: end_server(p, f.length, false); break;
    case fault_kind::end_server: end_server(p, f.length, true); break;
    case fault_kind::end_planned: p.ends = planned_end{f.length, f.other}; break;
    case fault_kind::empty_volume:
      end_server(p, f.length, false);
      p.empties_at_start = true;
      break;
    case fault_kind::keep_volume: p.kept_files = p.files; break;
    case fault_kind::older_volume:
      end_server(p, f.length, false);
      p.restores_at_start = true;
      break;
    case fault_kind::cut_aof:
      end_server(p, f.length, false);
      p.cuts_aof_at_start = true;
      break;
    case fault_kind::pause_server:
      if (p.server) p.server->pause(true);
      p.server_goes_on_at = now_ + f.length;
      break;
    case fault_kind::save:
      if (p.server) p.server->save();
      break;
    case fault_kind::kill_all:
      for (const int number : current_) end_server(pod_at(number), f.length, false);
      break;
    case fault_kind::load: p.load_time = f.length; break;
    case fault_kind::appendonly_off:
    case fault_kind::appendonly_on:
      if (p.server) p.server->set_appendonly(f.kind == fault_kind::appendonly_on);
      break;
    case fault_kind::restart_often:
      p.restarts_left = f.other;
      p.life = f.length;
      break;
    default: break;
  }
}

void world::happen_to_pods(const fault& f) {
  simulated_pod& p = named(f.pod);
  switch (f.kind) {
    case fault_kind::kill_agent:
      p.agent.reset();
      p.agent_is_paused = false;
      p.agent_starts_at = now_ + f.length;
      break;
    case fault_kind::pause_pod:
      if (p.server) p.server->pause(true);
      p.server_goes_on_at = now_ + f.length;
      [[fallthrough]];
    case fault_kind::pause_agent:
      if (!std::exchange(p.agent_is_paused, p.agent != nullptr)) p.agent_paused_at = now_;
      p.agent_goes_on_at = now_ + f.length;
      break;
    case fault_kind::delete_pod: end_pod(p, f.length, in_flight::arrives); break;
    case fault_kind::lose_node: end_pod(p, f.length, in_flight::is_lost); break;
    case fault_kind::delete_all:
      for (const int number : current_) {
        end_pod(pod_at(number), f.length + std::chrono::milliseconds(chance_() % 2000),
                in_flight::arrives);
      }
      break;
    case fault_kind::force_delete: force_delete(f); break;
    case fault_kind::silence_while_decided:
    case fault_kind::delete_while_decided:
    case fault_kind::hang_up_while_decided: lurking_.push_back({f, {}}); break;
    default: break;
  }
}

// By a person, or by what clients do.
void world::happen_by_hand(const fault& f) {
  simulated_pod& p = named(f.pod);
  switch (f.kind) {
    case fault_kind::promote_by_hand:
      if (p.index != 0 && p.server) promote(p);
      break;
    case fault_kind::write_by_hand:
      if (p.index == 0 || !p.server) break;
      promote(p);
      p.written_to_until = now_ + f.length;
      // Before its agent can have looked: one without a write of its own is made a replica again.
      for (int i = 0; i < first_writes_by_hand; ++i) write_by_hand(p);
      break;
    case fault_kind::promote_empty:
      if (p.index == 0) break;
      end_server(p, std::min<duration>(f.length, 2s), false);
      p.empties_at_start = p.promotes_at_start = p.server != nullptr;
      break;
    case fault_kind::follow_by_hand:
      if (p.index != 0 && p.server) lead_astray(p);
      break;
    case fault_kind::copy_a_stranger:
      if (!p.server) break;
      lead_astray(p);
      if (stranger_->data().empty()) stranger_->write(writes_.next());
      p.is_promoted_at = now_ + f.length;
      break;
    case fault_kind::expire:
      if (named(0).server) named(0).server->expire_all();
      break;
    case fault_kind::load_function:
      if (named(0).server && !named(0).server->binds_loopback_only()) {
        named(0).server->load_function(++functions_loaded_);
      }
      break;
    case fault_kind::decide_late: lurking_.push_back({f, {}}); break;
    default: break;
  }
}

void world::lead_astray(simulated_pod& p) {
  if (!stranger_) {
    stranger_ = std::make_unique<redis_model>("10.9.9.9", stranger_files_, *this, chance_);
    stranger_->start(now_, {});
    stranger_->advance(now_);
  }
  give_up_what_only_it_has(p);
  p.led_astray_at = now_;
  p.server->replicaof({"10.9.9.9", 6379});
}

void world::promote(simulated_pod& p) {
  if (p.server->replicaof_no_one() != reply::ok) return;
  p.is_promoted_by_hand = true;
  p.promoted_at = now_;
  forget_contacts_of(p);
  note("a person promotes " + p.name);
}

// What is written before its agent can know of it is no reason to hold anything.
void world::write_by_hand(simulated_pod& p) {
  if (!p.server || !p.is_promoted_by_hand || now_ >= p.written_to_until) return;
  const int number = writes_.next();
  const bool is_written = p.server->write(number) == reply::ok;
  if (is_written && now_ - p.promoted_at >= noticed_within) writes_.acknowledge(number);
}

// A person who does that to the last one that has something has destroyed it.
void world::give_up_what_only_it_has(const simulated_pod& p) {
  const std::vector<bool> held = held_anywhere(&p);
  std::vector<bool> own(held.size());
  add_held(p, own);
  for (int number = 1; number <= writes_.count(); ++number) {
    const auto n = static_cast<std::size_t>(number);
    if (own[n] && !held[n]) writes_.give_up(number);
  }
  const std::set<int> elsewhere = functions_held(&p);
  std::erase_if(protected_functions_, [&](int number) {
    if (elsewhere.contains(number)) return false;
    given_up_functions_.insert(number);
    return true;
  });
}

void world::cut_off(const fault& f) {
  const int from = named(f.pod).number;
  const int to = named(f.other).number;
  switch (f.kind) {
    case fault_kind::cut:
      cuts_.insert({to, from});
      heals_.push_back({now_ + f.length, {to, from}});
      [[fallthrough]];
    case fault_kind::cut_one_way:
      cuts_.insert({from, to});
      heals_.push_back({now_ + f.length, {from, to}});
      break;
    case fault_kind::silence_dns: dns_silent_until_ = now_ + f.length; break;
    case fault_kind::freeze_dns:
      frozen_records_ = records_;
      dns_frozen_until_ = now_ + f.length;
      break;
    default: break;
  }
}

void world::last(const fault& f) {
  switch (f.kind) {
    case fault_kind::answer_late:
    case fault_kind::lose_orders:
    case fault_kind::refuse_orders:
    case fault_kind::refuse_questions:
    case fault_kind::block_redis:
    case fault_kind::block_agent:
    case fault_kind::refuse_volume:
    case fault_kind::omit_from_dns:
      conditions_.push_back({f.kind, named(f.pod).number, named(f.other).number, now_ + f.length});
      break;
    case fault_kind::slow_volume:
      conditions_.push_back({f.kind, named(f.pod).number, f.other, now_ + f.length});
      break;
    case fault_kind::block_anchor: conditions_.push_back({f.kind, 0, 0, now_ + f.length}); break;
    default: break;
  }
}

duration world::delay_of_volume(int pod) {
  const auto slow = std::ranges::find_if(conditions_, [&](const condition& c) {
    return c.kind == fault_kind::slow_volume && c.pod == pod;
  });
  if (slow == conditions_.end()) return {};
  return slow->other == 0 ? slow->until - now_ : slow->other * 100ms;
}

// What a fault has destroyed everywhere is nobody's to protect any more.
void world::recount_protected() {
  const std::vector<bool> held = held_anywhere(nullptr);
  for (int n = 1; n <= writes_.count(); ++n) {
    if (!held[static_cast<std::size_t>(n)]) writes_.unprotect(n);
  }
  const std::set<int> functions = functions_held();
  std::erase_if(protected_functions_, [&](int number) { return !functions.contains(number); });
  note_what_is_held();
}

}  // namespace redis_agent::simulation
