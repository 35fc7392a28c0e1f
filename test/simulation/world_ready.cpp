// What a pod that calls itself ready must have.
#include <algorithm>
#include <span>

#include "world.hpp"

namespace redis_agent::simulation {
namespace {

// An agent may learn of a restart one poll late, and a kubelet asks once a second.
constexpr std::size_t first_writes = 20;  // may still be on their way to one of the replicas
constexpr duration ready_while_empty_max = 1500ms;
// DNS, contact and one late answer.
constexpr duration ready_while_strange_max = 4s;
constexpr duration ready_while_behind_max = 13s;  // max-lag, and a little

bool has_lasted(std::optional<instant>& since, bool is_so, instant now, duration most) {
  if (!is_so) {
    since.reset();
    return false;
  }
  if (!since) since = now;
  return now - *since > most;
}

// Besides keys that have expired: who is cut off has not heard so.
bool begins_with(const dataset& whole, const dataset& part, int expired_up_to) {
  const auto left = [&](std::span<const int> numbers) {
    return numbers.subspan(static_cast<std::size_t>(
        std::ranges::upper_bound(numbers, expired_up_to) - numbers.begin()));
  };
  return std::ranges::mismatch(left(part.numbers()), left(whole.numbers())).in1 ==
         left(part.numbers()).end();
}

}  // namespace

std::string world::check_ready() {
  // What a replica may lack by its lag is not that of an empty one.
  const bool has_been_there = has_lasted(plenty_since_, writes_.protected_count() > first_writes,
                                         now_, ready_while_behind_max);
  for (const auto& p : pods_) {
    const bool may_lag = (p->index != 0 && !has_been_there) || mine_was_kept_;
    const bool answers = p->server && p->server->answers() && p->agent && !p->agent_is_paused;
    const bool is_alone = p->opened_alone || primary().opened_alone;
    const bool is_empty = answers && !may_lag && !is_alone &&
                          writes_.protected_count() > first_writes && p->server->data().empty();
    const bool is_wrong = is_empty && p->agent->calls_itself_ready(now_);
    if (has_lasted(p->empty_and_ready_since, is_wrong, now_, ready_while_empty_max)) {
      return p->name + " is ready and empty";
    }
    if (p->index == 0) continue;
    if (std::string violation = check_ready_replica(*p); !violation.empty()) return violation;
  }
  return {};
}

std::string world::check_ready_replica(simulated_pod& p) {
  const simulated_pod& first = primary();
  const bool is_comparable = first.takes_writes && first.server->answers() &&
                             are_in_contact(p, first) &&
                             !holds(fault_kind::refuse_questions, first.number) && !p.is_forced_out;
  const auto is_ready = [&] { return p.agent->calls_itself_ready(now_); };
  const bool is_strange = is_comparable &&
                          !begins_with(first.server->data(), p.server->data(), expired_up_to()) &&
                          is_ready();
  if (has_lasted(p.strange_since, is_strange, now_, ready_while_strange_max)) {
    return p.name + " is ready and has another history than the primary";
  }
  if (has_lasted(p.behind_since, is_comparable && lags(p) && is_ready(), now_,
                 ready_while_behind_max)) {
    return p.name + " is ready and lags behind";
  }
  if ((now_ - began_at_) % 250ms != 0s) return {};
  if (has_lasted(p.elsewhere_since, is_comparable && follows_another(p) && is_ready(), now_,
                 ready_while_strange_max)) {
    return p.name + " is ready and follows another than the primary";
  }
  return {};
}

// It has less than the primary, and gets nothing.
bool world::lags(simulated_pod& p) {
  const std::size_t before = std::exchange(p.keys_before, p.server->data().size());
  return p.server->data().size() <= before &&
         p.server->data().size() < primary().server->data().size();
}

bool world::follows_another(const simulated_pod& p) const {
  if (!p.server->link_is_up()) return false;
  const auto link = p.server->report(now_).replication.link;
  return link && resolve(link->primary.host) != primary().address;
}

}  // namespace redis_agent::simulation
