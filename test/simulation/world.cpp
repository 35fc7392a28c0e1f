#include "world.hpp"

#include <algorithm>
#include <cstdio>

#include "core/safety/gate.hpp"
#include "core/safety/rope.hpp"

namespace redis_agent::simulation {
namespace {

constexpr duration step_length = 50ms;
constexpr duration faults_end = 20s;
// After the last fault. What needs no person has happened by the first; after each of a person's
// decisions there is time for the longest wait (a replica's for a primary that has begun anew).
constexpr duration healing_alone_max = 35s;
constexpr duration healing_max = 100s;
constexpr const char* primary_name = "redis-master-0";
constexpr std::uint16_t anchor_port = 9122;

core::settings settings_of(const std::string& pod) {
  auto parsed = core::parse_settings(
      core::subcommand::sidecar,
      {{"pod-name", pod, ""}, {"peer-wait", "4s", ""}, {"peer-wait-empty", "6s", ""}}, "");
  return std::move(parsed.values);
}

}  // namespace

world::world(const schedule& plan, bool keeps_trace)
    : plan_(plan), keeps_trace_(keeps_trace), chance_(plan.seed) {
  pods_.resize(static_cast<std::size_t>(plan.replicas) + 1);
  for (std::size_t i = 0; i < pods_.size(); ++i) {
    pods_[i].name = i == 0 ? primary_name : "redis-slave-" + std::to_string(i - 1);
    pods_[i].settings = settings_of(pods_[i].name);
  }
}

std::string world::run() {
  begin();
  while (now_ - began_at_ < faults_end) {
    step();
    if (std::string violation = check_safety(); !violation.empty()) return violation;
  }
  is_healing_ = true;
  note("everything heals");
  const instant healed_at = now_;
  std::string unhealed;
  while (now_ - healed_at < healing_max) {
    step();
    if (std::string violation = check_safety(); !violation.empty()) return violation;
    unhealed = check_healed();
    if (unhealed.empty()) {
      healed_after_ = now_ - healed_at;
      return {};
    }
    const duration since = now_ - healed_at;
    if (since < healing_alone_max || since % 5s != 0s) continue;
    if (std::string violation = decide_as_a_person(); !violation.empty()) return violation;
  }
  return "not healed after " + std::to_string(healing_max / 1s) + " s: " + unhealed;
}

void world::begin() {
  for (std::size_t i = 0; i < pods_.size(); ++i) {
    pods_[i].comes_back_at = now_ + std::chrono::milliseconds(chance_() % 2000);
  }
}

void world::step() {
  now_ += step_length;
  while (next_fault_ < plan_.faults.size() && now_ - began_at_ >= plan_.faults[next_fault_].at) {
    happen(plan_.faults[next_fault_++]);
  }
  run_kubelet();
  for (simulated_pod& p : pods_) {
    if (p.server) p.server->advance(now_);
  }
  for (simulated_pod& p : pods_) {
    if (p.agent && !p.agent_is_paused) p.agent->advance(now_);
  }
  write();
}

server_config world::config_of(const simulated_pod& p) const {
  server_config config;
  config.version = plan_.version;
  config.appendonly = plan_.appendonly;
  // A replica that knows the primary's name follows whoever has it until its agent looks. Redis 7's
  // delay before a full sync (repl-diskless-sync-delay) is what it has until then.
  if (!plan_.is_placeholder) config.pace.sync_delay = 5s;
  const bool is_primary = p.name == primary_name;
  if (is_primary && plan_.version >= 7) {
    config.binds_loopback_only = true;
  } else if (is_primary || plan_.is_placeholder) {
    config.replicaof = core::parking_place();
  } else {
    config.replicaof = {primary_name, 6379};
  }
  return config;
}

void world::start_server(simulated_pod& p) {
  if (p.empties_at_start) p.files = {};
  if (p.restores_at_start) p.files = p.kept_files;
  const bool was_changed = p.empties_at_start || p.restores_at_start;
  if (was_changed) ++p.volume_number;
  p.empties_at_start = p.restores_at_start = false;
  p.server->start(now_, config_of(p));
  note(p.name + ": its server starts");
  if (was_changed) recount_protected();
}

void world::start_agent(int index) {
  simulated_pod& p = pods_[static_cast<std::size_t>(index)];
  note(p.name + ": its agent starts");
  p.agent = std::make_unique<simulated_agent>(index, p.settings, *this, now_);
}

void world::run_kubelet() {
  const auto is_due = [&](std::optional<instant>& at) {
    if (!at || now_ < *at) return false;
    at.reset();
    return true;
  };
  for (std::size_t i = 0; i < pods_.size(); ++i) {
    simulated_pod& p = pods_[i];
    if (is_due(p.comes_back_at)) {
      p.address = "10.0.0." + std::to_string(next_address_++);
      p.server = std::make_unique<redis_model>(p.address, p.files, *this, chance_);
      p.server_starts_at = now_;
      p.agent_starts_at = now_;
      records_[p.name] = p.address;
      note(p.name + ": comes up at " + p.address);
    }
    if (p.server && is_due(p.server_starts_at)) start_server(p);
    if (!p.address.empty() && is_due(p.agent_starts_at)) start_agent(static_cast<int>(i));
    if (is_due(p.server_goes_on_at) && p.server) p.server->pause(false);
    if (is_due(p.agent_goes_on_at)) p.agent_is_paused = false;
  }
  std::erase_if(heals_, [&](const auto& healing) {
    if (now_ < healing.first) return false;
    cuts_.erase(healing.second);
    return true;
  });
  std::erase_if(stale_records_, [&](const auto& stale) {
    if (now_ < stale.first) return false;
    const auto record = records_.find(stale.second);
    if (record != records_.end() && find_pod(record->second) == nullptr) records_.erase(record);
    return true;
  });
}

// The client writes to the primary's Service: the pod of that name, if it may be reached.
void world::write() {
  if (is_healing_ && chance_() % 20 != 0) return;
  if (chance_() % 2 == 0) return;
  simulated_pod& primary = pods_.front();
  if (!primary.server || !primary.server->answers() || primary.server->binds_loopback_only()) {
    return;
  }
  if (primary.server->write(++written_) == reply::ok) acknowledged_.push_back(written_);
}

world::simulated_pod* world::find_pod(const std::string& address) {
  const auto found = std::find_if(pods_.begin(), pods_.end(),
                                  [&](const simulated_pod& p) { return p.address == address; });
  return address.empty() || found == pods_.end() ? nullptr : &*found;
}

std::string world::resolve(const std::string& host) const {
  if (core::is_ip_literal(host)) return host;
  if (dns_silent_until_ && now_ < *dns_silent_until_) return {};
  const auto& records = dns_frozen_until_ && now_ < *dns_frozen_until_ ? frozen_records_ : records_;
  const auto found = records.find(std::string(core::first_label(host)));
  return found == records.end() ? std::string() : found->second;
}

redis_model* world::server_at(const core::endpoint& to) {
  simulated_pod* const p = find_pod(resolve(to.host));
  return p != nullptr && to.port == 6379 ? p->server.get() : nullptr;
}

bool world::reaches(const std::string& from, const std::string& to) {
  const simulated_pod* const a = find_pod(resolve(from));
  const simulated_pod* const b = find_pod(resolve(to));
  return a != nullptr && b != nullptr && !cuts_.contains({a->name, b->name});
}

bool world::is_anchor(const std::string& from, const core::endpoint& to) {
  const simulated_pod* const p = find_pod(to.host);
  return to.port == anchor_port && p != nullptr && p->name == primary_name && p->agent &&
         reaches(from, to.host) && reaches(to.host, from);
}

std::optional<std::vector<std::string>> world::find_addresses(const std::string& name) {
  if (dns_silent_until_ && now_ < *dns_silent_until_) return std::nullopt;
  const std::string address = resolve(name);
  return address.empty() ? std::vector<std::string>() : std::vector<std::string>{address};
}

std::optional<std::vector<std::string>> world::list_pods() {
  if (dns_silent_until_ && now_ < *dns_silent_until_) return std::nullopt;
  std::vector<std::string> names;
  const auto& records = dns_frozen_until_ && now_ < *dns_frozen_until_ ? frozen_records_ : records_;
  for (const auto& [name, address] : records) names.push_back(name);
  if (names.empty()) return std::nullopt;  // NXDOMAIN
  return names;
}

surroundings::asked world::ask_server(int from, const std::string& address) {
  const simulated_pod& asking = pods_[static_cast<std::size_t>(from)];
  const simulated_pod* const p = find_pod(address);
  if (p == nullptr || !p->server) return {nullptr, core::link_condition::unreachable};
  const bool is_own = p == &asking;
  if (!is_own && (!reaches(asking.address, address) || !reaches(address, asking.address))) {
    return {nullptr, core::link_condition::timed_out};
  }
  if (p->server->is_paused()) return {nullptr, core::link_condition::timed_out};
  if (!p->server->is_running() || (!is_own && p->server->binds_loopback_only())) {
    return {nullptr, core::link_condition::refused};
  }
  return {p->server.get(), core::link_condition::up};
}

const core::memory* world::ask_agent(int from, const std::string& address) {
  const simulated_pod& asking = pods_[static_cast<std::size_t>(from)];
  const simulated_pod* const p = find_pod(address);
  if (p == nullptr || !p->agent || p->agent_is_paused) return nullptr;
  if (!reaches(asking.address, address) || !reaches(address, asking.address)) return nullptr;
  return &p->agent->memory();
}

std::string world::address_of(int index) { return pods_[static_cast<std::size_t>(index)].address; }

std::optional<std::string>& world::agent_file(int index) {
  return pods_[static_cast<std::size_t>(index)].files.agent_file;
}

std::optional<core::rdb_header> world::rdb_on_volume(int index) {
  const auto& file = pods_[static_cast<std::size_t>(index)].files.rdb;
  if (!file) return std::nullopt;
  core::rdb_header header;
  header.keys = static_cast<std::int64_t>(file->data.size());
  if (!file->has_replication_info) return header;
  header.replid = file->replid;
  header.offset = file->offset;
  return header;
}

void world::note(const std::string& line) {
  if (!keeps_trace_) return;
  char time[32];
  std::snprintf(time, sizeof time, "%8.2f  ", core::to_seconds(now_ - began_at_));
  trace_.push_back(time + line);
}

bool world::loses_a_message() { return !is_healing_ && chance_() % 50 == 0; }

}  // namespace redis_agent::simulation
