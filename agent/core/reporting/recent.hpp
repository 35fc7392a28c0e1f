// The last minutes of one pod, for the page: how far it was behind, and the journal's last lines.
// Of a size that does not grow. Times are told as ages, since no two machines' clocks agree.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/time.hpp"
#include "core/memory/lag.hpp"
#include "core/reporting/log_line.hpp"

namespace redis_agent::core {

inline constexpr duration sample_step = std::chrono::seconds(2);
inline constexpr std::size_t samples_max = 150;  // five minutes
inline constexpr std::size_t events_max = 40;
inline constexpr std::size_t event_text_max = 300;  // bytes of one text of an event

struct told_event {
  double age_seconds = 0;
  std::string level;
  std::string message;
  std::vector<std::pair<std::string, std::string>> fields{};
};

// What an agent tells of it. The samples are the newest last, as old as `age_seconds`, and
// `step_seconds` apart; nullopt: it was not known then.
struct recent_report {
  double step_seconds = 0;
  double age_seconds = 0;
  std::vector<std::optional<std::int64_t>> lag_bytes{};
  std::vector<std::optional<double>> lag_seconds{};
  std::vector<told_event> events{};  // the newest last
};

class recent_past {
 public:
  // To be told often; of each step the largest counts.
  void note(const std::optional<lag>& measured, instant now);
  void note(const log_line& line, instant now);

  recent_report tell(instant now) const;

 private:
  struct event {
    instant at;
    log_line line;
  };
  std::deque<std::optional<lag>> samples_;
  std::deque<event> events_;
  instant step_began_;
};

}  // namespace redis_agent::core
