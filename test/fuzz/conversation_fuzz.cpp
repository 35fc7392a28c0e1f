// A server's answers all the way to the verdict: bytes, events, memory, decision, pages. The first
// byte says how often the agent asks for details, the rest are the answers.
#include "core/reporting/journal.hpp"
#include "fuzzing.hpp"
#include "wire/conversation.hpp"
#include "wire/routes.hpp"

using namespace redis_agent;
using namespace std::chrono_literals;
using redis_agent::fuzz::promise;

namespace {

core::settings default_settings() {
  return core::parse_settings(core::subcommand::sidecar, {}, "redis-slave-0").values;
}

void look_at(const core::memory& seen, const core::settings& s, core::instant now) {
  const core::verdict v = core::decide(seen, s, now);
  promise(v.is_ready == core::is_ready(v.why), "the reason says whether it is ready");
  if (v.is_ready) {
    promise(seen.redis.condition == core::link_condition::up, "never ready without an answer");
    promise(seen.sync.was_in_sync, "a replica is never ready before it was in sync");
  }
  const wire::snapshot at{seen, s, now, now, "0"};
  for (const char* const path : {"/readyz?verbose", "/metrics", "/status", "/"}) {
    promise(!wire::answer({"GET", path}, at).body.empty(), "a page has a body");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  static const core::settings s = default_settings();
  std::string_view text = fuzz::input(bytes, count);
  if (text.empty()) return 0;
  const auto rhythm = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  core::instant now{1h};
  core::memory seen = core::begin_memory(s, now);
  const core::peer who = (rhythm & 1) != 0 ? core::peer::primary : core::peer::redis;
  wire::conversation talk(who);
  const wire::login as{"", core::secret("p"), "redis-agent"};
  talk.open(as, now);
  for (int poll = 0; poll < 20 && !text.empty() && talk.is_usable(); ++poll) {
    while (!text.empty()) {
      talk.receive(text.substr(0, 256));
      text.remove_prefix(std::min<std::size_t>(256, text.size()));
      const auto outcome = talk.outcome();
      if (!outcome) continue;
      now += 250ms;
      core::observe(seen, *outcome, now);
      break;
    }
    if (!talk.is_usable()) break;
    if (talk.needs_login()) {
      talk.open(as, now);
    } else {
      talk.ask((rhythm & 2) != 0, now);
    }
  }
  if (const auto said = talk.last_words()) core::observe(seen, *said, now);
  look_at(seen, s, now);
  look_at(seen, s, now + 1h);
  return 0;
}
