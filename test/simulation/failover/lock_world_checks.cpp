// What must be true at each step of a world whose primary moves.
#include <algorithm>

#include "core/failover/lock.hpp"
#include "lock_world.hpp"
#include "wire/volume_json.hpp"

namespace redis_agent::simulation {
namespace {

// So long an agent that starts, or goes on, may need to see where it is and to close its server.
constexpr duration after_a_start = 2s;
constexpr duration after_a_freeze = 500ms;
constexpr duration after_late_answers = 4s;  // up to 2.9 s late, and asked for a moment before

// Between the end of F and the last write: a turn of the agent's loop, and its order's way.
constexpr duration fence_takes_at_most = 1s;

// Who has been reached for so long has been asked, and has answered.
constexpr duration to_be_asked = 6s;

// The latest term in which a write was made that `a` has and `b` has not; -1: there is none.
std::int64_t latest_beyond(const dataset& a, const dataset& b,
                           const std::vector<std::int64_t>& epochs) {
  const std::set<int> there(b.numbers().begin(), b.numbers().end());
  std::int64_t latest = -1;
  for (const int number : a.numbers()) {
    if (there.contains(number)) continue;
    latest = std::max(latest, epochs[static_cast<std::size_t>(number)]);
  }
  return latest;
}

}  // namespace

// Every second step for each, whoever it is.
void lock_world::write_everywhere() {
  for (const auto& p : pods_) {
    if (!p->server || !p->server->accepts_writes()) continue;
    if (chance_() % (is_healing_ ? 6U : 2U) == 0) write_to(*p, false);
  }
}

void lock_world::write_to(lock_pod& p, bool was_waiting) {
  const int number = static_cast<int>(acknowledged_.size());
  if (p.server->write(number) != reply::ok) return;
  acknowledged_.push_back(true);
  epoch_of_write_.push_back(p.epoch);
  ++account_.acknowledged;
  judge_acknowledgement(p, number, was_waiting);
}

void lock_world::judge_acknowledgement(lock_pod& p, int number, bool was_waiting) {
  if (acknowledged_at_) longest_gap_ = std::max(longest_gap_, now_ - *acknowledged_at_);
  acknowledged_at_ = p.acknowledged_at = now_;
  // Taken again before its server was closed: it has been the primary all the time.
  const bool holds = p.epoch >= 0 && p.agent && p.agent->memory().lock.holds();
  if (holds) p.epoch = std::max(p.epoch, p.agent->memory().lock.seen->term);
  if (p.epoch < 0) return violate(p.name + " takes writes, and no agent has made it a primary");
  const auto server = std::pair(p.number, p.identity());
  const auto [known, is_new] = servers_of_epochs_.emplace(p.epoch, server);
  if (!is_new && known->second != server) {
    return violate("two servers take writes in term " + std::to_string(p.epoch) + ": " + p.name +
                   " and " + known->second.second);
  }
  if (p.epoch >= last_epoch_) {
    last_epoch_ = p.epoch;
    if (!is_impaired(p)) judge_basis(p);
    return;
  }
  ++account_.stale;
  epoch_of_write_[static_cast<std::size_t>(number)] = -1;  // nobody need carry it
  if (was_waiting) return;
  const std::string what = p.name + " takes writes in term " + std::to_string(p.epoch) +
                           ", after " + servers_of_epochs_[last_epoch_].second + " did in term " +
                           std::to_string(last_epoch_);
  if (!is_impaired(p)) return violate("two servers take writes: " + what);
  if (p.server->min_replicas() == 0 && plan_.min_replicas != 0) {
    violate("a frozen primary takes writes without a replica: " + what);
  }
}

// When what lets this pod serve was true last: a renewal, or promises of all who might take the
// lock. nullopt: never.
std::optional<instant> lock_world::basis_of(const lock_pod& p) const {
  std::optional<instant> basis = api_.renewed_at(p.identity());
  if (api_.written().holder != p.identity()) return basis;
  instant promised = now_;
  for (const core::lock_member& member : api_.written().members) {
    if (member.pod == p.name) continue;  // who has just taken it
    instant by_member{};
    for (const auto& other : pods_) {
      const auto at = other->promised_at.find(p.identity());
      if (other->name == member.pod && at != other->promised_at.end()) {
        by_member = std::max(by_member, at->second);
      }
    }
    promised = std::min(promised, by_member);
  }
  return basis ? std::max(*basis, promised) : promised;
}

void lock_world::judge_basis(const lock_pod& p) {
  const auto basis = basis_of(p);
  const double fence = (plan_.fast != 0 ? 3.0 : 6.0) / p.rate;  // whatever its settings say
  const double passed = basis ? core::to_seconds(now_ - *basis) : fence * 100;
  if (passed <= fence + core::to_seconds(fence_takes_at_most)) return;
  violate(p.name + " takes writes " + std::to_string(passed) +
          " s after the last renewal or promise that counts");
}

bool lock_world::is_impaired(const lock_pod& p) const { return now_ < p.impaired_until; }

void lock_world::watch_impaired() {
  for (const auto& p : pods_) {
    if (p->address.empty() || !p->server) continue;
    const auto note_until = [&](duration length) {
      p->impaired_until = std::max(p->impaired_until, now_ + length);
    };
    if (!p->agent) note_until(after_a_start);
    if (p->agent_is_paused || p->server->is_paused()) note_until(after_a_freeze);
    if (holds(lock_fault_kind::slow_server, p->number)) note_until(after_late_answers);
    const bool is_hard_to_close =
        refuses_orders(*p->server) || holds(lock_fault_kind::lose_orders, p->number);
    if (is_hard_to_close) note_until(after_a_start);
  }
}

// Who could be asked, and could answer, and since when.
void lock_world::watch_reach() {
  for (const auto& p : pods_) {
    if (p->address.empty()) continue;
    for (const auto& other : pods_) {
      if (other == p) continue;
      const bool is_there = !other->address.empty() && other->server && other->server->answers() &&
                            !other->server->is_loading() && other->agent &&
                            !other->agent_is_paused && p->agent && !p->agent_is_paused &&
                            !holds(lock_fault_kind::silence_dns, -1) &&
                            !holds(lock_fault_kind::answer_late, p->number, other->number) &&
                            !holds(lock_fault_kind::slow_server, other->number) &&
                            !holds(lock_fault_kind::lose_orders, p->number) &&
                            may_pass(*p, *other) && may_pass(*other, *p);
      if (is_there) {
        p->reached_since.emplace(other->number, now_);
      } else {
        p->reached_since.erase(other->number);
      }
    }
  }
}

void lock_world::watch_volumes() {
  for (const auto& p : pods_) {
    const auto& file = p->files.agent_file;
    if (!file || *file == p->noted_file) continue;
    p->noted_file = *file;
    const auto noted = wire::parse_volume_memory(*file);
    if (!noted) continue;
    if (noted->term < p->noted_term) {
      violate("the term on the volume of " + p->name + " goes back from " +
              std::to_string(p->noted_term) + " to " + std::to_string(noted->term));
    }
    p->noted_term = noted->term;
  }
}

void lock_world::order_was_obeyed(int from, const core::order& o, redis_model& server) {
  lock_pod* const told = find_pod(server.address());
  if (told != nullptr && server.is_replica()) told->epoch = -1;
  const bool stands_alone = std::ranges::find(o.steps, core::step::stand_alone) != o.steps.end();
  if (o.who == core::peer::redis && stands_alone && !server.is_replica()) {
    judge_promotion(pod_at(from));
  }
}

void lock_world::judge_promotion(lock_pod& p) {
  const core::lease& lock = api_.written();
  if (lock.holder != p.identity()) {
    violate(p.name + " is promoted, and " + (lock.holder.empty() ? "nobody" : lock.holder) +
            " holds the lock");
  }
  const bool is_first = p.epoch != lock.term;
  const auto& seen_by_it = p.agent->memory().lock;
  p.epoch =
      std::max(seen_by_it.seen->term, seen_by_it.known_term);  // whatever a person has written
  if (!is_first) return;
  ++account_.takes;
  judge_data(p);
}

// Only over data that it carries, of all that answered. Of two that have each what the other lacks
// the one counts that has the writes of a later term.
void lock_world::judge_data(const lock_pod& p) {
  const auto& lock = p.agent->memory().lock;
  if (clock_of(p) - lock.role_since >= p.settings.peer_wait) return;
  for (const auto& [number, since] : p.reached_since) {
    const lock_pod& other = pod_at(number);
    if (now_ - since < to_be_asked || other.is_forced_out || !other.server) continue;
    // Nobody can tell how far an AOF goes, by whatever name it is promoted: what it has beyond is
    // kept (failover/divergence.hpp).
    if (!core::tells_its_history(other.server->report(now_).replication)) continue;
    if (other.agent && core::own_lineage(other.agent->memory()).is_estimate) continue;
    const dataset& mine = p.server->data();
    const dataset& theirs = other.server->data();
    if (latest_beyond(theirs, mine, epoch_of_write_) >
        latest_beyond(mine, theirs, epoch_of_write_)) {
      violate(p.name + " is promoted with " + std::to_string(mine.size()) + " keys, and " +
              other.name + " has " + std::to_string(theirs.size()));
    }
  }
}

}  // namespace redis_agent::simulation
