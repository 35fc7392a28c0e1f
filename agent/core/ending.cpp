#include "core/ending.hpp"

#include <algorithm>

namespace redis_agent::core {
namespace {

// A replica acknowledges each second, and one that is busy may skip one.
constexpr std::int64_t silence_max_seconds = 3;

bool is_hopeless(const attached_replica& replica) {
  return replica.state != "online" || replica.lag_seconds.value_or(0) >= silence_max_seconds;
}

}  // namespace

bool waits_for_the_hopeless(const replication_report& report) {
  const auto lacks_something = [&](const attached_replica& replica) {
    return replica.state != "online" || replica.offset < report.offset;
  };
  const auto& all = report.replicas;
  return std::any_of(all.begin(), all.end(), lacks_something) &&
         std::all_of(all.begin(), all.end(), [&](const attached_replica& replica) {
           return !lacks_something(replica) || is_hopeless(replica);
         });
}

}  // namespace redis_agent::core
