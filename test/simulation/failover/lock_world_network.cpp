// Who reaches whom in a world whose primary moves, and what the API server suffers.
#include <algorithm>

#include "core/configuration/identity.hpp"
#include "core/failover/lock.hpp"
#include "lock_world.hpp"

namespace redis_agent::simulation {
namespace {

constexpr std::uint16_t redis_port = 6379;
constexpr std::uint16_t anchor_port = 9122;
constexpr duration shortest_late_answer = 300ms;
constexpr std::uint64_t late_answer_span_ms = 2600;

core::lock_trouble trouble_of(int which) {
  constexpr std::array troubles = {core::lock_trouble::unauthorized, core::lock_trouble::forbidden,
                                   core::lock_trouble::throttled, core::lock_trouble::unavailable};
  return troubles.at(static_cast<std::size_t>(which) % troubles.size());
}

}  // namespace

bool lock_world::holds(lock_fault_kind kind, int pod, int other) const {
  return std::ranges::any_of(conditions_, [&](const condition& c) {
    return c.kind == kind && c.pod == pod && (other < 0 || c.other == other);
  });
}

bool lock_world::is_cut_off(int pod) const {
  return holds(lock_fault_kind::cut_off, pod) || holds(lock_fault_kind::isolate, pod);
}

bool lock_world::may_pass(const lock_pod& a, const lock_pod& b) const {
  if (a.number == b.number) return true;
  if (conditions_.empty()) return true;
  if (is_cut_off(a.number) || is_cut_off(b.number)) return false;
  return !holds(lock_fault_kind::cut, a.number, b.number) &&
         !holds(lock_fault_kind::cut, b.number, a.number) &&
         !holds(lock_fault_kind::cut_one_way, a.number, b.number);
}

void lock_world::set_weather() {
  api_weather w;
  for (const condition& c : conditions_) {
    switch (c.kind) {
      case lock_fault_kind::api_down: w.is_down = true; break;
      case lock_fault_kind::api_slow: w.slow_by = c.other * 700ms + 100ms; break;
      case lock_fault_kind::api_refuses: w.refuses = trouble_of(c.other); break;
      case lock_fault_kind::api_loses_answers: w.loses_answers = true; break;
      case lock_fault_kind::api_applies_late: w.applies_late = true; break;
      case lock_fault_kind::api_split:
      case lock_fault_kind::isolate: w.split.insert(c.pod); break;
      case lock_fault_kind::revoke_token: w.revoked.insert(c.pod); break;
      default: break;
    }
  }
  if (w == weather_) return;
  weather_ = w;
  api_.set_weather(w, now_);
}

redis_model* lock_world::server_at(const core::endpoint& to) {
  if (to.port != redis_port) return nullptr;
  lock_pod* const p = find_pod(to.host);
  return p != nullptr ? p->server.get() : nullptr;
}

bool lock_world::reaches(const std::string& from, const std::string& to) {
  const lock_pod* const a = find_pod(from);
  const lock_pod* const b = find_pod(to);
  return a != nullptr && b != nullptr && may_pass(*a, *b);
}

bool lock_world::is_anchor(const std::string& from, const core::endpoint& to) {
  if (to.port != anchor_port) return false;
  const std::string host = to.host == "127.0.0.1" ? from : to.host;  // this pod's own
  const lock_pod* const p = find_pod(host);
  return p != nullptr && p->agent && reaches(from, host) && reaches(host, from);
}

std::optional<std::vector<std::string>> lock_world::find_addresses(int from,
                                                                   const std::string& name) {
  if (holds(lock_fault_kind::silence_dns, -1) || is_cut_off(from)) return std::nullopt;
  const auto found = records_.find(std::string(core::first_label(name)));
  if (found == records_.end()) return std::vector<std::string>();
  return std::vector<std::string>{found->second};
}

std::optional<std::vector<std::string>> lock_world::list_pods(int from) {
  if (holds(lock_fault_kind::silence_dns, -1) || is_cut_off(from)) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& [name, address] : records_) names.push_back(name);
  return names;
}

