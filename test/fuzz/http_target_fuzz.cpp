// The target of a request, from whoever reaches the agent's port.
#include "core/reporting/target.hpp"
#include "fuzzing.hpp"
#include "wire/routes.hpp"

using namespace redis_agent;
using namespace std::chrono_literals;
using redis_agent::fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  static const core::settings s =
      core::parse_settings(core::subcommand::sidecar, {}, "redis-slave-0").values;
  static const core::memory seen = core::begin_memory(s, core::instant{1h});
  const std::string_view text = fuzz::input(bytes, count);
  const core::target asked(text);
  promise(asked.path().size() <= text.size(), "a path is a part of the target");
  asked.parameter("lag");
  asked.parameter("verbose");
  const wire::snapshot at{seen, s, core::instant{1h}, core::instant{1h}, "0"};
  const core::http_answer answer = wire::answer({"GET", std::string(text)}, at);
  promise(
      answer.status == 200 || answer.status == 503 || answer.status == 404 || answer.status == 400,
      "there are four answers");
  return 0;
}
