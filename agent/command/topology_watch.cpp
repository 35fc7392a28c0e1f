#include "command/topology_watch.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "command/agent_report.hpp"
#include "io/clock.hpp"
#include "io/rethrow.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr core::duration patience = 15s;  // of who has looked
constexpr core::duration agent_timeout = 1s;
constexpr core::duration look_interval = 1s;
// Together they are asked no more than fifty times a second.
constexpr core::duration between_two = 20ms;

}  // namespace

void topology_watch::look() {
  looked_at_ = io::now();
  if (is_following_) return;
  is_following_ = true;
  // What was heard when somebody looked last is no news.
  for (auto& [host, row] : rows_) row.report.reset(), row.trouble = "is being asked";
  asio::co_spawn(around_.context, follow(), io::rethrow);
}

asio::awaitable<void> topology_watch::follow() {
  asio::steady_timer timer(around_.context);
  while (io::now() - looked_at_ < patience) {
    list_pods();
    for (auto& [host, row] : rows_) {
      if (!std::exchange(places_[host].is_being_asked, true)) {
        asio::co_spawn(around_.context, ask(host), io::rethrow);
      }
    }
    const auto pods = static_cast<core::duration::rep>(rows_.size());
    timer.expires_after(std::max<core::duration>(look_interval, pods * between_two));
    co_await timer.async_wait(asio::use_awaitable);
  }
  is_following_ = false;
}

void topology_watch::list_pods() {
  const auto pods = core::pods_to_ask(around_.seen, around_.settings.headless_service);
  std::erase_if(rows_, [&](const auto& row) {
    return std::none_of(pods.begin(), pods.end(),
                        [&](const auto& pod) { return pod.host == row.first; });
  });
  for (const core::service_target& pod : pods) {
    core::topology_row fresh{std::string(core::first_label(pod.host)), std::nullopt,
                             "is being asked"};
    rows_.try_emplace(pod.host, std::move(fresh));
  }
}

asio::awaitable<void> topology_watch::ask(std::string host) {
  auto said = co_await hear(host);
  places_[host].is_being_asked = false;
  const auto found = rows_.find(host);
  if (found == rows_.end()) {
    places_.erase(host);
    co_return;
  }
  core::topology_row& row = found->second;
  row.address = places_[host].agent_at;
  row.report.reset();
  row.trouble.clear();
  if (!said) {
    row.trouble = said.error().text;
  } else if (said->pod != row.pod) {
    row.trouble = "the agent of " + said->pod + " answers at its address";
  } else {
    row.report = std::move(*said);
    row.heard_at = io::now();
  }
}

// Where DNS is silent its last answer is tried: who answers says who he is.
asio::awaitable<core::result<core::status_report>> topology_watch::hear(std::string host) {
  if (io::now() >= places_[host].resolve_at) {
    auto found = co_await around_.resolver.resolve_addresses(host);
    place& there = places_[host];
    if (found) there.addresses = found->addresses;
    there.resolve_at =
        io::now() + (found ? core::refresh_after(found->ttl) : core::dns_retry_interval);
    if (!found && there.addresses.empty()) co_return found.error();
  }
  std::string agent_at = places_[host].agent_at;
  agent_places agent{around_.agents, std::string(core::first_label(host)), places_[host].addresses,
                     &agent_at};
  const auto known = std::find(agent.addresses.begin(), agent.addresses.end(), agent_at);
  if (known != agent.addresses.end()) std::iter_swap(agent.addresses.begin(), known);
  agent_at = agent.addresses.front();
  auto report = co_await ask_agent(std::move(agent), agent_timeout, "/status?recent");
  places_[host].agent_at = agent_at;
  co_return report;
}

}  // namespace redis_agent::command
