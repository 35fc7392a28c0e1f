// What another pod's agent, or whoever has its address now, answers to `redis-agent status`.
#include "fuzzing.hpp"
#include "wire/status_json.hpp"

using namespace redis_agent;
using redis_agent::fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const auto report = wire::parse_status(fuzz::input(bytes, count));
  if (!report) {
    promise(!report.error().text.empty(), "a failure says what is wrong");
    return 0;
  }
  std::vector<core::topology_row> rows = {{"redis-0", *report, ""}};
  for (const char c : core::render_table(rows, false)) {
    promise(c == '\n' || static_cast<unsigned char>(c) >= ' ', "no pod steers the terminal");
  }
  const auto again = wire::parse_status(wire::render_status(*report));
  promise(static_cast<bool>(again), "what is written can be read");
  promise(again->pod == report->pod && again->reason == report->reason &&
              again->peers == report->peers && again->redis.detail == report->redis.detail,
          "texts are read back as they were");
  promise(again->lag_bytes == report->lag_bytes && again->keys == report->keys,
          "whole numbers are read back as they were");
  promise(again->recent.has_value() == report->recent.has_value() &&
              (!again->recent || (again->recent->lag_bytes.size() <= core::samples_max &&
                                  again->recent->events.size() <= core::events_max)),
          "no more of the past is kept than an agent tells");
  // Boost.JSON 1.81 may miss the last digit of a real number.
  promise(again->lag_seconds.has_value() == report->lag_seconds.has_value(),
          "what is unknown stays unknown");
  return 0;
}
