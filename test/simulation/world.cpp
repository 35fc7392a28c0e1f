#include "world.hpp"

#include <algorithm>
#include <cstdio>

#include "wire/volume_json.hpp"

namespace redis_agent::simulation {
namespace {

constexpr duration step_length = 50ms;
// After the last fault. What needs no person has happened by the first; after each of a person's
// decisions there is time for the longest wait (a replica's for a primary that has begun anew).
constexpr duration healing_alone_max = 35s;
constexpr duration healing_max = 100s;

core::settings settings_of(const std::string& pod, const schedule& plan) {
  auto parsed = core::parse_settings(core::subcommand::sidecar,
                                     {{"pod-name", pod, ""},
                                      {"peer-wait", "4s", ""},
                                      {"peer-wait-empty", "6s", ""},
                                      {"rope", plan.rope != 0 ? "on" : "off", ""}},
                                     "");
  return std::move(parsed.values);
}

}  // namespace

world::world(const schedule& plan, bool keeps_trace)
    : plan_(plan), keeps_trace_(keeps_trace), chance_(plan.seed), more_chance_(~plan.seed) {
  for (int i = 0; i <= plan.replicas; ++i) {
    auto p = std::make_unique<simulated_pod>();
    p->number = p->index = i;
    p->name = i == 0 ? primary_name : "redis-slave-" + std::to_string(i - 1);
    p->settings = settings_of(p->name, plan);
    pods_.push_back(std::move(p));
    current_.push_back(i);
  }
}

simulated_pod& world::named(int index) {
  return pod_at(current_[static_cast<std::size_t>(index) % current_.size()]);
}

duration world::longest_load() const {
  duration longest{};
  for (const fault& f : plan_.faults) {
    if (f.kind == fault_kind::load) longest = std::max(longest, f.length);
  }
  return longest;
}

std::string world::run() {
  begin();
  while (now_ - began_at_ < std::chrono::milliseconds(plan_.until_ms)) {
    step();
    if (std::string violation = check_safety(); !violation.empty()) return violation;
  }
  is_healing_ = true;
  heal();
  const instant healed_at = now_;
  const duration more =
      3 * longest_load() + std::chrono::milliseconds(4 * (plan_.transfer_ms - 200 + plan_.fork_ms));
  // What a person has decided is copied, and copied from.
  const auto most = [&] {
    return healing_max + more + (decisions_.empty() ? duration{} : 2 * longest_load());
  };
  while (now_ - healed_at < most()) {
    step();
    if (std::string violation = check_safety(); !violation.empty()) return violation;
    if (check_healed(false).empty()) {
      healed_after_ = now_ - healed_at;
      return {};
    }
    const duration since = now_ - healed_at - more;
    if (since < healing_alone_max || since % 5s >= step_length) continue;
    if (std::string violation = decide_as_people(); !violation.empty()) return violation;
  }
  return "not healed after " + std::to_string(most() / 1s) + " s: " + check_healed(true);
}

void world::begin() {
  for (const auto& p : pods_) {
    p->comes_back_at = now_ + std::chrono::milliseconds(chance_() % 2000);
  }
}

void world::step() {
  now_ += step_length;
  while (next_fault_ < plan_.faults.size() && now_ - began_at_ >= plan_.faults[next_fault_].at) {
    const fault& f = plan_.faults[next_fault_++];
    if (!is_healing_) happen(f);
  }
  run_kubelet();
  lurk();
  look_late();
  hear_words();
  if (stranger_) stranger_->advance(now_);
  for (const auto& p : pods_) {
    if (p->server) p->server->advance(now_);
  }
  for (const auto& p : pods_) {
    if (p->agent && !p->agent_is_paused) p->agent->advance(now_);
  }
  write();
}

server_config world::config_of(const simulated_pod& p) const {
  server_config config;
  config.version = plan_.version;
  config.appendonly = plan_.appendonly;
  config.saves_at_shutdown = plan_.saves != 0;
  if (plan_.keys_max > 0) config.keys_max = static_cast<std::size_t>(plan_.keys_max);
  config.is_diskless = plan_.diskless != 0;
  config.has_back_off = true;
  config.backlog_ttl = std::chrono::milliseconds(plan_.backlog_ttl_ms);
  server_pace& pace = config.pace;
  pace.aof_write_delay = std::chrono::milliseconds(plan_.aof_delay_ms);
  pace.aof_rewrite = std::chrono::milliseconds(plan_.aof_rewrite_ms);
  pace.fork = std::chrono::milliseconds(plan_.fork_ms);
  pace.sync_transfer = std::chrono::milliseconds(plan_.transfer_ms);
  if (p.load_time) pace.start_load = pace.sync_load = *p.load_time;
  const bool follows_name = !plan_.is_placeholder || plan_.rope == 0;
  // A replica that knows the primary's name follows whoever has it until its agent looks. Redis 7's
  // delay before a full sync (repl-diskless-sync-delay) is what it has until then.
  if (follows_name && config.is_diskless) pace.sync_delay = 5s;
  const bool is_primary = p.name == primary_name;
  if (is_primary && plan_.version >= 7) {
    config.binds_loopback_only = true;
  } else if (is_primary || !follows_name) {
    config.replicaof = core::parking_place();
  } else {
    config.replicaof = {primary_host, 6379};
  }
  return config;
}

// To what an earlier moment had of the same.
void world::cut_aof(simulated_pod& p) {
  const auto& left = p.kept_files.aof;
  if (!p.files.aof || !left || left->empty() || left->size() >= p.files.aof->size()) return;
  const auto& all = p.files.aof->numbers();
  if (!std::equal(left->numbers().begin(), left->numbers().end(), all.begin())) return;
  p.files.aof = left;
  recount_protected();
}

void world::start_server(simulated_pod& p) {
  // It could not end by itself: it was making its AOF.
  if (p.server->is_running()) {
    p.server->kill();
    recount_protected();
  }
  if (p.empties_at_start) p.files = {};
  if (p.restores_at_start) p.files = p.kept_files;
  if (std::exchange(p.cuts_aof_at_start, false)) cut_aof(p);
  const bool was_changed = p.empties_at_start || p.restores_at_start;
  if (was_changed) ++p.volume_number;
  p.empties_at_start = p.restores_at_start = false;
  p.is_promoted_by_hand = p.opened_alone = false;
  if (p.index == 0) obeyed_.clear();  // what its gate orders in this run is not what it did before
  p.serves_since.reset();
  forget_who_was_asked(p);
  p.server->start(now_, config_of(p));
  forget_contacts_of(p);
  const auto noted = p.files.agent_file ? wire::parse_volume_memory(*p.files.agent_file)
                                        : core::result<core::volume_memory>(core::failure{});
  const bool is_noted = noted && noted->run_id == p.run_before;
  const bool was_seen =
      p.run_before.empty() || is_noted ||
      (p.agent && p.agent->memory().server && p.agent->memory().server->run_id == p.run_before);
  p.began_unknown =
      (plan_.appendonly && !p.files.agent_file) || !was_seen || (p.began_unknown && !was_changed);
  p.run_before = p.server->report(now_).server->run_id;
  note(p.name + ": its server starts" + (p.began_unknown ? ", nothing remembered" : ""));
  if (was_changed) recount_protected();
  if (std::exchange(p.promotes_at_start, false)) promote(p);
}

// What it was told is known in one run of the primary's server and of its agent.
void world::forget_who_was_asked(simulated_pod& p) {
  const auto forget = [](simulated_pod& other) {
    other.asked_since.reset();
    other.was_asked_enough = false;
  };
  forget(p);
  if (p.index != 0) return;
  for (const int number : current_) forget(pod_at(number));
}

void world::start_agent(simulated_pod& p) {
  if (p.index == 0) forget_who_was_asked(p);
  note(p.name + ": its agent starts");
  p.agent = std::make_unique<simulated_agent>(p.number, p.settings, *this, now_);
}

// The client writes to the primary's Service: the pod of that name, and to one that had it before
// over a connection that it has still. A person writes to what he has promoted.
void world::write() {
  for (const auto& p : pods_) write_by_hand(*p);
  for (const auto& p : pods_) {
    if (p->is_forced_out && p->name == primary_name && more_chance_() % 2 == 0) write_to(*p);
  }
  if (is_healing_ && chance_() % 20 != 0) return;
  if (chance_() % 2 == 0) return;
  write_to(named(0));
}

void world::write_to(simulated_pod& p) {
  if (plan_.writes == 0) return;
  if (!p.server || !p.server->answers() || p.server->binds_loopback_only()) return;
  const int number = writes_.next();
  if (p.server->write(number) == reply::ok) writes_.acknowledge(number);
}

void world::note(const std::string& line) {
  if (!keeps_trace_) return;
  char time[32];
  std::snprintf(time, sizeof time, "%8.2f  ", core::to_seconds(now_ - began_at_));
  trace_.push_back(time + line);
}

void world::report_violation(int pod, const std::string& what) {
  const simulated_pod& p = pod_at(pod);
  if (p.is_forced_out) return;                                                 // is to close
  if (p.is_promoted_by_hand && now_ - p.promoted_at < noticed_within) return;  // behind its gate
  reported_violation_ = what;
}

bool world::loses_a_message() { return !is_healing_ && chance_() % 50 == 0; }

}  // namespace redis_agent::simulation
