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
  const std::string once = wire::render_status(*report);
  const auto again = wire::parse_status(once);
  promise(again && wire::render_status(*again) == once, "what is written is read back");
  return 0;
}
