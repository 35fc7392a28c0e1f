// What is on a data volume in the agent's name: half of a file, a later version's, anybody's.
#include "fuzzing.hpp"
#include "wire/volume_json.hpp"

using namespace redis_agent;
using redis_agent::fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const auto remembered = wire::parse_volume_memory(fuzz::input(bytes, count));
  if (!remembered) {
    promise(!remembered.error().text.empty(), "a failure says what is wrong");
    return 0;
  }
  const core::lineage& history = remembered->history;
  promise(history.ancestors.size() <= 512, "no file makes the agent remember more than it keeps");
  for (const core::ancestor& older : history.ancestors) {
    promise(older.id != history.id, "each id is there once");
  }
  for (const core::remembered_pod& pod : remembered->pods) {
    promise(!pod.name.empty(), "a pod without a name is none");
  }
  auto again = wire::parse_volume_memory(wire::render_volume_memory(*remembered));
  promise(static_cast<bool>(again), "what is written can be read");
  // Boost 1.81 reads a fraction that nobody here knows to the last bit but one.
  again->unknown_fields = remembered->unknown_fields;
  promise(*again == *remembered, "all is read back as it was");
  promise(!core::is_worth_writing(*remembered, *again, core::duration::max()),
          "what is read is not news");
  core::lineage other = history;
  core::absorb(other, history);
  promise(!core::carries(other, history) || core::are_related(other, history),
          "what is carried is related");
  return 0;
}
