// Request and snapshot in, answer out: every page of the agent. Nothing here waits for Redis.
//   /livez /readyz /startupz /redis/livez   probes (core/readiness/checks.hpp); ?verbose: all rules
//   /primary                                200 on the ready primary
//   /replica?lag=SIZE                       200 on a ready replica, within that lag
//   /metrics /status /                      Prometheus, JSON, a page for people
//   /status?recent                          with the last minutes
//   /topology /page/NAME                    what that page shows, and is made of
//   /lock/promise?holder=POD/UID&term=N     not to take the lock for a while (failover/lock.hpp)
//   /lock/next?term=N                       to look whether the lock names this pod as the next;
//                                           200 once it has seen that
//   /health                                 as redis_exporter has it: the agent is alive
// A 503 carries its reason. The paths for load balancers are those of Patroni's REST API; OPTIONS,
// with which HAProxy checks, is answered like GET, and like /readyz where it names no page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/reporting/http.hpp"
#include "wire/snapshot.hpp"

namespace redis_agent::wire {

core::http_answer answer(const core::http_request& request, const snapshot& at);

// A probe, or a load balancer's check: answered to whoever asks, for neither logs in.
bool is_for_all(const core::http_request& request);

// Redis is to be asked before it is answered (command/scrape_watch.hpp).
bool is_scrape(const core::http_request& request);

// The holder of the lock asks this agent for its promise; nullopt: that is not what is asked.
struct promise_question {
  std::string holder;
  std::int64_t term = 0;
  bool is_turned_away = false;  // who asks, by the API server
};
std::optional<promise_question> read_promise_question(const core::http_request& request);

// The same: this agent is to look at the lock.
bool asks_for_a_look(const core::http_request& request);

// All pods are to be shown: the others have to be asked.
bool is_look_at_all(const core::http_request& request);

// The preStop hook, on a port of its own, since whoever reaches it announces the server's end
// (core/safety/ending.hpp). Answered when that may come. By GET alone, which no load balancer's
// check and no look by HEAD is.
bool is_hook(const core::http_request& request);

// GET /switchover?to=POD on the same port: the pod to which the primary is to move, "" for whom
// suits best; nullopt: that is not what is asked.
std::optional<std::string> read_switchover(const core::http_request& request);

// By then it has been done, or why not.
core::http_answer answer_hook(const core::http_request& request, const core::memory& seen);

}  // namespace redis_agent::wire
