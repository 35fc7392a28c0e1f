// Two servers that take writes at once, and where that is nobody's fault but a person's.
#include <algorithm>

#include "world.hpp"

namespace redis_agent::simulation {
namespace {

// After so much contact an agent knows: DNS is asked once a second, servers four times.
constexpr duration known_after = 3s;
constexpr duration asked_after = 1s;  // no DNS is needed for a server that is known

}  // namespace

std::string world::check_writable() {
  std::vector<simulated_pod*> writable;
  for (const auto& p : pods_) {
    const bool is_open = p->server && p->server->is_running() && !p->server->binds_loopback_only();
    // One that is stopped, or whose clients are, goes on with what it was.
    const bool stands_still = p->server && (p->server->stands_still() || p->server->holds_writes());
    const bool takes_writes =
        is_open && (stands_still ? p->takes_writes : p->server->accepts_writes());
    if (takes_writes && !p->takes_writes) p->takes_writes_since = now_;
    p->takes_writes = takes_writes;
    if (!takes_writes && p->server && p->server->is_replica()) p->is_promoted_by_hand = false;
    if (takes_writes) writable.push_back(p.get());
  }
  watch_contacts();
  for (simulated_pod* a : writable) {
    for (simulated_pod* b : writable) {
      if (a->number >= b->number || is_excused(*a, *b)) continue;
      return "two take writes: " + a->name + ", " + b->name;
    }
  }
  return {};
}

void world::watch_contacts() {
  for (const auto& a : pods_) {
    for (const auto& b : pods_) {
      if (a->number >= b->number) continue;
      const bool is_watched = a->name == b->name || a->is_promoted_by_hand ||
                              b->is_promoted_by_hand || contacts_.contains({a->number, b->number});
      if (!is_watched) continue;
      two_pods& both = contacts_[{a->number, b->number}];
      if (!a->takes_writes || !b->takes_writes) both.is_excused = false;
      const simulated_pod& first = primary();
      const bool is_asked = a->name != b->name && (a.get() == &first || b.get() == &first);
      const bool in_contact =
          is_asked ? can_be_asked(a.get() == &first ? *b : *a) : are_in_contact(*a, *b);
      if (!in_contact) {
        both.in_contact_since.reset();
      } else {
        if (!both.in_contact_since) both.in_contact_since = now_;
        const duration enough = a->name == b->name ? known_after : asked_after;
        if (now_ - *both.in_contact_since >= enough) both.was_in_contact = true;
      }
    }
  }
}

bool world::are_in_contact(const simulated_pod& a, const simulated_pod& b) const {
  const auto is_well = [&](const simulated_pod& p) {
    return p.server && p.server->answers() && !p.server->is_loading() && p.agent &&
           !p.agent_is_paused && dns_answers(p.number) &&
           !holds(fault_kind::lose_orders, p.number) &&
           !holds(fault_kind::refuse_orders, p.number) &&
           !holds(fault_kind::answer_late, p.number, p.number) &&
           !holds(fault_kind::omit_from_dns, p.number);
  };
  const auto passes = [&](const simulated_pod& from, const simulated_pod& to) {
    return may_pass(from, to) && !holds(fault_kind::block_redis, from.number, to.number) &&
           !holds(fault_kind::block_agent, from.number, to.number) &&
           !holds(fault_kind::answer_late, from.number, to.number);
  };
  const bool dns_is_true = !(dns_frozen_until_ && now_ < *dns_frozen_until_) &&
                           plan_.dns_max == 0 && plan_.dns_ready_only == 0;
  return dns_is_true && is_well(a) && is_well(b) && passes(a, b) && passes(b, a);
}

bool world::is_excused(const simulated_pod& a, const simulated_pod& b) {
  const auto found = contacts_.find({a.number, b.number});
  if (found == contacts_.end()) return false;
  two_pods& both = found->second;
  if (both.is_excused) return true;
  const simulated_pod& later = a.takes_writes_since > b.takes_writes_since ? a : b;
  if (a.name == b.name) {
    // The old one has to see that its name leads elsewhere, and may see nothing.
    const bool has_known_long =
        both.in_contact_since && now_ - *both.in_contact_since >= known_after;
    return !has_known_long || now_ - later.takes_writes_since < known_after;
  }
  // Made by a person, or opened where he could not be heard.
  both.is_excused = later.is_promoted_by_hand || !both.was_in_contact;
  return both.is_excused;
}

void world::forget_contacts_of(const simulated_pod& p) {
  for (auto& [numbers, both] : contacts_) {
    if (numbers.first == p.number || numbers.second == p.number) both = {};
  }
}

}  // namespace redis_agent::simulation
