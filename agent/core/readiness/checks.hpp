// The probes that the kubelet asks, each one function: what passes, and the checks behind it.
//   livez         the agent's loop turns. Redis is no part of it: restarting the agent mends
//                 nothing there.
//   readyz        the verdict's rules (verdict.hpp).
//   startupz      for Redis's startup probe: patient while loading or a sync moves on, fails only
//                 when that has stood still for the stall budget.
//   redis_livez   for Redis's liveness probe: fails only when the server has answered nothing at
//                 all for the liveness budget while it is neither loading nor busy with a script.
// Kubernetes: tasks/configure-pod-container/configure-liveness-readiness-startup-probes.
#pragma once

#include <string>
#include <vector>

#include "core/memory/memory.hpp"
#include "core/readiness/verdict.hpp"

namespace redis_agent::core {

struct check {
  std::string name;
  bool passes = true;
  bool applies = true;
  std::string detail;
};

struct probe {
  std::vector<check> checks;

  bool passes() const;
  std::string reason() const;  // of the first check that fails, "" if none does
};

// `last_turn` is when the loop's own timer last fired.
probe check_livez(instant last_turn, instant now);
probe check_readyz(const memory& m, const settings& s, instant now);
probe check_startupz(const memory& m, const settings& s, instant now);
probe check_redis_livez(const memory& m, const settings& s, instant now);

// "ok", or the reason; with `verbose` a line for each check, as kube-apiserver has them.
std::string render_probe(const probe& p, std::string_view name, bool verbose);

}  // namespace redis_agent::core
