#include "core/readiness/checks.hpp"

#include <algorithm>

#include "core/base/units.hpp"

namespace redis_agent::core {
namespace {

// The loop's timer fires each 250 ms; a loop that is this late is stuck or starved.
constexpr duration turn_max = 10s;

// Since the server last answered anything, or since the agent began to ask it: not while that could
// not.
duration silence(const memory& m, instant now) {
  return now - std::max(m.redis.answered_at.value_or(m.started_at), m.awake_since);
}

// A process that loads or runs a script may be silent for long. One whose connection has ended is
// no such process any more.
bool is_at_work(const memory& m) {
  const bool is_connected =
      m.redis.condition == link_condition::up || m.redis.condition == link_condition::timed_out;
  return m.redis.condition == link_condition::loading ||
         m.redis.condition == link_condition::busy || (is_connected && m.loading.is_under_way());
}

check check_silence(const memory& m, duration budget, instant now) {
  const duration silent = silence(m, now);
  return {"redis-answers", is_at_work(m) || silent <= budget, true,
          "Redis " + std::string(to_text(m.redis.condition)) + ", last answer " +
              describe_duration(silent) + " ago, budget " + describe_duration(budget)};
}

}  // namespace

bool probe::passes() const {
  return std::all_of(checks.begin(), checks.end(),
                     [](const check& c) { return c.passes || !c.applies; });
}

std::string probe::reason() const {
  for (const check& c : checks) {
    if (c.applies && !c.passes) return c.detail;
  }
  return {};
}

probe check_livez(instant last_turn, instant now) {
  const duration late = now - last_turn;
  return {{{"loop-turns", late <= turn_max, true,
            "the loop last turned " + describe_duration(late) + " ago"}}};
}

probe check_readyz(const memory& m, const settings& s, instant now) {
  const verdict v = decide(m, s, now);
  probe p;
  bool is_first_failure = true;
  for (std::size_t i = 0; i < v.rules.size(); ++i) {
    const bool fails = v.rules[i] == rule_state::fails;
    std::string detail;
    if (fails && is_first_failure) detail = std::string(to_text(v.why)) + ": " + v.explanation;
    is_first_failure = is_first_failure && !fails;
    p.checks.push_back({std::to_string(i + 1) + "-" + std::string(rule_titles[i]), !fails,
                        v.rules[i] != rule_state::does_not_apply, std::move(detail)});
  }
  return p;
}

probe check_startupz(const memory& m, const settings& s, instant now) {
  const bool waits_for_progress = m.loading.is_under_way() ||
                                  m.sync.phase == sync_phase::receiving ||
                                  m.sync.phase == sync_phase::loading;
  const duration still = now - m.progressed_at;
  probe p;
  p.checks.push_back(check_silence(m, s.startup_stall, now));
  p.checks.push_back({"loading-or-sync-moves-on", still <= s.startup_stall, waits_for_progress,
                      "loading or a sync has stood still for " + describe_duration(still) +
                          ", budget " + describe_duration(s.startup_stall)});
  return p;
}

probe check_redis_livez(const memory& m, const settings& s, instant now) {
  return {{check_silence(m, s.liveness_budget, now)}};
}

std::string render_probe(const probe& p, std::string_view name, bool verbose) {
  const bool passes = p.passes();
  if (!verbose) return (passes ? std::string("ok") : p.reason()) + "\n";
  std::string text;
  for (const check& c : p.checks) {
    text += c.applies ? (c.passes ? "[+]" : "[-]") : "[ ]";
    text += c.name;
    text += !c.applies ? " does not apply" : c.passes ? " ok" : " failed";
    if (c.applies && !c.passes && !c.detail.empty()) text += ": " + c.detail;
    text += "\n";
  }
  return text + std::string(name) + (passes ? " check passed\n" : " check failed\n");
}

}  // namespace redis_agent::core
