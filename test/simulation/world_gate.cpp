// What a gate must not open over, and what it opens with.
#include <algorithm>

#include "core/configuration/parking.hpp"
#include "core/readiness/verdict.hpp"
#include "core/safety/remembering.hpp"
#include "wire/volume_json.hpp"
#include "world.hpp"

namespace redis_agent::simulation {
namespace {

constexpr std::size_t orders_max = 24;  // obeyed by one server
constexpr duration orders_within = 10s;
constexpr duration asked_enough = 1s;  // some polls
constexpr duration stands_still_after = 3s;
constexpr duration not_forgotten = 3s;  // less than peer-wait: who has just fallen silent
constexpr duration explained_after = 5s;

core::result<core::volume_memory> memory_on_volume(const simulated_pod& p) {
  if (!p.files.agent_file) return core::failure{};
  return wire::parse_volume_memory(*p.files.agent_file);
}

// A volume that was emptied and could hear nobody has begun a cluster of its own.
std::string cluster_of(const simulated_pod& p) {
  const auto kept = memory_on_volume(p);
  return kept ? kept->cluster_id : std::string();
}

bool is_another_clusters(const simulated_pod& p, const simulated_pod& other) {
  return !cluster_of(p).empty() && !cluster_of(other).empty() && cluster_of(p) != cluster_of(other);
}

// Whom neither DNS lists nor the volume remembers cannot be known to be there.
bool knows_of(const simulated_pod& first, const simulated_pod& p) {
  if (!first.agent) return false;
  return std::ranges::any_of(core::pods_to_ask(first.agent->memory(), ""), [&](const auto& pod) {
    return core::first_label(pod.host) == p.name;
  });
}

}  // namespace

bool world::is_alone(const simulated_pod& first) const {
  return std::ranges::none_of(current_, [&](int number) {
    const simulated_pod& other = *pods_[static_cast<std::size_t>(number)];
    return other.index != 0 && knows_of(first, other);
  });
}

// Also by an agent that stands still, as soon as it goes on: it knows that it did after a while.
bool world::can_be_asked(const simulated_pod& p) const {
  const simulated_pod& first = primary();
  const bool looks = !first.agent_is_paused || now_ - first.agent_paused_at >= stands_still_after;
  return knows_of(first, p) && p.server && p.server->answers() && first.agent && looks &&
         first.agent->has_address(p.address) && !first.agent->waits_for(p.address) &&
         resolve(p.name) == p.address && dns_answers(first.number) && may_pass(first, p) &&
         may_pass(p, first) && !holds(fault_kind::block_redis, first.number, p.number) &&
         !holds(fault_kind::answer_late, first.number, p.number) &&
         !holds(fault_kind::lose_orders, first.number);
}

void world::watch_who_can_be_asked() {
  for (const int number : current_) {
    simulated_pod& p = pod_at(number);
    if (p.index == 0) continue;
    if (!can_be_asked(p)) {
      p.asked_since.reset();
      continue;
    }
    if (!p.asked_since) p.asked_since = now_;
    if (now_ - *p.asked_since < asked_enough) continue;
    p.asked_last = now_;
    p.was_asked_enough = true;
  }
}

bool world::is_out_of_reach(const simulated_pod& other, const redis_model& first) const {
  if (!other.was_asked_enough) return true;
  return !first.data().empty() && now_ - *other.asked_last > not_forgotten;
}

// With the rope turned off who could not be asked follows when it is back, whatever it has.
void world::give_up_what_no_rope_holds(const redis_model& first) {
  for (const int number : current_) {
    const simulated_pod& other = pod_at(number);
    if (other.index != 0 && is_out_of_reach(other, first)) give_up_what_only_it_has(other);
  }
}

// And everybody whom a person has decided against, at once.
void world::give_up_all_but(const dataset& kept) {
  const std::vector<bool> held = held_anywhere();
  std::vector<bool> stays(held.size());
  for (const int number : kept.numbers()) stays[static_cast<std::size_t>(number)] = true;
  for (int number = 1; number <= writes_.count(); ++number) {
    const auto n = static_cast<std::size_t>(number);
    if (held[n] && !stays[n]) writes_.give_up(number);
  }
}

// He was told that it serves, and it cannot be told to do so no more.
void world::excuse_who_is_out_of_contact(const simulated_pod& p) {
  for (const int number : current_) {
    const simulated_pod& other = pod_at(number);
    if (!other.takes_writes || other.name == p.name || are_in_contact(p, other)) continue;
    contacts_[std::minmax(p.number, other.number)].is_excused = true;
  }
}

// A gate opens over no pod that can be asked, or could be a moment ago, and has more. An empty one
// over no pod that it has ever heard. One that loads, or is deleted, has what is on its volume.
void world::judge_opening(simulated_pod& p, redis_model& server) {
  std::vector<bool> own(static_cast<std::size_t>(writes_.count()) + 1);
  for (const int n : server.data().numbers()) own[static_cast<std::size_t>(n)] = true;
  for (const int number : current_) {
    const simulated_pod& other = pod_at(number);
    if (other.index == 0 || is_out_of_reach(other, server)) continue;
    // What a person has written, and no agent is heard to speak for, is of an unknown history
    // (gate.hpp, rule 7); it follows nobody who lacks it.
    const bool is_mute = holds(fault_kind::block_agent, p.number, other.number);
    if (is_mute && other.written_to_until != instant{}) continue;
    static const dataset nothing;
    const dataset* data = other.server ? &other.server->data() : &nothing;
    if (data->empty() && loads_from(other) != nullptr) data = loads_from(other);
    const auto missing = std::ranges::find_if(data->numbers(), [&](int n) {
      return n > expired_up_to() && writes_.is_protected(n) && !own[static_cast<std::size_t>(n)];
    });
    if (missing == data->numbers().end() || is_another_clusters(p, other)) continue;
    reported_violation_ =
        p.name + " opens over " + other.name + ", which has write " + std::to_string(*missing);
  }
}

// What a gate opens with is on the volume before it opens, and a copy before it begins.
void world::order_was_obeyed(int from, const core::order& o, redis_model& server) {
  std::deque<instant>& at = obeyed_[server.address()];
  at.push_back(now_);
  if (at.size() > orders_max + 1) at.pop_front();
  simulated_pod& p = pod_at(from);
  if (o.who != core::peer::redis || p.index != 0) return;
  const auto kept = memory_on_volume(p);
  const bool opens = o.steps.back() != core::step::follow && server.accepts_writes();
  const bool is_noted = kept && kept->run_id == server.report(now_).server->run_id;
  const bool is_a_persons = o.why.starts_with("a person has decided");
  if (opens && plan_.rope == 0) give_up_what_no_rope_holds(server);
  if (opens && plan_.rope == 0 && is_a_persons) give_up_all_but(server.data());
  if (opens && is_a_persons) excuse_who_is_out_of_contact(p);
  if (opens) p.opened_alone = server.data().empty() && plan_.dns_ready_only != 0 && is_alone(p);
  if (opens && !p.is_forced_out && !is_a_persons) judge_opening(p, server);
  if (opens && !server.data().empty() && (!is_noted || kept->is_copying)) {
    reported_violation_ = p.name + " opens with what is not on its volume";
  }
  const bool copies = o.steps.back() == core::step::follow && o.to != core::parking_place();
  if (copies && !(kept && kept->is_copying)) {
    reported_violation_ = p.name + " copies, and its volume does not know";
  }
}

// An order that has been carried out is not given again and again.
std::string world::check_orders() const {
  for (const auto& [address, at] : obeyed_) {
    if (at.size() > orders_max && now_ - at.front() <= orders_within) {
      const simulated_pod* const p = find_pod(address);
      return "orders without end to " + (p != nullptr ? p->name : address);
    }
  }
  return {};
}

// A gate that would act if its volume let it says so.
std::string world::check_reason_of_gate() {
  const simulated_pod& p = primary();
  const auto is_mute = [&] {
    if (!holds(fault_kind::refuse_volume, p.number) || !p.agent || p.agent_is_paused) return false;
    if (!core::gate_is_closed(p.agent->memory(), p.settings)) return false;
    const auto ruling = core::decide_gate(p.agent->memory(), p.settings, now_);
    const bool copies = ruling.act == core::gate_act::catch_up;
    if (!copies && ruling.act != core::gate_act::open) return false;
    // What it needs there may be there, as it was told, and it is the copy that takes its time, or
    // an order that was refused.
    const auto kept = memory_on_volume(p);
    const auto needed = core::choose_memory(p.agent->memory(), p.settings, now_);
    const bool is_there =
        kept && (copies ? kept->is_copying
                        : p.agent->memory().is_noted && needed &&
                              !core::is_worth_writing(*kept, *needed, duration{}));
    const std::string reason = core::decide(p.agent->memory(), p.settings, now_).explanation;
    if (!is_there) return reason.find("volume") == std::string::npos;
    return !copies && reason.find("refuses") == std::string::npos;
  };
  if (!is_mute()) {
    unexplained_since_.reset();
    return {};
  }
  if (!unexplained_since_) unexplained_since_ = now_;
  if (now_ - *unexplained_since_ < explained_after) return {};
  return p.name + " does not say that its volume refuses: " + p.agent->describe_decision(now_);
}

}  // namespace redis_agent::simulation
