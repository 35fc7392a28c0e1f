// Draws a schedule by its seed. The first schedules were drawn without the second half, by a
// generator that still draws the same; what came later has a generator of its own.
#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "faults.hpp"

namespace redis_agent::simulation {
namespace {

using namespace std::chrono_literals;
using generator = std::mt19937_64;
using core::duration;

duration draw_duration(generator& chance, int from_ms, int to_ms) {
  return std::chrono::milliseconds(
      from_ms + static_cast<int>(chance() % static_cast<unsigned>(to_ms - from_ms)));
}

// As many short ones as long ones.
int draw_magnitude(generator& chance, int from_ms, int to_ms) {
  const double share = static_cast<double>(chance() % 10000) / 10000;
  return static_cast<int>(from_ms * std::pow(static_cast<double>(to_ms) / from_ms, share));
}

bool one_in(generator& chance, unsigned n) { return chance() % n == 0; }

int draw_pod(generator& chance, int pods) {
  // The primary is the one that matters most.
  return chance() % 2 == 0 ? 0 : static_cast<int>(chance() % static_cast<unsigned>(pods));
}

fault draw_fault(generator& chance, int pods) {
  // Those that are few in the list are many in life.
  constexpr std::array often = {fault_kind::kill_server, fault_kind::kill_server,
                                fault_kind::end_server,  fault_kind::kill_agent,
                                fault_kind::kill_agent,  fault_kind::empty_volume,
                                fault_kind::delete_pod,  fault_kind::cut};
  fault f;
  f.at = draw_duration(chance, 3000, 15000);
  const auto which = chance() % (old_fault_kinds + often.size());
  f.kind = which < often.size() ? often.at(which) : static_cast<fault_kind>(which - often.size());
  f.pod = draw_pod(chance, pods);
  f.other = static_cast<int>(chance() % static_cast<unsigned>(pods));
  f.length = draw_duration(chance, 100, 4000);
  return f;
}

schedule draw_first_half(std::uint64_t seed) {
  generator chance(seed);
  schedule s;
  s.seed = seed;
  s.replicas = 1 + static_cast<int>(chance() % 3);
  s.version = chance() % 3 == 0 ? 5 : 7;
  s.appendonly = chance() % 3 == 0;
  s.is_placeholder = s.version < 7 || chance() % 4 != 0;
  const auto count = 1 + chance() % 6;
  for (std::uint64_t i = 0; i < count; ++i) s.faults.push_back(draw_fault(chance, s.replicas + 1));
  return s;
}

void draw_words(schedule& s, generator& chance) {
  if (one_in(chance, 16)) s.replicas = 0;
  if (s.version == 7 && one_in(chance, 6)) {
    s.version = 6;
    s.is_placeholder = !one_in(chance, 3);
  }
  if (one_in(chance, 3)) s.until_ms = 20000 + static_cast<int>(chance() % 30000);
  if (s.appendonly && one_in(chance, 2)) s.aof_delay_ms = 100 + static_cast<int>(chance() % 1900);
  if (one_in(chance, s.version < 7 ? 2 : 5)) s.diskless = 0;
  if (one_in(chance, 3)) s.transfer_ms = draw_magnitude(chance, 200, 8000);
  if (one_in(chance, 8)) s.saves = 0;
  if (s.version >= 7 && one_in(chance, 20)) s.writes = 0;
  if (one_in(chance, 40)) s.rope = 0;
  if (one_in(chance, 20)) s.dns_max = 1 + static_cast<int>(chance() % 3);
  if (one_in(chance, 40)) s.dns_ready_only = 1;
  if (s.appendonly && one_in(chance, 3)) s.aof_rewrite_ms = draw_magnitude(chance, 100, 20000);
  // What is lost of an AOF's last moments shows in no number of keys then.
  const bool is_whole = s.appendonly && s.aof_delay_ms == 0;
  if (is_whole && one_in(chance, 3)) s.keys_max = 1 + static_cast<int>(chance() % 4);
}

fault draw_hard_fault(generator& chance, const schedule& s) {
  constexpr std::array often = {
      fault_kind::pause_pod,
      fault_kind::silence_while_decided,
      fault_kind::silence_while_decided,
      fault_kind::delete_while_decided,
      fault_kind::decide_late,
  };
  constexpr auto first = static_cast<std::size_t>(fault_kind::pause_pod);
  const int pods = s.replicas + 1;
  fault f;
  f.at = draw_duration(chance, 2500, s.until_ms - 5000);
  const auto which = chance() % (hard_fault_kinds - first + often.size());
  f.kind = which < often.size() ? often.at(which)
                                : static_cast<fault_kind>(which - often.size() + first);
  f.pod = draw_pod(chance, pods);
  f.other = static_cast<int>(chance() % static_cast<unsigned>(pods));
  f.length = std::chrono::milliseconds(draw_magnitude(chance, 1000, 20000));
  switch (f.kind) {
    case fault_kind::silence_while_decided:
    case fault_kind::delete_while_decided:
    case fault_kind::hang_up_while_decided: f.other = static_cast<int>(chance() % 8); break;
    case fault_kind::force_delete:
      f.pod = one_in(chance, 4) ? f.pod : 0;
      f.other = static_cast<int>(10 * (chance() % 3) + chance() % 3);
      break;
    case fault_kind::restart_often:
      f.other = draw_magnitude(chance, 5, 60);
      f.length = draw_duration(chance, 300, 1500);
      break;
    case fault_kind::expire:
      // Two AOFs are compared by their keys, of which one may have those that have expired: a known
      // limit, and no news.
      if (s.appendonly) f.kind = fault_kind::load_function;
      break;
    default: break;
  }
  return f;
}

// Each server its own time, some of them another one later.
void draw_loads(schedule& s, generator& chance) {
  if (one_in(chance, 4)) return;
  const int longest = one_in(chance, 4) ? 60000 : 6000;
  for (int pod = 0; pod <= s.replicas; ++pod) {
    s.faults.push_back({0ms, fault_kind::load, pod, 0,
                        std::chrono::milliseconds(draw_magnitude(chance, 100, longest))});
    if (!one_in(chance, 3)) continue;
    s.faults.push_back({draw_duration(chance, 3000, 15000), fault_kind::load, pod, 0,
                        std::chrono::milliseconds(draw_magnitude(chance, 100, longest))});
  }
}

void harden(schedule& s) {
  generator chance(s.seed ^ 0x9e3779b97f4a7c15U);
  if (one_in(chance, 8)) return;
  draw_words(s, chance);
  draw_loads(s, chance);
  const auto count = chance() % 5;
  for (std::uint64_t i = 0; i < count; ++i) s.faults.push_back(draw_hard_fault(chance, s));
  // Where clients write nothing something else is to be lost.
  if (s.writes == 0) s.faults.push_back({8s, fault_kind::load_function, 0, 0, 0ms});
}

// From the start on, or at some time later.
void slow_volumes_down(schedule& s) {
  generator chance(s.seed ^ 0xd1b54a32d192ed03U);
  if (!one_in(chance, 4)) return;
  const auto count = 1 + chance() % 2;
  for (std::uint64_t i = 0; i < count; ++i) {
    fault f{0ms, fault_kind::slow_volume, draw_pod(chance, s.replicas + 1)};
    if (one_in(chance, 2)) f.at = draw_duration(chance, 2500, s.until_ms - 5000);
    f.other = one_in(chance, 3) ? 0 : draw_magnitude(chance, 1, 40);
    f.length = std::chrono::milliseconds(draw_magnitude(chance, 500, 20000));
    s.faults.push_back(f);
  }
}

void refuse_questions(schedule& s) {
  generator chance(s.seed ^ 0x8cb92ba72f3d8dd7U);
  if (!one_in(chance, 8)) return;
  fault f{draw_duration(chance, 2500, s.until_ms - 5000), fault_kind::refuse_questions,
          draw_pod(chance, s.replicas + 1)};
  f.length = std::chrono::milliseconds(draw_magnitude(chance, 1000, 20000));
  s.faults.push_back(f);
}

// Also what is announced and killed, or does not end at all.
void end_as_planned(schedule& s) {
  generator chance(s.seed ^ 0xa0761d6478bd642fU);
  if (!one_in(chance, 4)) return;
  const auto count = 1 + chance() % 2;
  for (std::uint64_t i = 0; i < count; ++i) {
    fault f{draw_duration(chance, 2500, s.until_ms - 5000), fault_kind::end_planned,
            draw_pod(chance, s.replicas + 1)};
    f.other = one_in(chance, 2) ? 0 : 1 + static_cast<int>(chance() % 2);
    // What was postponed between the agent's last look and the pause is lost by a kill after it,
    // and the AOF is taken for whole: a known limit, and no news.
    if (f.other == 1 && s.aof_delay_ms > 0) f.other = 0;
    f.length = std::chrono::milliseconds(draw_magnitude(chance, 500, 10000));
    s.faults.push_back(f);
  }
}

void cut_an_aof(schedule& s) {
  generator chance(s.seed ^ 0xe7037ed1a0b428dbU);
  if (!s.appendonly || !one_in(chance, 6)) return;
  fault f{draw_duration(chance, 8000, s.until_ms - 5000), fault_kind::cut_aof,
          draw_pod(chance, s.replicas + 1)};
  f.length = std::chrono::milliseconds(draw_magnitude(chance, 100, 4000));
  // In a run after a crash nobody knows how large it was (README, known limits).
  const auto comes_before = [&](const fault& other) {
    return other.at < f.at && other.pod == f.pod;
  };
  if (std::ranges::any_of(s.faults, comes_before)) return;
  s.faults.push_back({f.at - draw_duration(chance, 1000, 5000), fault_kind::keep_volume, f.pod});
  s.faults.push_back(f);
}

// What an agent that is away or stopped does not see: servers come, go and go on meanwhile, its own
// too.
void take_an_agent_away(schedule& s) {
  generator chance(s.seed ^ 0x2545f4914f6cdd1dU);
  if (!one_in(chance, 4)) return;
  const int pods = s.replicas + 1;
  fault away{draw_duration(chance, 3000, 12000),
             one_in(chance, 2) ? fault_kind::kill_agent : fault_kind::pause_agent,
             draw_pod(chance, pods)};
  away.length = std::chrono::milliseconds(draw_magnitude(chance, 2000, 30000));
  s.faults.push_back(away);
  constexpr std::array meanwhile = {fault_kind::kill_server,  fault_kind::kill_server,
                                    fault_kind::end_server,   fault_kind::keep_volume,
                                    fault_kind::older_volume, fault_kind::cut};
  const auto count = 1 + chance() % 4;
  for (std::uint64_t i = 0; i < count; ++i) {
    fault f{away.at + draw_duration(chance, 100, 12000), meanwhile.at(chance() % meanwhile.size()),
            one_in(chance, 2) ? away.pod : draw_pod(chance, pods)};
    // That an AOF is an older one shows in no number of keys then (README, known limits).
    if (f.kind == fault_kind::older_volume && s.keys_max > 0) f.kind = fault_kind::kill_server;
    f.other = static_cast<int>(chance() % static_cast<unsigned>(pods));
    f.length = std::chrono::milliseconds(draw_magnitude(chance, 100, 8000));
    s.faults.push_back(f);
  }
}

bool disarms_an_agent(fault_kind kind) {
  return kind == fault_kind::kill_agent || kind == fault_kind::pause_agent ||
         kind == fault_kind::pause_pod || kind == fault_kind::refuse_orders ||
         kind == fault_kind::lose_orders;
}

// Without it nobody would know what a person does there, or hold it (README, known limits).
void arm_the_agent_of(schedule& s, int pod) {
  std::erase_if(s.faults, [&](const fault& f) { return f.pod == pod && disarms_an_agent(f.kind); });
}

// Longer than peer-wait: the primary opens with less while a replica is cut off, and is reached
// again before TCP finds the link dead.
void crash_while_cut(schedule& s) {
  generator chance(s.seed ^ 0x589965cc75374cc3U);
  if (s.replicas == 0 || !one_in(chance, 5)) return;
  const int other = 1 + static_cast<int>(chance() % static_cast<unsigned>(s.replicas));
  const duration at = draw_duration(chance, 4000, s.until_ms - 8000);
  const duration length = std::chrono::milliseconds(draw_magnitude(chance, 4000, 20000));
  s.faults.push_back({at - draw_duration(chance, 500, 3000), fault_kind::keep_volume});
  s.faults.push_back({at, fault_kind::cut, 0, other, length});
  // That an AOF is an older one shows in no number of keys then (README, known limits).
  const bool is_killed = one_in(chance, 3) || s.keys_max > 0;
  const auto how = is_killed ? fault_kind::kill_server : fault_kind::older_volume;
  s.faults.push_back({at + draw_duration(chance, 100, 3000), how, 0, 0,
                      std::chrono::milliseconds(draw_magnitude(chance, 100, 4000))});
}

// Its pod restarts while it is written to, or later. Without its agent nobody would know of it
// (README, known limits).
void write_by_hand(schedule& s) {
  generator chance(s.seed ^ 0x1d8e4e27c47d124fU);
  if (s.replicas == 0 || s.writes == 0 || s.rope == 0 || !one_in(chance, 5)) return;
  const int pod = 1 + static_cast<int>(chance() % static_cast<unsigned>(s.replicas));
  arm_the_agent_of(s, pod);
  const duration at = draw_duration(chance, 4000, s.until_ms - 8000);
  const auto length = std::chrono::milliseconds(draw_magnitude(chance, 1000, 8000));
  s.faults.push_back({at, fault_kind::write_by_hand, pod, 0, length});
  if (one_in(chance, 2)) s.faults.push_back({at + length, fault_kind::save, pod});
  constexpr std::array ends = {fault_kind::end_server, fault_kind::kill_server,
                               fault_kind::delete_pod};
  s.faults.push_back({at + draw_duration(chance, 300, 10000), ends.at(chance() % ends.size()), pod,
                      0, std::chrono::milliseconds(draw_magnitude(chance, 100, 4000))});
}

void forget_streams(schedule& s) {
  generator chance(s.seed ^ 0xeb44accab455d165U);
  if (one_in(chance, 6)) s.backlog_ttl_ms = draw_magnitude(chance, 1000, 30000);
}

// Between two looks of the agent, and it dies before there is another AOF.
void switch_an_aof(schedule& s) {
  generator chance(s.seed ^ 0x9216d5d98979fb1bU);
  if (!s.appendonly || s.keys_max > 0 || !one_in(chance, 6)) return;
  s.aof_rewrite_ms = draw_magnitude(chance, 1000, 20000);
  const int pod = draw_pod(chance, s.replicas + 1);
  const duration at = draw_duration(chance, 4000, s.until_ms - 8000);
  s.faults.push_back({at, fault_kind::appendonly_off, pod});
  s.faults.push_back({at, fault_kind::appendonly_on, pod});
  const auto how = one_in(chance, 2) ? fault_kind::kill_server : fault_kind::end_server;
  s.faults.push_back({at + draw_duration(chance, 500, 8000), how, pod, 0,
                      std::chrono::milliseconds(draw_magnitude(chance, 100, 4000))});
}

// While those who would say no are away: the primary, or, where it is the one, a replica.
void copy_strangers(schedule& s) {
  generator chance(s.seed ^ 0xd1310ba698dfb5acU);
  if (s.replicas == 0 || s.rope == 0 || !one_in(chance, 8)) return;
  const int pod = draw_pod(chance, s.replicas + 1);
  const int other = pod == 0 ? 1 : 0;
  arm_the_agent_of(s, pod);
  const duration at = draw_duration(chance, 4000, s.until_ms - 8000);
  const auto length = std::chrono::milliseconds(draw_magnitude(chance, 1000, 6000));
  s.faults.push_back(
      {at, one_in(chance, 2) ? fault_kind::end_server : fault_kind::delete_pod, other, 0, length});
  s.faults.push_back({at + draw_duration(chance, 100, 1000), fault_kind::copy_a_stranger, pod, 0,
                      std::chrono::milliseconds(draw_magnitude(chance, 500, 4000))});
}

// Only the primary's agent sees what the replica is made to do.
void write_behind_an_agent(schedule& s) {
  generator chance(s.seed ^ 0x6a09e667f3bcc908U);
  if (s.replicas == 0 || s.rope == 0 || !s.is_placeholder || !one_in(chance, 10)) return;
  s.faults.clear();
  s.writes = 1;
  s.dns_max = s.dns_ready_only = 0;
  const int pod = 1 + static_cast<int>(chance() % static_cast<unsigned>(s.replicas));
  const duration at = draw_duration(chance, 5000, 8000);
  const duration away = draw_duration(chance, 6000, 9000);
  s.faults.push_back({at, fault_kind::kill_agent, pod, 0, away});
  s.faults.push_back({at + draw_duration(chance, 100, 1000), fault_kind::write_by_hand, pod, 0,
                      draw_duration(chance, 500, 4000)});
  s.faults.push_back({at + away - draw_duration(chance, 100, 1000), fault_kind::kill_server, pod, 0,
                      draw_duration(chance, 100, 3000)});
}

// Shorter than peer-wait.
void fork_slowly(schedule& s) {
  generator chance(s.seed ^ 0x3c79ac492ba7b653U);
  if (one_in(chance, 6)) s.fork_ms = draw_magnitude(chance, 100, 3500);
}

}  // namespace

schedule draw_schedule(std::uint64_t seed) {
  schedule s = draw_first_half(seed);
  harden(s);
  slow_volumes_down(s);
  refuse_questions(s);
  end_as_planned(s);
  cut_an_aof(s);
  take_an_agent_away(s);
  crash_while_cut(s);
  write_by_hand(s);
  forget_streams(s);
  fork_slowly(s);
  switch_an_aof(s);
  copy_strangers(s);
  write_behind_an_agent(s);
  std::stable_sort(s.faults.begin(), s.faults.end(),
                   [](const fault& a, const fault& b) { return a.at < b.at; });
  return s;
}

}  // namespace redis_agent::simulation
