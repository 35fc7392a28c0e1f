// What ends starts again, what was stopped goes on, what was cut off is reached again.
#include <algorithm>
#include <utility>

#include "core/configuration/parking.hpp"
#include "core/safety/ending.hpp"
#include "world.hpp"

namespace redis_agent::simulation {
namespace {

constexpr duration crash_loop_back_off = 200ms;

bool is_due(std::optional<instant>& at, instant now) {
  if (!at || now < *at) return false;
  at.reset();
  return true;
}

void hurry(std::optional<instant>& at, instant by) {
  if (at) at = std::min(*at, by);
}

}  // namespace

// Who pointed a server at a stranger by hand takes it back when all else has healed.
void world::undo_by_hand() {
  if (!is_healing_) return;
  // Who promoted one that did not answer then tries again, where no agent may.
  for (const auto& p : pods_) {
    const bool is_promoted = p->is_promoted_by_hand && p->server && p->server->answers();
    if (plan_.rope != 0 || !is_promoted) continue;
    give_up_what_only_it_has(*p);
    p->server->replicaof({primary_host, 6379});
  }
  if (!stranger_) return;
  for (const auto& p : pods_) {
    const bool is_astray = p->server && p->server->answers() && p->server->is_replica() &&
                           p->server->report(now_).replication.link->primary.host == "10.9.9.9";
    const core::endpoint by_name{primary_host, 6379};
    if (is_astray) p->server->replicaof(plan_.rope == 0 ? by_name : core::parking_place());
  }
}

void world::run_kubelet() {
  for (const auto& p : pods_) {
    if (!p->is_promoted_at || now_ < *p->is_promoted_at) continue;
    p->is_promoted_at.reset();
    if (p->server) promote(*p);
  }
  undo_by_hand();
  for (std::size_t i = 0; i < pods_.size(); ++i) run_pod(*pods_[i]);
  std::erase_if(heals_, [&](const auto& healing) {
    if (now_ < healing.first) return false;
    cuts_.erase(healing.second);
    return true;
  });
  std::erase_if(conditions_, [&](const condition& c) { return now_ >= c.until; });
  std::erase_if(stale_records_, [&](const auto& stale) {
    if (now_ < stale.first) return false;
    const auto record = records_.find(stale.second);
    if (record != records_.end() && find_pod(record->second) == nullptr) records_.erase(record);
    return true;
  });
  deliver_left_orders();
}

void world::run_pod(simulated_pod& p) {
  if (is_due(p.ends_at, now_)) return end_for_good(p);
  if (is_due(p.comes_back_at, now_)) come_up(p);
  if (p.server && is_due(p.server_starts_at, now_)) start_server(p);
  if (!p.address.empty() && is_due(p.agent_starts_at, now_)) start_agent(p);
  if (is_due(p.server_goes_on_at, now_) && p.server) p.server->pause(false);
  if (is_due(p.agent_goes_on_at, now_)) p.agent_is_paused = false;
  if (p.restarts_left > 0) restart_often(p);
  if (p.ends) go_on_ending(p);
  const bool kubelet_asks = plan_.dns_ready_only != 0 && (now_ - began_at_) % 1s == 0s;
  if (kubelet_asks) {
    p.is_listed_as_ready = p.agent && !p.agent_is_paused && p.agent->calls_itself_ready(now_);
  }
}

void world::come_up(simulated_pod& p) {
  p.address = "10.0.0." + std::to_string(next_address_++);
  p.server = std::make_unique<redis_model>(p.address, p.files, *this, chance_);
  p.server_starts_at = now_;
  p.agent_starts_at = now_;
  p.is_listed_as_ready = false;
  records_[p.name] = p.address;
  note(p.name + ": comes up at " + p.address);
}

void world::restart_often(simulated_pod& p) {
  const bool serves = p.server && p.server->answers() && !p.server->is_loading() &&
                      (p.name != primary_name || p.takes_writes);
  if (!serves) {
    p.serves_since.reset();
    return;
  }
  if (!p.serves_since) p.serves_since = now_;
  if (now_ - *p.serves_since < p.life) return;
  --p.restarts_left;
  end_server(p, crash_loop_back_off, !plan_.appendonly);
  recount_protected();
}

// The kubelet calls the preStop hook: command/sidecar.cpp, hear_hook.
void world::go_on_ending(simulated_pod& p) {
  const bool hears = p.agent && !p.agent_is_paused;
  if (hears && !p.ends->is_announced) p.agent->hear(core::end_announced{}, now_);
  p.ends->is_announced = true;
  const bool waits = hears && p.server && p.server->is_running() &&
                     !core::release_hook(p.agent->memory(), p.settings, now_);
  if (waits) return;
  const planned_end end = *std::exchange(p.ends, std::nullopt);
  note(p.name + ": its hook is answered");
  if (end.how < 2) end_server(p, end.until_back, end.how == 0);
  // A planned end destroys nothing that a replica has had.
  if (!ends_are_known()) recount_protected();
}

void world::leave_order(int from, const std::string& address, const core::order& o) {
  const simulated_pod* const p = find_pod(address);
  if (p == nullptr || !p->server || !p->server->is_paused()) return;
  note(pod_at(from).name + " leaves to " + p->name + ", which is stopped: " + core::describe(o));
  left_orders_.push_back({now_, p->number, p->server->report(now_).server->run_id, o});
}

// A server that was stopped carries out what it finds in its socket, whoever has given it up.
void world::deliver_left_orders() {
  std::erase_if(left_orders_, [&](const left_order& left) {
    simulated_pod& p = pod_at(left.pod);
    if (!p.server || !p.server->is_running()) return true;
    if (p.server->stands_still()) return false;
    if (p.server->report(now_).server->run_id == left.run_id && !refuses_orders(*p.server)) {
      note(p.name + " finds an order: " + core::describe(left.what));
      obey(left.what, *p.server);
      if (p.server->accepts_writes()) excuse_who_served_later(p, left.at);
    }
    return true;
  });
}

// Nobody can take an order back that a stopped server has in its socket.
void world::excuse_who_served_later(const simulated_pod& p, instant than) {
  for (const auto& other : pods_) {
    if (other->number == p.number || !other->takes_writes) continue;
    if (other->takes_writes_since < than) continue;
    contacts_[std::minmax(p.number, other->number)].is_excused = true;
  }
}

void world::heal() {
  note("everything heals");
  lurking_.clear();
  conditions_.clear();
  if (dns_silent_until_) dns_silent_until_ = now_;
  if (dns_frozen_until_) dns_frozen_until_ = now_;
  for (auto& healing : heals_) healing.first = std::min(healing.first, now_ + 2s);
  for (const auto& p : pods_) {
    if (p->is_forced_out) p->ends_at = now_;
    p->restarts_left = 0;
    hurry(p->server_starts_at, now_ + 4s);
    hurry(p->agent_starts_at, now_ + 4s);
    hurry(p->server_goes_on_at, now_);
    hurry(p->agent_goes_on_at, now_);
    hurry(p->comes_back_at, now_ + 4s);
    // Who pointed a server elsewhere puts it back where no agent may.
    if (plan_.rope != 0 || p->index == 0 || !p->server) continue;
    if (p->is_promoted_by_hand) give_up_what_only_it_has(*p);
    p->server->replicaof({primary_host, 6379});
  }
}

}  // namespace redis_agent::simulation
