#include "command/pod_links.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "command/agent_report.hpp"
#include "core/reporting/status_report.hpp"
#include "io/clock.hpp"
#include "io/rethrow.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;

constexpr core::duration agent_timeout = std::chrono::seconds(1);

asio::awaitable<void> sleep(asio::io_context& context, core::duration length) {
  asio::steady_timer timer(context);
  timer.expires_after(length);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

asio::awaitable<std::optional<core::statement>> hear(agent_places agent) {
  const auto report = co_await ask_agent(std::move(agent), agent_timeout);
  if (!report) co_return std::nullopt;
  co_return core::statement_in(*report);
}

pod_links::pod::pod(const surroundings& around, std::string host_name)
    : host(std::move(host_name)),
      name(core::first_label(host)),
      link(around.context, {core::peer::pod, name},
           {around.settings.poll_interval, around.settings.detail_interval,
            around.settings.redis_timeout},
           around.callbacks),
      pause(around.context) {
  link.expect_names(around.callbacks.names_of(host));
}

void pod_links::set_pods(const std::vector<core::service_target>& pods) {
  for (auto& [host, known] : pods_) known->is_listed = false;
  for (const core::service_target& target : pods) {
    if (core::first_label(target.host) == around_.settings.pod_name) continue;
    auto& known = pods_[target.host];
    if (known) {
      known->is_listed = true;
      continue;
    }
    known = std::make_shared<pod>(around_, target.host);
    known->link.set_poll_interval(interval_);
    asio::co_spawn(around_.context, find_address(known), io::rethrow);
    asio::co_spawn(around_.context, ask_server(known), io::rethrow);
    asio::co_spawn(around_.context, hear_agent(known), io::rethrow);
  }
  std::erase_if(pods_, [](auto& known) {
    if (known.second->is_listed) return false;
    known.second->link.stop();
    known.second->pause.cancel();
    return true;
  });
}

void pod_links::set_interval(core::duration interval) {
  if (interval == interval_) return;
  interval_ = interval;
  for (auto& [host, known] : pods_) {
    known->link.set_poll_interval(interval);
    known->pause.cancel();
  }
}

bool pod_links::give(const core::order& order) {
  for (auto& [host, known] : pods_) {
    if (known->name == order.pod) return known->link.give(order);
  }
  return false;
}

bool pod_links::knows(const std::string& address) const {
  return std::any_of(pods_.begin(), pods_.end(), [&](const auto& known) {
    const auto& addresses = known.second->addresses;
    return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
  });
}

asio::awaitable<void> pod_links::ask_server(std::shared_ptr<pod> watched) {
  co_await watched->link.run();
}

asio::awaitable<void> pod_links::find_address(std::shared_ptr<pod> watched) {
  while (watched->is_listed) {
    const auto answer = co_await around_.resolver.resolve_addresses(watched->host);
    if (answer) watched->addresses = answer->addresses;
    if (answer) watched->link.aim_at(answer->addresses, around_.settings.primary.port);
    if (!answer && watched->addresses.empty()) {
      watched->link.aim_at({}, around_.settings.primary.port);
    }
    const core::duration pause =
        answer ? core::refresh_after(answer->ttl) : core::dns_retry_interval;
    co_await sleep(around_.context, pause);
  }
}

core::duration pod_links::agent_interval() const {
  return std::max(interval_, around_.settings.poll_interval);
}

asio::awaitable<void> pod_links::hear_agent(std::shared_ptr<pod> watched) {
  constexpr core::duration until_resolved = std::chrono::milliseconds(20);
  while (watched->is_listed && watched->addresses.empty()) {
    co_await sleep(around_.context, until_resolved);
  }
  while (watched->is_listed) {
    if (!watched->addresses.empty()) {
      agent_places agent{around_.agents, watched->name, watched->addresses, &watched->agent_at,
                         &watched->agent_line};
      const auto known =
          std::find(agent.addresses.begin(), agent.addresses.end(), watched->agent_at);
      if (known != agent.addresses.end()) std::iter_swap(agent.addresses.begin(), known);
      auto said = co_await hear(std::move(agent));
      if (said && watched->is_listed) {
        core::stated heard{core::peer::pod, std::move(*said), watched->name};
        around_.callbacks.tell(heard);
      }
    }
    const core::instant told_at = io::now();
    while (watched->is_listed && io::now() < told_at + agent_interval()) {
      watched->pause.expires_after(told_at + agent_interval() - io::now());
      co_await watched->pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }
}

}  // namespace redis_agent::command
