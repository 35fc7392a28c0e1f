#include "lock_faults.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>

namespace redis_agent::simulation {
namespace {

using namespace std::chrono_literals;
using generator = std::mt19937_64;

// In the order of lock_fault_kind.
constexpr std::array names = {"api-down",
                              "api-slow",
                              "api-refuses",
                              "api-loses-answers",
                              "api-applies-late",
                              "api-split",
                              "api-restart",
                              "revoke-token",
                              "kill-server",
                              "pause-server",
                              "kill-agent",
                              "pause-agent",
                              "pause-pod",
                              "delete-pod",
                              "lose-node",
                              "force-delete",
                              "empty-volume",
                              "keep-volume",
                              "older-volume",
                              "cut",
                              "cut-one-way",
                              "cut-off",
                              "isolate",
                              "kill-all",
                              "delete-all",
                              "silence-dns",
                              "answer-late",
                              "lose-promises",
                              "move",
                              "save",
                              "end-pod",
                              "scale-to-zero",
                              "lose-orders",
                              "refuse-orders",
                              "slow-server",
                              "busy-server",
                              "load",
                              "slow-volume",
                              "refuse-volume",
                              "refuse-note",
                              "lease-delete",
                              "lease-empty",
                              "lease-edit"};
static_assert(names.size() == lock_fault_kinds);

// What takes pods away at once leaves little to find out: it is seldom.
constexpr std::array seldom = {lock_fault_kind::kill_all,     lock_fault_kind::delete_all,
                               lock_fault_kind::empty_volume, lock_fault_kind::older_volume,
                               lock_fault_kind::silence_dns,  lock_fault_kind::force_delete};

int draw_below(generator& chance, unsigned n) { return static_cast<int>(chance() % n); }

lock_fault draw_fault(generator& chance, bool is_fast) {
  lock_fault f;
  do {
    f.kind = static_cast<lock_fault_kind>(chance() % old_lock_faults);
  } while (std::ranges::find(seldom, f.kind) != seldom.end() && chance() % 3 != 0);
  f.at = std::chrono::milliseconds(7000 + draw_below(chance, is_fast ? 25000 : 40000));
  f.pod = chance() % 2 == 0 ? holder_pod : draw_below(chance, 3);
  f.other = draw_below(chance, 4);
  f.length = draw_length(chance, 200, is_fast ? 20000 : 30000);
  return f;
}

// The API server is away, and what comes then.
void add_absence(generator& chance, lock_schedule& s) {
  const auto& how = chance() % 3;
  lock_fault away;
  away.kind = how == 0   ? lock_fault_kind::api_down
              : how == 1 ? lock_fault_kind::api_refuses
                         : lock_fault_kind::api_applies_late;
  away.at = std::chrono::milliseconds(10000 + draw_below(chance, 5000));
  away.length = draw_length(chance, 5000, 40000);
  away.other = draw_below(chance, 4);
  s.faults.push_back(away);
}

void draw_stay(generator& chance, lock_schedule& s) {
  s.stays = 1;
  lock_fault away;
  away.kind = chance() % 2 == 0 ? lock_fault_kind::api_down : lock_fault_kind::api_refuses;
  away.at = std::chrono::milliseconds(12000 + draw_below(chance, 3000));
  away.other = draw_below(chance, 4);
  away.length = 10min;
  s.faults = {away};
}

std::int64_t in_ms(core::duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

std::optional<lock_schedule> parse_header(const std::string& line) {
  std::istringstream words(line);
  lock_schedule s;
  std::string name;
  while (words >> name) {
    bool is_read = false;
    if (name == "seed") is_read = static_cast<bool>(words >> s.seed);
    if (name == "version") is_read = static_cast<bool>(words >> s.version);
    if (name == "fast") is_read = static_cast<bool>(words >> s.fast);
    if (name == "until") is_read = static_cast<bool>(words >> s.until_ms);
    if (name == "stays") is_read = static_cast<bool>(words >> s.stays);
    if (name == "min-replicas") is_read = static_cast<bool>(words >> s.min_replicas);
    if (name == "appendonly") is_read = static_cast<bool>(words >> s.appendonly);
    if (name == "aof-delay") is_read = static_cast<bool>(words >> s.aof_delay_ms);
    if (name == "unreached") is_read = static_cast<bool>(words >> s.unreached);
    if (name == "rates") {
      is_read = static_cast<bool>(words >> s.rates[0] >> s.rates[1] >> s.rates[2]);
    }
    if (!is_read) return std::nullopt;
  }
  return s;
}

std::optional<lock_fault> parse_fault(const std::string& line) {
  std::istringstream words(line);
  std::int64_t at = 0;
  std::int64_t length = 0;
  std::string unit;
  std::string name;
  lock_fault f;
  if (!(words >> at >> unit >> name >> f.pod >> f.other >> length)) return std::nullopt;
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  f.kind = static_cast<lock_fault_kind>(found - names.begin());
  f.at = std::chrono::milliseconds(at);
  f.length = std::chrono::milliseconds(length);
  return f;
}

}  // namespace

// As many short ones as long ones.
core::duration draw_length(generator& chance, int from_ms, int to_ms) {
  const double share = static_cast<double>(chance() % 10000) / 10000;
  return std::chrono::milliseconds(
      static_cast<int>(from_ms * std::pow(static_cast<double>(to_ms) / from_ms, share)));
}

lock_schedule draw_lock_schedule(std::uint64_t seed) {
  generator chance(seed * 2654435761U + 17);
  lock_schedule s;
  s.seed = seed;
  s.version = chance() % 5 == 0 ? 6 : 7;
  s.fast = chance() % 3 == 0 ? 0 : 1;
  s.until_ms = s.fast != 0 ? 40000 : 65000;
  s.appendonly = seed % 4 == 0 ? 1 : 0;
  for (int& rate : s.rates) rate = 85 + draw_below(chance, 31);
  if (chance() % 25 == 0) {
    draw_stay(chance, s);
    return s;
  }
  if (chance() % 3 == 0) add_absence(chance, s);
  const auto count = 1 + chance() % 6;
  for (std::uint64_t i = 0; i < count; ++i) s.faults.push_back(draw_fault(chance, s.fast != 0));
  draw_harder(s);
  std::ranges::stable_sort(s.faults, {}, &lock_fault::at);
  return s;
}

std::string to_text(const lock_fault& f) {
  return std::to_string(in_ms(f.at)) + "ms " + names.at(static_cast<std::size_t>(f.kind)) + " " +
         std::to_string(f.pod) + " " + std::to_string(f.other) + " " +
         std::to_string(in_ms(f.length)) + "ms";
}

std::string to_text(const lock_schedule& s) {
  std::string text = "seed " + std::to_string(s.seed) + " version " + std::to_string(s.version) +
                     " fast " + std::to_string(s.fast) + " until " + std::to_string(s.until_ms);
  if (s.stays != 0) text += " stays 1";
  if (s.appendonly != 0) text += " appendonly 1";
  if (s.aof_delay_ms != 0) text += " aof-delay " + std::to_string(s.aof_delay_ms);
  if (s.unreached != 0) text += " unreached " + std::to_string(s.unreached);
  if (s.min_replicas != 2) text += " min-replicas " + std::to_string(s.min_replicas);
  text += " rates";
  for (const int rate : s.rates) text += " " + std::to_string(rate);
  text += "\n";
  for (const lock_fault& f : s.faults) text += to_text(f) + "\n";
  return text;
}

std::optional<lock_schedule> parse_lock_schedule(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::optional<lock_schedule> s;
  while (std::getline(lines, line)) {
    if (line.empty() || line.front() == '#') continue;
    if (!s) {
      s = parse_header(line);
      if (!s) return std::nullopt;
      continue;
    }
    const auto f = parse_fault(line);
    if (!f) return std::nullopt;
    s->faults.push_back(*f);
  }
  return s;
}

}  // namespace redis_agent::simulation
