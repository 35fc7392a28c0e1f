#include "command/siblings.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "command/pod_links.hpp"
#include "io/clock.hpp"

namespace redis_agent::command {
namespace {

constexpr core::duration in_a_hurry = std::chrono::milliseconds(250);
constexpr core::duration look_interval = std::chrono::seconds(5);

boost::asio::awaitable<void> hear_one(const siblings& around, std::string host) {
  const auto answer = co_await around.resolver.resolve_addresses(host);
  if (!answer) co_return;
  std::string pod(core::first_label(host));
  agent_places agent{around.agents, pod, answer->addresses};
  auto said = co_await hear(std::move(agent));
  if (!said) co_return;
  around.tell(core::stated{core::peer::pod, std::move(*said), std::move(pod)});
}

}  // namespace

boost::asio::awaitable<void> hear_siblings(siblings around) {
  boost::asio::steady_timer pause(around.context);
  while (true) {
    const auto primary = core::first_label(around.settings.primary.host);
    const auto pods = core::pods_to_ask(around.seen, around.settings.headless_service);
    for (const core::service_target& pod : pods) {
      if (!core::wants_to_know_its_cluster(around.seen)) break;
      if (core::first_label(pod.host) == primary) continue;  // another may have its address
      co_await hear_one(around, pod.host);
    }
    const bool is_known = !around.seen.primary_run_id.empty() &&
                          io::now() - around.seen.primary_heard_at >= core::introduction_max;
    pause.expires_after(is_known ? look_interval : in_a_hurry);
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
}

}  // namespace redis_agent::command
