// No kind of line floods the log, whatever goes round in circles: each message has a handful at
// once and one a second from then on. What is left out is counted, and told.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/reporting/log_line.hpp"

namespace redis_agent::core {

class log_limit {
 public:
  // The line to write, with `left_out` of its kind that were not; nullopt: it is one too many.
  std::optional<log_line> admit(const log_line& line, instant now);

  // A line for each message that has left some out and has been silent since.
  std::vector<log_line> take_stock(instant now);

 private:
  struct budget {
    double lines = 0;
    instant filled_at;
    unsigned left_out = 0;
    instant left_out_at;
  };
  std::map<std::string, budget> budgets_;  // by message, of which there are as many as in the code
};

}  // namespace redis_agent::core
