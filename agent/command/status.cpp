#include "command/status.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>
#include <unistd.h>

#include "command/exit_code.hpp"
#include "command/topology.hpp"
#include "core/reporting/status_table.hpp"
#include "io/rethrow.hpp"
#include "wire/status_json.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr core::duration watch_interval = 1s;

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
    if (const std::string trouble = reader.prepare(); !trouble.empty()) {
      std::fprintf(stderr, "redis-agent status: %s\n", trouble.c_str());
      exit_code = exit_settings;
      break;
    }
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
  asio::co_spawn(context, show(context, s, exit_code), io::rethrow);
  context.run();
  return exit_code;
}

}  // namespace redis_agent::command
