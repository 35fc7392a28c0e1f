#include "faults.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <sstream>

namespace redis_agent::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::array<const char*, fault_kinds> names = {
    "kill-server", "end-server",  "empty-volume", "keep-volume", "older-volume", "pause-server",
    "kill-agent",  "pause-agent", "delete-pod",   "lose-node",   "cut",          "cut-one-way",
    "silence-dns", "freeze-dns",  "save",         "kill-all",    "delete-all",   "promote-by-hand"};

std::int64_t in_ms(core::duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

core::duration draw_duration(std::mt19937_64& chance, int from_ms, int to_ms) {
  return std::chrono::milliseconds(
      from_ms + static_cast<int>(chance() % static_cast<unsigned>(to_ms - from_ms)));
}

fault draw_fault(std::mt19937_64& chance, int pods) {
  // Those that are few in the list are many in life.
  constexpr std::array often = {fault_kind::kill_server, fault_kind::kill_server,
                                fault_kind::end_server,  fault_kind::kill_agent,
                                fault_kind::kill_agent,  fault_kind::empty_volume,
                                fault_kind::delete_pod,  fault_kind::cut};
  fault f;
  f.at = draw_duration(chance, 3000, 15000);
  const auto which = chance() % (fault_kinds + often.size());
  f.kind = which < often.size() ? often.at(which) : static_cast<fault_kind>(which - often.size());
  // The primary is the one that matters most.
  f.pod = chance() % 2 == 0 ? 0 : static_cast<int>(chance() % static_cast<unsigned>(pods));
  f.other = static_cast<int>(chance() % static_cast<unsigned>(pods));
  f.length = draw_duration(chance, 100, 4000);
  return f;
}

}  // namespace

std::string to_text(const fault& f) {
  return std::to_string(in_ms(f.at)) + "ms " + names.at(static_cast<std::size_t>(f.kind)) + " " +
         std::to_string(f.pod) + " " + std::to_string(f.other) + " " +
         std::to_string(in_ms(f.length)) + "ms";
}

std::optional<fault> parse_fault(const std::string& line) {
  std::istringstream words(line);
  std::int64_t at = 0;
  std::int64_t length = 0;
  std::string unit;
  std::string name;
  fault f;
  if (!(words >> at >> unit >> name >> f.pod >> f.other >> length)) return std::nullopt;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  f.kind = static_cast<fault_kind>(found - names.begin());
  f.at = std::chrono::milliseconds(at);
  f.length = std::chrono::milliseconds(length);
  return f;
}

schedule draw_schedule(std::uint64_t seed) {
  std::mt19937_64 chance(seed);
  schedule s;
  s.seed = seed;
  s.replicas = 1 + static_cast<int>(chance() % 3);
  s.version = chance() % 3 == 0 ? 5 : 7;
  s.appendonly = chance() % 3 == 0;
  s.is_placeholder = s.version < 7 || chance() % 4 != 0;
  const auto count = 1 + chance() % 6;
  for (std::uint64_t i = 0; i < count; ++i) s.faults.push_back(draw_fault(chance, s.replicas + 1));
  std::stable_sort(s.faults.begin(), s.faults.end(),
                   [](const fault& a, const fault& b) { return a.at < b.at; });
  return s;
}

std::string to_text(const schedule& s) {
  std::string text = "seed " + std::to_string(s.seed) + " replicas " + std::to_string(s.replicas) +
                     " version " + std::to_string(s.version) + " aof " +
                     std::to_string(s.appendonly ? 1 : 0) + " placeholder " +
                     std::to_string(s.is_placeholder ? 1 : 0) + "\n";
  for (const fault& f : s.faults) text += to_text(f) + "\n";
  return text;
}

std::optional<schedule> parse_schedule(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  schedule s;
  bool has_begun = false;
  while (std::getline(lines, line)) {
    if (line.empty() || line.front() == '#') continue;
    if (has_begun) {
      const auto f = parse_fault(line);
      if (!f) return std::nullopt;
      s.faults.push_back(*f);
      continue;
    }
    std::istringstream words(line);
    std::string name;
    int aof = 0;
    int placeholder = 0;
    if (!(words >> name >> s.seed >> name >> s.replicas >> name >> s.version >> name >> aof >>
          name >> placeholder)) {
      return std::nullopt;
    }
    s.appendonly = aof != 0;
    s.is_placeholder = placeholder != 0;
    has_begun = true;
  }
  return has_begun ? std::optional(s) : std::nullopt;
}

}  // namespace redis_agent::simulation
