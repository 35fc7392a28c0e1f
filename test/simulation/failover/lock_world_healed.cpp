// What must be true in the end of a world whose primary moves.
#include <algorithm>
#include <utility>

#include "core/failover/lock.hpp"
#include "core/safety/gate.hpp"
#include "core/safety/rope.hpp"
#include "lock_world.hpp"

namespace redis_agent::simulation {
namespace {

constexpr duration route_follows_within = 3s;
constexpr duration all_follow_within = 30s;

bool is_for_a_person(core::lock_word word) {
  return word == core::lock_word::not_a_member || word == core::lock_word::another_cluster ||
         word == core::lock_word::another_history || word == core::lock_word::too_far_behind;
}

}  // namespace

// Who takes the lock has to see it stand still for D, by a slow clock, and may wait for a member.
std::string lock_world::await_health() {
  heal();
  leave_one_unreached();
  const instant healed_at = now_;
  const duration taken_within = pod_at(0).settings.lock_duration * 3 / 2 + 25s;
  while (now_ - healed_at < taken_within + all_follow_within + 130s) {
    step();
    has_the_lock_just_changed();
    if (!violation_.empty()) return violation_;
    const std::string wrong = check_healed(now_ - healed_at);
    if (wrong.empty()) return {};
    if (!violation_.empty()) return violation_;
    const bool is_over = now_ - healed_at >= taken_within + (is_anybody_copying() ? 65s : 0s);
    if (serves_since_) conditions_.clear();
    if (!serves_since_ && is_over) {
      account_.is_held = is_held_by_rules();
      if (account_.is_held) return {};
      if (!has_the_lock_just_changed()) return "nobody serves: " + describe_rulings();
    }
    if (serves_since_ && now_ - *serves_since_ >= all_follow_within && now_ - healed_at > 30s) {
      return wrong;
    }
  }
  const std::string wrong = check_healed(now_ - healed_at);
  return serves_since_ ? wrong : wrong + ": " + describe_rulings();
}

// It is well but for that, and nobody may wait for it. A lock that a person has emptied or deleted
// is its last holder's, and the named primary's.
void lock_world::leave_one_unreached() {
  if (plan_.unreached == 0 || lock_is_made_at_ || api_.lease().is_untouched()) return;
  const lock_pod& p = named(plan_.unreached - 1);
  note("but " + p.name + " is out of the API server's reach");
  conditions_.push_back({lock_fault_kind::api_split, p.number, 0, instant::max()});
}

// By a write that came a minute late: all wait again.
bool lock_world::has_the_lock_just_changed() {
  if (std::exchange(version_seen_, api_.lease().version) != api_.lease().version) {
    lock_changed_at_ = now_;
  }
  return now_ - lock_changed_at_ < pod_at(0).settings.lock_duration * 3 / 2;
}

// From one that went away without a word: it is given up after repl-timeout.
bool lock_world::is_anybody_copying() const {
  return std::ranges::any_of(pods_, [](const auto& p) {
    return p->agent && p->agent->memory().sync.phase == core::sync_phase::receiving;
  });
}

std::string lock_world::check_healed(duration /*since*/) {
  lock_pod* const first = holder();
  const bool serves = first != nullptr && first->server && first->server->answers() &&
                      !first->server->is_replica() && first->epoch == api_.lease().term;
  if (!serves || serving_term_ != api_.lease().term) serves_since_.reset();
  if (!serves) return "nobody serves";
  if (!serves_since_) serves_since_ = now_;
  serving_term_ = api_.lease().term;
  std::string wrong = check_route(*first);
  for (const int number : current_) {
    lock_pod& p = pod_at(number);
    if (&p == first) continue;
    const std::string what = check_follower(p, *first);
    if (!what.empty()) wrong += (wrong.empty() ? "" : "; ") + what;
  }
  if (!first->server->accepts_writes()) wrong += first->name + " takes no writes";
  return wrong;
}

std::string lock_world::check_route(const lock_pod& first) {
  const core::service_route& route = api_.route();
  if (route.leads_to(first.name) && route.term == api_.lease().term) return {};
  const std::string what = "the route is of term " + std::to_string(route.term) + ", and " +
                           first.name + " serves in term " + std::to_string(api_.lease().term);
  // What a slow API server has begun to do before it healed comes first.
  if (now_ - *serves_since_ > route_follows_within + 2s) violate(what);
  return what;
}

std::string lock_world::check_follower(lock_pod& p, const lock_pod& first) {
  if (!p.agent || !p.server || !p.server->answers()) return p.name + " does not run";
  const auto report = p.server->report(now_);
  const auto& link = report.replication.link;
  const bool follows = link && link->primary.host == first.address && link->is_up;
  if (follows) return {};
  const auto rope = core::decide_rope(p.agent->memory(), p.settings, clock_of(p));
  return p.name + " does not follow " + first.name + ": " + rope.evidence;
}

bool lock_world::is_held_by_rules() {
  bool is_held = true;
  for (const int number : current_) {
    const lock_pod& p = pod_at(number);
    if (!p.agent) return false;
    const instant now = clock_of(p);
    const auto ruling = core::decide_lock(p.agent->memory(), p.settings, now);
    const auto gate = core::decide_gate(p.agent->memory(), p.settings, now);
    const bool gate_holds = gate.act == core::gate_act::hold;
    // A person has emptied it: who is asked at one of the pods knows of it.
    if (api_.lease().is_untouched() && gate_holds) return true;
    const bool is_reached = api_.reaches(number);
    const bool holds = api_.lease().holder == p.identity();
    if (holds && (gate_holds || is_reached)) return gate_holds;
    if (!is_reached) continue;  // it may not know what it holds
    const auto& remembered = p.agent->memory().remembered;
    const bool is_half_a_copy = remembered && remembered->is_copying;
    is_held = is_held && (is_for_a_person(ruling.word) || gate_holds || is_half_a_copy);
  }
  return is_held;
}

std::string lock_world::describe_rulings() {
  std::string text =
      "the lock is " + api_.lease().holder + "'s in term " + std::to_string(api_.lease().term);
  for (const int number : current_) {
    const lock_pod& p = pod_at(number);
    if (!p.agent) continue;
    const instant now = clock_of(p);
    text += "; " + p.name + ": " + core::describe_lock(p.agent->memory(), p.settings, now) +
            ", gate: " + core::decide_gate(p.agent->memory(), p.settings, now).evidence;
  }
  return text;
}

// The API server is away for good, and all else is well: nothing changes, and writes go on.
std::string lock_world::check_stay() {
  if (account_.takes != 1) {
    return "the primary has moved " + std::to_string(account_.takes) +
           " times, and only the API server is away";
  }
  const bool writes_go_on = acknowledged_at_ && now_ - *acknowledged_at_ < 2s;
  if (!writes_go_on || longest_gap_ > 3s) {
    return "writes stood still for " + std::to_string(core::to_seconds(longest_gap_)) +
           " s, and only the API server is away";
  }
  return {};
}

void lock_world::lost_was_kept(int pod) {
  account_.has_diverged = true;
  const lock_pod& p = pod_at(pod);
  if (!p.server) return;
  for (const int number : p.server->data().numbers()) kept_.insert(number);
}

void lock_world::draw_account() {
  const lock_pod* const first = holder();
  if (first == nullptr || !first->server) return;
  std::vector<bool> there(acknowledged_.size());
  std::vector<bool> anywhere(acknowledged_.size());
  for (const int number : first->server->data().numbers()) {
    there[static_cast<std::size_t>(number)] = true;
  }
  for (const auto& p : pods_) {
    if (!p->server) continue;
    for (const int number : p->server->data().numbers()) {
      anywhere[static_cast<std::size_t>(number)] = true;
    }
  }
  for (std::size_t i = 1; i < acknowledged_.size(); ++i) {
    if (there[i]) continue;
    ++account_.lost;
    if (anywhere[i] || kept_.contains(static_cast<int>(i))) ++account_.lost_and_kept;
  }
}

}  // namespace redis_agent::simulation
