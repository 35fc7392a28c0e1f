#include "command/switchover.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>

#include "command/exit_code.hpp"
#include "core/base/result.hpp"
#include "io/http_client.hpp"
#include "io/rethrow.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;

// A move takes ten seconds at most (failover/hand_over.cpp), and then says why.
constexpr core::duration patience = std::chrono::seconds(20);
constexpr unsigned http_ok = 200;

using told = core::result<core::http_answer>;

told ask(const core::settings& s) {
  asio::io_context context(1);
  std::optional<told> answer;
  io::http_peer hook{{"127.0.0.1", s.prestop_port}};
  std::string target = "/switchover?to=" + s.move_to;
  asio::co_spawn(context, io::http_get(std::move(hook), std::move(target), patience),
                 [&](const std::exception_ptr& failed, told heard) {
                   io::rethrow(failed);
                   answer = std::move(heard);
                 });
  context.run();
  return std::move(*answer);
}

}  // namespace

int run_switchover(const core::settings& s) {
  const told answer = ask(s);
  if (!answer) {
    std::fprintf(stderr, "redis-agent switchover: %s\n", answer.error().text.c_str());
    return exit_world;
  }
  const bool is_done = answer->status == http_ok;
  std::fprintf(is_done ? stdout : stderr, "%s", answer->body.c_str());
  return is_done ? exit_ok : exit_world;
}

}  // namespace redis_agent::command
