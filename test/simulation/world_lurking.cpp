// Faults that wait for their moment, and pods whose name another has.
#include <algorithm>

#include "world.hpp"

namespace redis_agent::simulation {
namespace {

bool is_decided(const core::gate_ruling& ruling) {
  switch (ruling.act) {
    case core::gate_act::hold:
    case core::gate_act::demote:
    case core::gate_act::catch_up: return true;
    case core::gate_act::wait: return ruling.rule != 1;
    default: return false;
  }
}

}  // namespace

void world::lurk() {
  std::erase_if(lurking_,
                [&](lurking& l) { return l.what.kind != fault_kind::decide_late && strike(l); });
}

// Whether it has struck.
bool world::strike(lurking& l) {
  const simulated_pod& p = named(0);
  if (!p.agent || p.agent_is_paused) return false;
  const core::gate_ruling ruling = core::decide_gate(p.agent->memory(), p.settings, now_);
  if (!is_decided(ruling)) {
    l.decided_since.reset();
    return false;
  }
  if (!l.decided_since) l.decided_since = now_;
  if (now_ - *l.decided_since < l.what.other * 1s) return false;
  simulated_pod& why = reason_of(ruling);
  note("FAULT strikes " + why.name + ": " + to_text(l.what));
  switch (l.what.kind) {
    case fault_kind::delete_while_decided:
      end_pod(why, l.what.length, in_flight::arrives);
      records_.erase(why.name);
      break;
    case fault_kind::hang_up_while_decided:
      named(0).agent->lose_connections(why.address, now_);
      break;
    default: happen_to_pods({now_ - began_at_, fault_kind::pause_pod, why.index, 0, l.what.length});
  }
  recount_protected();
  return true;
}

simulated_pod& world::reason_of(const core::gate_ruling& ruling) {
  for (const int number : current_) {
    simulated_pod& p = pod_at(number);
    if (p.index != 0 && p.name == ruling.donor) return p;
  }
  for (const int number : current_) {
    simulated_pod& p = pod_at(number);
    if (p.index != 0 && ruling.evidence.find(p.name) != std::string::npos) return p;
  }
  return named(1);
}

void world::force_delete(const fault& f) {
  simulated_pod& old = named(f.pod);
  if (old.address.empty() || old.is_forced_out) return;
  auto p = std::make_unique<simulated_pod>();
  p->number = static_cast<int>(pods_.size());
  p->index = old.index;
  p->name = old.name;
  p->settings = old.settings;
  p->load_time = old.load_time;
  p->kept_files = old.kept_files;
  switch (f.other / 10) {
    case 0: p->files = old.files; break;
    case 1: p->files = old.kept_files; break;
    default: break;
  }
  p->comes_back_at = now_ + 500ms + std::chrono::milliseconds(more_chance_() % 1500);
  old.is_forced_out = true;
  old.ends_at = now_ + f.length;
  old.restarts_left = 0;
  if (f.other % 10 == 2) old.is_cut_off = true;
  if (f.other % 10 == 1) {
    const int other = named(f.pod + 1).number;
    cuts_.insert({old.number, other});
    cuts_.insert({other, old.number});
  }
  records_.erase(old.name);
  current_[static_cast<std::size_t>(old.index)] = p->number;
  pods_.push_back(std::move(p));
}

void world::end_for_good(simulated_pod& p) {
  note(p.name + ": the old one, at " + p.address + ", ends");
  if (p.server) p.server->kill();
  p.server.reset();
  p.agent.reset();
  p.address.clear();
  p.server_starts_at.reset();
  p.agent_starts_at.reset();
  p.files = {};
  recount_protected();
}

}  // namespace redis_agent::simulation
