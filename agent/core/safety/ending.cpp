#include "core/safety/ending.hpp"

#include <algorithm>
#include <vector>

#include "core/base/units.hpp"
#include "core/safety/rope.hpp"

namespace redis_agent::core {
namespace {

// A replica acknowledges each second, and one that is busy may skip one.
constexpr std::int64_t silence_max_seconds = 3;

bool is_hopeless(const attached_replica& replica) {
  return replica.state != "online" || replica.lag_seconds.value_or(0) >= silence_max_seconds;
}

// The replicas' offsets in this stream. Redis tells what they have acknowledged; they themselves
// may say that they have more, and are not paused. Which of them is which does not matter.
struct known_offsets {
  std::vector<std::int64_t> acknowledged;
  std::vector<std::int64_t> told;
};

known_offsets offsets_of_replicas(const memory& m) {
  known_offsets offsets;
  for (const attached_replica& replica : m.replication->replicas) {
    offsets.acknowledged.push_back(replica.offset);
  }
  for (const auto& [name, pod] : m.pods) {
    const replication_report& report = pod.report.replication;
    const bool follows = report.link && report.replid == m.replication->replid;
    if (follows) offsets.told.push_back(report.offset);
  }
  return offsets;
}

std::int64_t count_at(std::int64_t offset, const known_offsets& offsets) {
  const auto count = [&](const std::vector<std::int64_t>& all) {
    const auto has_all = [&](std::int64_t one) { return one >= offset; };
    return static_cast<std::int64_t>(std::count_if(all.begin(), all.end(), has_all));
  };
  const auto attached = static_cast<std::int64_t>(offsets.acknowledged.size());
  return std::min(attached, std::max(count(offsets.acknowledged), count(offsets.told)));
}

std::int64_t furthest(const known_offsets& offsets) {
  std::int64_t offset = 0;
  for (const std::int64_t one : offsets.acknowledged) offset = std::max(offset, one);
  for (const std::int64_t one : offsets.told) offset = std::max(offset, one);
  return offset;
}

// It lacks something, as far as it has acknowledged, and is not waited for.
bool is_given_up(const attached_replica& replica, const memory& m) {
  return is_hopeless(replica) && replica.offset < m.replication->offset;
}

bool all_replicas_have_all(const memory& m) {
  const auto& all = m.replication->replicas;
  const auto needed = std::count_if(all.begin(), all.end(),
                                    [&](const auto& replica) { return !is_given_up(replica, m); });
  return count_at(m.replication->offset, offsets_of_replicas(m)) >= needed;
}

std::string describe_given_up(const attached_replica& replica) {
  const std::string why =
      replica.state != "online"
          ? "in state " + replica.state
          : "silent for " + std::to_string(replica.lag_seconds.value_or(0)) + " s";
  return "; " + to_text(replica.address) + " is given up: " + why;
}

// Its end is this agent's business.
bool is_held(const memory& m, const settings& s) {
  return s.gate != gate_choice::direct && m.derived == role::primary;
}

// An AOF tells no offset: a replica that restarts with one can be at any up to the primary's last,
// and that is known for sure only where its clients were paused before it went.
bool anybody_has_an_aof(const memory& m) {
  return m.aof.is_enabled() || std::any_of(m.pods.begin(), m.pods.end(), [](const auto& pod) {
           return pod.second.report.aof && pod.second.report.aof->is_enabled;
         });
}

// None is attached, and one that follows is there, or was a moment ago and restarts: it may have
// all soon. Where there is an AOF that has it anyway. It is not paused for: until it is attached
// its own connection would be paused too.
bool awaits_a_replica(const memory& m, instant now) {
  constexpr duration restarts_within = 10s;
  const bool is_alone = m.replication && serves_as_primary(m) && m.replication->replicas.empty();
  if (!is_alone || m.aof.is_enabled()) return false;
  return std::any_of(m.pods.begin(), m.pods.end(), [&](const auto& pod) {
    const auto& heard_at = pod.second.link.reported_at;
    const auto& link = pod.second.report.replication.link;
    return heard_at && now - *heard_at <= restarts_within && link && !is_parked(*link);
  });
}

// Why nobody has to wait for the replicas of this server; "" for a primary that serves, has some
// and would not wait for them by itself, or where there is an AOF.
std::string describe_no_need(const memory& m, const settings& s) {
  if (s.gate == gate_choice::direct) return "the gate is off";
  if (m.derived != role::primary) return "this is a replica";
  if (!m.server || !m.replication || !serves_as_primary(m)) return "redis does not serve";
  if (m.replication->replicas.empty()) return "redis has no replica";
  const auto version = parse_reported_version(m.server->version);
  const bool waits = !version || version->knows_shutdown_timeout();
  return waits && !anybody_has_an_aof(m) ? "redis waits for its replicas by itself" : "";
}

}  // namespace

bool waits_for_the_hopeless(const replication_report& report) {
  const auto lacks_something = [&](const attached_replica& replica) {
    return replica.state != "online" || replica.offset < report.offset;
  };
  const auto& all = report.replicas;
  return std::any_of(all.begin(), all.end(), lacks_something) &&
         std::all_of(all.begin(), all.end(), [&](const attached_replica& replica) {
           return !lacks_something(replica) || is_hopeless(replica);
         });
}

bool end_is_under_way(const memory& m, const settings& s, instant now) {
  if (m.server && m.server->is_shutting_down) return true;
  return m.ending && now - m.ending->announced_at <= s.shutdown_timeout + no_end_comes_after;
}

std::optional<duration> choose_pause(const memory& m, const settings& s, instant now) {
  const bool is_asked_for = m.ending && !m.ending->is_paused && !m.ending->is_refused;
  if (!is_asked_for || !describe_no_need(m, s).empty()) return std::nullopt;
  const duration left = s.shutdown_timeout - (now - m.ending->announced_at);
  return left > 0s ? std::optional(left) : std::nullopt;
}

std::string describe_replicas(const memory& m) {
  const auto& all = m.replication->replicas;
  std::string text = std::to_string(count_at(m.replication->offset, offsets_of_replicas(m))) +
                     " of " + std::to_string(all.size()) + " replicas have all, up to offset " +
                     std::to_string(m.replication->offset);
  for (const attached_replica& replica : all) {
    if (is_given_up(replica, m)) text += describe_given_up(replica);
  }
  return text;
}

std::optional<std::string> release_hook(const memory& m, const settings& s, instant now) {
  if (!m.ending) return "no end is announced";
  if (m.ending->is_refused) return "redis refuses to pause its clients";
  const bool is_over = now - m.ending->announced_at >= s.shutdown_timeout;
  if (const std::string why = describe_no_need(m, s); !why.empty()) {
    // A replica may have come since Redis was asked last.
    const bool may_differ = is_held(m, s) && m.redis.condition == link_condition::up &&
                            (!m.ending->is_seen || awaits_a_replica(m, now));
    return may_differ && !is_over ? std::nullopt : std::optional(why);
  }
  if (is_over) {
    return "--shutdown-timeout is over: " + describe_replicas(m);
  }
  if (!m.ending->is_paused && m.redis.condition != link_condition::up) {
    return "redis does not answer: " + std::string(to_text(m.redis.condition));
  }
  if (!m.ending->is_paused || !all_replicas_have_all(m)) return std::nullopt;
  return describe_replicas(m);
}

bool end_is_awaited(const memory& m, const settings& s, instant now) {
  return m.ending && m.redis.condition != link_condition::refused && end_is_under_way(m, s, now);
}

bool has_all_that_it_will_have(const memory& m) {
  if (m.server && m.server->is_shutting_down) return true;
  return m.ending && (m.ending->stands_still || m.ending->gone_at);
}

std::optional<end_proof> prove_end(const memory& m, const settings& s, instant now) {
  const bool is_ours = m.derived == role::primary && m.replication && m.server &&
                       m.replication->server_role == role::primary;
  if (!is_ours || !end_is_under_way(m, s, now)) return std::nullopt;
  end_proof proof{m.server->run_id, m.replication->offset};
  const known_offsets offsets = offsets_of_replicas(m);
  const std::int64_t reached = furthest(offsets);
  // Beyond where its clients were paused is nothing but Redis's own PING and REPLCONF.
  const bool is_the_last = m.ending && m.ending->stands_still;
  if (!is_the_last) proof.offset = std::max(proof.offset, reached);
  proof.replicas = static_cast<std::int64_t>(offsets.acknowledged.size());
  proof.acknowledged = count_at(proof.offset, offsets);
  if (proof.replicas > 0) {
    proof.unacknowledged_bytes = std::max<std::int64_t>(0, proof.offset - reached);
  }
  return proof;
}

std::optional<end_proof> recall_last_end(const memory& m) {
  if (!m.server || !m.remembered || !m.remembered->last_end) return std::nullopt;
  const end_proof& last = *m.remembered->last_end;
  const bool is_this_run = last.run_id == m.server->run_id;
  const bool is_the_last =
      last.run_id == m.remembered->run_id || m.remembered->run_id == m.server->run_id;
  return !is_this_run && is_the_last ? m.remembered->last_end : std::nullopt;
}

std::string describe(const end_proof& proof) {
  std::string text = "at offset " + std::to_string(proof.offset) + ", which " +
                     std::to_string(proof.acknowledged) + " of " + std::to_string(proof.replicas) +
                     " replicas have";
  if (proof.unacknowledged_bytes == 0) return text;
  return text + "; none has the last " +
         describe_size(static_cast<std::uint64_t>(proof.unacknowledged_bytes));
}

}  // namespace redis_agent::core
