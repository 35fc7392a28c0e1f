#include "command/topology.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "command/agent_report.hpp"
#include "io/rethrow.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;

constexpr core::duration dns_timeout = std::chrono::seconds(1);
constexpr core::duration agent_timeout = std::chrono::seconds(2);

}  // namespace

topology_reader::topology_reader(asio::io_context& context, const core::settings& s)
    : context_(context), settings_(s), doors_(s), resolver_(context, dns_timeout) {}

asio::awaitable<topology> topology_reader::read() {
  topology found;
  auto pods = co_await list_pods(found);
  for (const core::service_target& pod : pods) {
    found.rows.push_back({std::string(core::first_label(pod.host)), std::nullopt, {}});
  }
  if (pods.empty()) {
    co_return co_await read_own(std::move(found));
  }
  std::size_t left = pods.size();
  asio::steady_timer all_done(context_, asio::steady_timer::time_point::max());
  for (std::size_t i = 0; i < pods.size(); ++i) {
    asio::co_spawn(context_, ask(pods[i].host, found.rows[i]),
                   [&](const std::exception_ptr& error) {
                     io::rethrow(error);
                     if (--left == 0) all_done.cancel();
                   });
  }
  (void)co_await all_done.async_wait(asio::as_tuple(asio::use_awaitable));
  core::sort_topology(found.rows);
  co_return found;
}

asio::awaitable<std::vector<core::service_target>> topology_reader::list_pods(topology& found) {
  if (settings_.headless_service.empty()) {
    found.trouble = "--headless-service is not set, and --primary is an IP address";
    co_return std::vector<core::service_target>();
  }
  auto answer = co_await resolver_.resolve_service(settings_.headless_service);
  if (answer && answer->is_cut) {
    found.trouble = "asked DNS for SRV of " + settings_.headless_service +
                    ": the answer is cut, and TCP gives no more: there are other pods";
  }
  if (answer) co_return answer->targets;
  found.trouble = answer.error().text;
  co_return std::vector<core::service_target>();
}

asio::awaitable<topology> topology_reader::read_own(topology found) {
  found.trouble = "only this pod is shown: " + found.trouble;
  found.rows.push_back({settings_.pod_name, std::nullopt, {}});
  std::string host = settings_.listen.front().host;
  if (host.empty()) host = "127.0.0.1";
  co_await ask(std::move(host), found.rows.front());
  co_return found;
}

asio::awaitable<void> topology_reader::ask(std::string host, core::topology_row& row) {
  auto addresses = co_await resolver_.resolve_addresses(host);
  if (!addresses) {
    row.trouble = addresses.error().text;
    co_return;
  }
  agent_places agent{doors_, row.pod, std::move(addresses->addresses)};
  auto report = co_await ask_agent(std::move(agent), agent_timeout);
  if (report) {
    row.report = std::move(*report);
  } else {
    row.trouble = report.error().text;
  }
}

}  // namespace redis_agent::command
