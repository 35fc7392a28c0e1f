// A Lease as the API server tells it: what anybody who may has put into it.
#include <string>

#include "fuzzing.hpp"
#include "wire/lease_json.hpp"

using namespace redis_agent;
using redis_agent::fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  auto lock = wire::parse_lease(fuzz::input(bytes, count));
  if (!lock) {
    promise(!lock.error().text.empty(), "a failure says what is wrong");
    promise(lock.error().text.size() < 200, "a failure is a sentence");
    return 0;
  }
  promise(!lock->version.empty(), "what is read can be written");
  promise(lock->term >= 0 && lock->offset >= 0 && lock->keys >= 0, "nothing is counted below 0");
  promise(lock->length.count() >= 0, "no length is negative");
  promise(lock->members.size() <= 1000, "no lock lists more than an agent looks at");
  for (const core::lock_member& member : lock->members) {
    promise(!member.pod.empty() && member.offset >= 0, "a member has a name and an offset");
  }
  const std::string sent = wire::render_lease(*lock);
  promise(sent.find('\n') == std::string::npos, "what is sent is one line");
  const auto again = wire::parse_lease(sent);
  promise(static_cast<bool>(again), "what is written can be read");
  lock->object = again->object;
  lock->unreadable.clear();  // written anew
  promise(*again == *lock, "all is read back as it was");
  return 0;
}
