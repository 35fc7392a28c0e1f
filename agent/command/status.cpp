#include "command/status.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>
#include <unistd.h>

#include "command/exit_code.hpp"
#include "command/rethrow.hpp"
#include "core/status_table.hpp"
#include "io/dns_resolver.hpp"
#include "io/http_client.hpp"
#include "wire/status_json.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr core::duration dns_timeout = 1s;
constexpr core::duration agent_timeout = 2s;
constexpr core::duration watch_interval = 1s;
constexpr unsigned http_ok = 200;

struct topology {
  std::vector<core::topology_row> rows;
  std::string trouble;  // why the table may not be whole, "" if it is
};

class topology_reader {
 public:
  topology_reader(asio::io_context& context, const core::settings& s)
      : context_(context), settings_(s), resolver_(context, dns_timeout) {}

  asio::awaitable<topology> read() {
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
                       rethrow(error);
                       if (--left == 0) all_done.cancel();
                     });
    }
    (void)co_await all_done.async_wait(asio::as_tuple(asio::use_awaitable));
    core::sort_topology(found.rows);
    co_return found;
  }

 private:
  asio::awaitable<std::vector<core::service_target>> list_pods(topology& found) {
    if (settings_.headless_service.empty()) {
      found.trouble = "--headless-service is not set, and --primary is an IP address";
      co_return std::vector<core::service_target>();
    }
    auto answer = co_await resolver_.resolve_service(settings_.headless_service);
    if (answer) co_return answer->targets;
    found.trouble = answer.error().text;
    co_return std::vector<core::service_target>();
  }

  // Without DNS there is still this pod's own agent.
  asio::awaitable<topology> read_own(topology found) {
    found.trouble = "only this pod is shown: " + found.trouble;
    found.rows.push_back({settings_.pod_name, std::nullopt, {}});
    std::string host = settings_.listen.front().host;
    if (host.empty()) host = "127.0.0.1";
    co_await ask(std::move(host), found.rows.front());
    co_return found;
  }

  asio::awaitable<void> ask(std::string host, core::topology_row& row) {
    auto addresses = co_await resolver_.resolve_addresses(host);
    if (!addresses) {
      row.trouble = addresses.error().text;
      co_return;
    }
    const core::endpoint agent{addresses->addresses.front(), settings_.listen.front().port};
    auto answer = co_await io::http_get(agent, "/status", agent_timeout);
    if (!answer || answer->status != http_ok) {
      row.trouble =
          answer ? "its agent answered " + std::to_string(answer->status) : answer.error().text;
      co_return;
    }
    auto report = wire::parse_status(answer->body);
    if (report) {
      row.report = std::move(*report);
    } else {
      row.trouble = report.error().text;
    }
  }

  asio::io_context& context_;
  const core::settings& settings_;
  io::dns_resolver resolver_;
};

bool is_in_color(const core::settings& s) {
  if (s.color != core::color_choice::automatic) return s.color == core::color_choice::always;
  return isatty(STDOUT_FILENO) != 0;
}

// False if nobody at all could be asked.
bool print(const topology& found, const core::settings& s) {
  const bool redraws = s.watch && !s.json && isatty(STDOUT_FILENO) != 0;
  if (redraws) std::fputs("\x1b[H\x1b[J", stdout);
  std::fputs(
      (s.json ? wire::render_topology(found.rows) : core::render_table(found.rows, is_in_color(s)))
          .c_str(),
      stdout);
  if (s.watch && !s.json && !redraws) std::fputs("\n", stdout);
  std::fflush(stdout);
  if (!found.trouble.empty()) {
    std::fprintf(stderr, "redis-agent status: %s\n", found.trouble.c_str());
  }
  for (const core::topology_row& row : found.rows) {
    if (row.report) return true;
  }
  return false;
}

asio::awaitable<void> show(asio::io_context& context, const core::settings& s, int& exit_code) {
  topology_reader reader(context, s);
  asio::steady_timer timer(context);
  do {
    const topology found = co_await reader.read();
    exit_code = print(found, s) ? exit_ok : exit_world;
    if (!s.watch || std::ferror(stdout) != 0) break;
    timer.expires_after(watch_interval);
    co_await timer.async_wait(asio::use_awaitable);
  } while (true);
  context.stop();
}

}  // namespace

int run_status(const core::settings& s) {
  asio::io_context context(1);
  int exit_code = exit_world;
  asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (!error) context.stop();
  });
  asio::co_spawn(context, show(context, s, exit_code), rethrow);
  context.run();
  return exit_code;
}

}  // namespace redis_agent::command
