#include "lock_world.hpp"

#include <algorithm>
#include <cstdio>

#include "core/configuration/parking.hpp"
#include "core/failover/lock.hpp"
#include "lock_pod.hpp"

namespace redis_agent::simulation {
namespace {

constexpr duration step_length = 50ms;
constexpr int pod_count = 3;

bool is_due(std::optional<instant>& at, instant now) {
  if (!at || now < *at) return false;
  at.reset();
  return true;
}

void hurry(std::optional<instant>& at, instant by) {
  if (at) at = std::min(*at, by);
}

}  // namespace

lock_world::lock_world(const lock_schedule& plan, bool keeps_trace, const lock_mistakes& mistakes)
    : plan_(plan),
      keeps_trace_(keeps_trace),
      mistakes_(mistakes),
      chance_(plan.seed),
      api_(chance_) {
  for (int i = 0; i < pod_count; ++i) {
    auto p = std::make_unique<lock_pod>();
    p->number = p->index = i;
    p->name = i == 0 ? "redis-master-0" : "redis-slave-" + std::to_string(i - 1);
    p->rate = plan.rates.at(static_cast<std::size_t>(i)) / 100.0;
    p->comes_back_at = now_ + std::chrono::milliseconds(chance_() % 1500);
    pods_.push_back(std::move(p));
    current_.push_back(i);
  }
}

core::settings lock_world::settings_of(const std::string& pod, const std::string& uid) const {
  const bool is_fast = plan_.fast != 0;
  const char* const duration_of_lock = is_fast ? "5s" : "10s";
  const char* const replicas = plan_.min_replicas == 0   ? "0"
                               : plan_.min_replicas == 1 ? "1"
                                                         : "auto";
  auto parsed = core::parse_settings(core::subcommand::sidecar,
                                     {{"pod-name", pod, ""},
                                      {"pod-uid", uid, ""},
                                      {"failover", "lease", ""},
                                      {"api-server", "10.96.0.1:443", ""},
                                      {"lock-renewal", is_fast ? "1s" : "2s", ""},
                                      {"lock-fence", is_fast ? "3s" : "6s", ""},
                                      {"lock-duration", duration_of_lock, ""},
                                      {"failover-after", is_fast ? "5s" : "10s", ""},
                                      {"failover-min-replicas", replicas, ""},
                                      {"peer-wait", "4s", ""},
                                      {"peer-wait-empty", "6s", ""}},
                                     "");
  for (const std::string& complaint : parsed.complaints) {
    std::fprintf(stderr, "simulate: %s\n", complaint.c_str());
  }
  if (mistakes_.fence_is_duration) parsed.values.lock_fence = parsed.values.lock_duration;
  return std::move(parsed.values);
}

lock_pod& lock_world::named(int index) {
  if (index == holder_pod) {
    lock_pod* const p = holder();
    if (p != nullptr) return *p;
    index = 0;
  }
  return pod_at(current_[static_cast<std::size_t>(index) % current_.size()]);
}

instant lock_world::clock_of(const lock_pod& p) const {
  const duration offset = std::chrono::minutes(7 * p.number);
  const double passed = core::to_seconds(now_ - began_at_) * p.rate;
  return began_at_ + offset +
         std::chrono::duration_cast<duration>(std::chrono::duration<double>(passed));
}

std::string lock_world::run() {
  while (now_ - began_at_ < std::chrono::milliseconds(plan_.until_ms)) {
    step();
    if (!violation_.empty()) return violation_;
  }
  std::string what = plan_.stays != 0 ? check_stay() : await_health();
  draw_account();
  return violation_.empty() ? what : violation_;
}

void lock_world::violate(const std::string& what) {
  if (violation_.empty()) violation_ = what;
  note("VIOLATION " + what);
}

void lock_world::step() {
  now_ += step_length;
  while (next_fault_ < plan_.faults.size() && now_ - began_at_ >= plan_.faults[next_fault_].at) {
    const lock_fault& f = plan_.faults[next_fault_++];
    if (!is_healing_) happen(f);
  }
  std::erase_if(conditions_, [&](const condition& c) { return now_ >= c.until; });
  set_weather();
  run_kubelet();
  if (is_due(lock_is_made_at_, now_)) api_.make_lock();
  api_.advance(now_);
  for (const auto& p : pods_) {
    if (p->server) p->server->advance(now_);
  }
  watch_impaired();
  write_everywhere();
  run_agents();
  watch_reach();
  watch_volumes();
  if (!api_.violation().empty()) violate(api_.violation());
}

void lock_world::run_agents() {
  for (std::size_t i = 0; i < pods_.size(); ++i) {
    lock_pod& p = *pods_[i];
    if (!p.agent || p.agent_is_paused) continue;
    p.agent->advance(clock_of(p));
    p.keeper->advance(clock_of(p), now_);
    if (keeps_trace_) tell_ruling(p);
  }
}

void lock_world::tell_ruling(lock_pod& p) {
  const auto ruling = core::decide_lock(p.agent->memory(), p.settings, clock_of(p));
  const std::string told =
      std::string(core::to_text(ruling.act)) + " " + std::string(core::to_text(ruling.word));
  const bool serves = core::may_serve(p.agent->memory(), p.settings, clock_of(p));
  const std::string whole = told + (serves ? ", may serve" : "");
  if (std::exchange(p.ruling_told, whole) != whole) {
    note("    " + p.name + ": " + whole + " (" + ruling.evidence + ")");
  }
}

void lock_world::run_kubelet() {
  for (std::size_t i = 0; i < pods_.size(); ++i) run_pod(*pods_[i]);
}

void lock_world::run_pod(lock_pod& p) {
  if (is_due(p.ends_at, now_)) return end_for_good(p);
  if (is_due(p.comes_back_at, now_)) come_up(p);
  if (p.server && is_due(p.server_starts_at, now_)) start_server(p);
  if (!p.address.empty() && is_due(p.agent_starts_at, now_)) start_agent(p);
  if (is_due(p.server_goes_on_at, now_) && p.server) go_on(p);
  if (is_due(p.agent_goes_on_at, now_)) p.agent_is_paused = false;
  if (p.ends) go_on_ending(p);
}

void lock_world::come_up(lock_pod& p) {
  p.address = "10.0.0." + std::to_string(next_address_++);
  p.settings = settings_of(p.name, "uid-" + std::to_string(next_uid_++));
  p.server = std::make_unique<redis_model>(p.address, p.files, *this, chance_);
  p.server_starts_at = p.agent_starts_at = now_;
  p.reached_since.clear();
  p.left.reset();
  records_[p.name] = p.address;
  note(p.name + ": comes up at " + p.address + ", " + p.settings.pod_uid);
}

server_config lock_world::config_of(const lock_pod& p) const {
  server_config config;
  config.version = plan_.version;
  config.replicaof = core::parking_place();
  if (plan_.min_replicas != 0) config.min_replicas = 1;
  config.min_replicas_max_lag = 2s;
  config.appendonly = plan_.appendonly != 0;
  config.pace.aof_write_delay = std::chrono::milliseconds(plan_.aof_delay_ms);
  if (p.load_time > 0s) config.pace.start_load = p.load_time;
  return config;
}

void lock_world::start_server(lock_pod& p) {
  if (p.empties_at_start) p.files = {};
  if (p.restores_at_start) p.files = p.kept_files;
  if (p.empties_at_start || p.restores_at_start) {
    ++p.volume_number;
    p.noted_term = -1;
  }
  p.empties_at_start = p.restores_at_start = false;
  p.epoch = -1;
  p.was_frozen = false;
  p.was_busy = false;
  p.server->start(now_, config_of(p));
  p.load_time = {};
  note(p.name + ": its server starts");
}

void lock_world::start_agent(lock_pod& p) {
  note(p.name + ": its agent starts");
  p.agent_began_at = now_;
  p.agent = std::make_unique<simulated_agent>(p.number, p.settings, *this, clock_of(p));
  p.keeper = std::make_unique<simulated_keeper>(
      simulated_keeper::place{p.number, *p.agent, api_, *this, mistakes_.reads_version_late});
  if (!p.left) return;
  p.keeper->find(*p.left);
  p.agent->hear(*p.left, clock_of(p));
}

// What waits in its sockets comes first: by its own clock no time has passed yet.
void lock_world::go_on(lock_pod& p) {
  p.server->pause(false);
  if (!p.server->is_running()) return;
  note(p.name + ": its server goes on");
  if (std::exchange(p.was_busy, false)) return;  // who asked meanwhile was told so
  const bool is_order_first = chance_() % 2 == 0;
  if (is_order_first) deliver_left_orders(p);
  for (int clients = 0; clients < 2; ++clients) write_to(p, true);
  if (!is_order_first) deliver_left_orders(p);
}

void lock_world::deliver_left_orders(lock_pod& p) {
  std::erase_if(left_orders_, [&](const left_order& left) {
    if (left.pod != p.number) return false;
    if (p.server->report(now_).server->run_id == left.run_id) {
      note(p.name + " finds an order: " + core::describe(left.what));
      obey(left.what, *p.server);
      p.epoch = p.server->is_replica() ? -1 : std::max(p.epoch, left.epoch);
    }
    return true;
  });
}

void lock_world::heal() {
  note("everything heals");
  is_healing_ = true;
  conditions_.clear();
  for (const auto& p : pods_) {
    if (p->is_forced_out) p->ends_at = now_;
    hurry(p->server_starts_at, now_ + 2s);
    hurry(p->agent_starts_at, now_ + 2s);
    hurry(p->server_goes_on_at, now_);
    hurry(p->agent_goes_on_at, now_);
    hurry(p->comes_back_at, now_ + 2s);
    if (p->ends) p->ends->comes_back_at = std::min(p->ends->comes_back_at, now_ + 2s);
  }
  hurry(lock_is_made_at_, now_);
}

lock_pod* lock_world::find_pod(const std::string& address) const {
  if (address.empty()) return nullptr;
  const auto found =
      std::ranges::find_if(pods_, [&](const auto& p) { return p->address == address; });
  return found == pods_.end() ? nullptr : found->get();
}

lock_pod* lock_world::holder() {
  const std::string& identity = api_.lease().holder;
  const auto found = std::ranges::find_if(
      pods_, [&](const auto& p) { return !p->address.empty() && p->identity() == identity; });
  return found == pods_.end() ? nullptr : found->get();
}

void lock_world::note(const std::string& line) {
  if (!keeps_trace_) return;
  char time[32];
  std::snprintf(time, sizeof time, "%8.2f  ", core::to_seconds(now_ - began_at_));
  trace_.push_back(time + line);
}

}  // namespace redis_agent::simulation
