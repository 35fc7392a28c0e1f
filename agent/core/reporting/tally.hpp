// What has been so far, counted for a scrape, which comes too seldom to see it: the seconds that
// the pod was in each reason of its readiness, and how often a rule of gate, rope or lock came to
// be the one that decides. Looked at each turn of the loop: what is over sooner is not counted.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/failover/lock.hpp"
#include "core/readiness/verdict.hpp"
#include "core/safety/gate.hpp"
#include "core/safety/rope.hpp"

namespace redis_agent::core {

// Rules by their number, 0 for none.
inline constexpr std::size_t gate_rules = 8;
inline constexpr std::size_t lock_rules = 9;
inline constexpr std::size_t rope_acts = 4;

class tally {
 public:
  // What is so from now on.
  void note(const memory& m, const settings& s, instant now);

  duration time_in(reason why, instant now) const;
  const std::array<std::uint64_t, gate_rules>& gate() const { return gate_.times; }
  const std::array<std::uint64_t, rope_acts>& rope() const { return rope_.times; }
  const std::array<std::uint64_t, lock_rules>& lock() const { return lock_.times; }

 private:
  template <std::size_t Count>
  struct changes {
    std::optional<std::size_t> last;
    std::array<std::uint64_t, Count> times{};
    void note(std::size_t present);
  };

  void note_reason(reason why, instant now);

  std::array<duration, reasons> spent_{};
  std::optional<reason> present_;
  instant since_;
  changes<gate_rules> gate_;
  changes<rope_acts> rope_;
  changes<lock_rules> lock_;
};

}  // namespace redis_agent::core
