#include "faults.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace redis_agent::simulation {
namespace {

constexpr std::array<const char*, fault_kinds> names = {"kill-server",
                                                        "end-server",
                                                        "empty-volume",
                                                        "keep-volume",
                                                        "older-volume",
                                                        "pause-server",
                                                        "kill-agent",
                                                        "pause-agent",
                                                        "delete-pod",
                                                        "lose-node",
                                                        "cut",
                                                        "cut-one-way",
                                                        "silence-dns",
                                                        "freeze-dns",
                                                        "save",
                                                        "kill-all",
                                                        "delete-all",
                                                        "promote-by-hand",
                                                        "load",
                                                        "pause-pod",
                                                        "silence-while-decided",
                                                        "delete-while-decided",
                                                        "hang-up-while-decided",
                                                        "answer-late",
                                                        "lose-orders",
                                                        "refuse-orders",
                                                        "block-redis",
                                                        "block-agent",
                                                        "block-anchor",
                                                        "decide-late",
                                                        "promote-empty",
                                                        "force-delete",
                                                        "restart-often",
                                                        "appendonly-off",
                                                        "appendonly-on",
                                                        "expire",
                                                        "load-function",
                                                        "refuse-volume",
                                                        "omit-from-dns",
                                                        "follow-by-hand",
                                                        "slow-volume",
                                                        "refuse-questions",
                                                        "end-planned",
                                                        "cut-aof",
                                                        "write-by-hand",
                                                        "copy-a-stranger"};

struct optional_word {
  const char* name;
  int schedule::*value;
};

constexpr std::array optional_words = {
    optional_word{"until", &schedule::until_ms},
    optional_word{"aof-delay", &schedule::aof_delay_ms},
    optional_word{"aof-rewrite", &schedule::aof_rewrite_ms},
    optional_word{"keys", &schedule::keys_max},
    optional_word{"diskless", &schedule::diskless},
    optional_word{"transfer", &schedule::transfer_ms},
    optional_word{"saves", &schedule::saves},
    optional_word{"writes", &schedule::writes},
    optional_word{"rope", &schedule::rope},
    optional_word{"dns-max", &schedule::dns_max},
    optional_word{"dns-ready-only", &schedule::dns_ready_only},
    optional_word{"fork", &schedule::fork_ms},
    optional_word{"backlog-ttl", &schedule::backlog_ttl_ms},
};

std::int64_t in_ms(core::duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

std::optional<schedule> parse_header(const std::string& line) {
  std::istringstream words(line);
  schedule s;
  std::string name;
  int aof = 0;
  int placeholder = 0;
  if (!(words >> name >> s.seed >> name >> s.replicas >> name >> s.version >> name >> aof >> name >>
        placeholder)) {
    return std::nullopt;
  }
  s.appendonly = aof != 0;
  s.is_placeholder = placeholder != 0;
  while (words >> name) {
    const auto word = std::find_if(optional_words.begin(), optional_words.end(),
                                   [&](const optional_word& w) { return w.name == name; });
    if (word == optional_words.end() || !(words >> s.*(word->value))) return std::nullopt;
  }
  return s;
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

std::vector<schedule> with_fewer_words(const schedule& s) {
  const schedule kind;
  std::vector<schedule> all;
  for (const optional_word& word : optional_words) {
    if (s.*(word.value) == kind.*(word.value)) continue;
    all.push_back(s);
    all.back().*(word.value) = kind.*(word.value);
  }
  return all;
}

std::string to_text(const schedule& s) {
  std::string text = "seed " + std::to_string(s.seed) + " replicas " + std::to_string(s.replicas) +
                     " version " + std::to_string(s.version) + " aof " +
                     std::to_string(s.appendonly ? 1 : 0) + " placeholder " +
                     std::to_string(s.is_placeholder ? 1 : 0);
  const schedule kind;
  for (const optional_word& word : optional_words) {
    if (s.*(word.value) == kind.*(word.value)) continue;
    text += " " + std::string(word.name) + " " + std::to_string(s.*(word.value));
  }
  text += "\n";
  for (const fault& f : s.faults) text += to_text(f) + "\n";
  return text;
}

std::optional<schedule> parse_schedule(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::optional<schedule> s;
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