surroundings::asked lock_world::ask_server(int from, const std::string& address) {
  const lock_pod& asking = pod_at(from);
  const lock_pod* const p = find_pod(address);
  if (p == nullptr || !p->server) return {nullptr, core::link_condition::unreachable};
  const bool may_ask = may_pass(asking, *p) && may_pass(*p, asking);
  if (may_ask && p->was_busy && p->server->is_running()) {
    return {nullptr, core::link_condition::too_many_clients};
  }
  if (!may_ask || p->server->is_paused()) return {nullptr, core::link_condition::timed_out};
  if (!p->server->is_running()) return {nullptr, core::link_condition::refused};
  asked found{p->server.get(), core::link_condition::timed_out};
  const bool is_late = holds(lock_fault_kind::slow_server, p->number) ||
                       (p->number != from && holds(lock_fault_kind::answer_late, from, p->number));
  if (is_late) {
    found.late = shortest_late_answer + std::chrono::milliseconds(chance_() % late_answer_span_ms);
    found.is_late_here = chance_() % 2 == 0;
  }
  if (holds(lock_fault_kind::lose_orders, from)) {
    found.loses_answer = chance_() % 2 == 0;
    if (!found.loses_answer && chance_() % 2 == 0) found.server = nullptr;
  }
  return found;
}

const core::memory* lock_world::ask_agent(int from, const std::string& address) {
  const lock_pod& asking = pod_at(from);
  const lock_pod* const p = find_pod(address);
  if (p == nullptr || !p->agent || p->agent_is_paused) return nullptr;
  if (!may_pass(asking, *p) || !may_pass(*p, asking)) return nullptr;
  return &p->agent->memory();
}

std::optional<core::lock_view> lock_world::ask_for_lock(int from, const std::string& address) {
  const core::memory* const other = ask_agent(from, address);
  if (other == nullptr) return std::nullopt;
  const lock_pod& p = *find_pod(address);
  return core::view_of_lock(*other, p.settings, clock_of(p));
}

// The question may arrive and its answer not.
std::optional<bool> lock_world::ask_for_promise(int from, const std::string& address,
                                                const core::lease& held) {
  const lock_pod& asking = pod_at(from);
  lock_pod* const p = find_pod(address);
  if (p == nullptr || !p->agent || p->agent_is_paused || !may_pass(asking, *p)) {
    return std::nullopt;
  }
  const bool is_turned_away =
      asking.agent && asking.agent->memory().lock.trouble == core::lock_trouble::unauthorized;
  const bool is_refused =
      !core::refuse_promise(p->agent->memory(), held.holder, held.term, is_turned_away).empty();
  if (!is_refused) {
    p->agent->hear(core::promise_given{}, clock_of(*p));
    p->promised_at[held.holder] = now_;
  }
  const bool is_lost = holds(lock_fault_kind::lose_promises, p->number) && chance_() % 2 == 0;
  if (!may_pass(*p, asking) || is_lost) return std::nullopt;
  return !is_refused;
}

bool lock_world::refuses_orders(const redis_model& server) {
  const lock_pod* const p = find_pod(server.address());
  return p != nullptr && holds(lock_fault_kind::refuse_orders, p->number);
}

duration lock_world::delay_of_volume(int pod) {
  const auto slow = std::ranges::find_if(conditions_, [&](const condition& c) {
    return c.kind == lock_fault_kind::slow_volume && c.pod == pod;
  });
  if (slow == conditions_.end()) return {};
  return slow->other == 0 ? slow->until - now_ : slow->other * 100ms;
}

bool lock_world::volume_refuses(int pod) { return holds(lock_fault_kind::refuse_volume, pod); }

bool lock_world::note_is_refused(int pod) { return holds(lock_fault_kind::refuse_note, pod); }

bool lock_world::loses_a_message() { return !is_healing_ && chance_() % 50 == 0; }

void lock_world::leave_order(int from, const std::string& address, const core::order& o) {
  const lock_pod* const p = find_pod(address);
  if (p == nullptr || !p->server || !p->server->is_paused()) return;
  note(pod_at(from).name + " leaves to " + p->name + ", which is stopped: " + core::describe(o));
  const auto& seen = pod_at(from).agent->memory().lock.seen;
  left_orders_.push_back(
      {p->number, p->server->report(now_).server->run_id, o, seen ? seen->term : -1});
}

std::optional<core::rdb_header> lock_world::rdb_on_volume(int pod) {
  const auto& file = pod_at(pod).files.rdb;
  if (!file) return std::nullopt;
  core::rdb_header header;
  header.keys = static_cast<std::int64_t>(file->data.size());
  if (!file->has_replication_info) return header;
  header.replid = file->replid;
  header.offset = file->offset;
  return header;
}

}  // namespace redis_agent::simulation
