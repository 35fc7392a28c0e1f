// What the rotation of a password reads: the record on the volume, and the redis.conf in which it
// has others take the place of what stands there.
#include <algorithm>
#include <vector>

#include "core/base/known_password.hpp"
#include "core/configuration/conf_passwords.hpp"
#include "core/memory/password_memory.hpp"
#include "fuzzing.hpp"

using namespace redis_agent;
using redis_agent::fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const std::string_view text = fuzz::input(bytes, count);
  if (const auto record = core::parse_password_record(text)) {
    const auto again = core::parse_password_record(core::render(*record));
    promise(again && *again == *record, "what is written is read back as it was");
  }
  const core::passwords_in_file to_be{.accepted = {core::know(core::secret("next")).hash},
                                      .required = core::secret("next"),
                                      .link = core::secret("next"),
                                      .earlier = {core::secret("before \"it\"")}};
  (void)core::passwords_in(text);
  const auto renewed = core::renew_passwords(text, to_be);
  if (!renewed) return 0;
  promise(core::marked_in(*renewed) == core::marked_in(text), "the mark says the same");
  const std::vector<core::secret> found = core::passwords_in(*renewed);
  promise(std::find(found.begin(), found.end(), to_be.earlier.front()) != found.end(),
          "an agent that restarts finds the one that is dropped later");
  return 0;
}
