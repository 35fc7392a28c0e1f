#include "command/prestop_hook.hpp"

#include <utility>

#include "core/failover/hand_over.hpp"
#include "core/safety/ending.hpp"
#include "io/clock.hpp"
#include "wire/routes.hpp"

namespace redis_agent::command {

prestop_hook::prestop_hook(surroundings around)
    : around_(std::move(around)),
      server_(
          around_.context,
          [this](const core::http_request& r) { return wire::answer_hook(r, around_.seen); }, {},
          [this](core::http_request r) { return hear(std::move(r)); }) {}

opened prestop_hook::listen() {
  if (around_.settings.prestop_port == 0) return opened();
  return name_setting("--prestop-port", server_.listen({{"", around_.settings.prestop_port}}));
}

// Somebody else serves when this returns, or it could not be.
boost::asio::awaitable<void> prestop_hook::move_primary(std::string to) {
  if (!core::refuse_move(around_.seen, to).empty()) co_return;
  around_.tell(core::move_asked{std::move(to)});
  while (core::move_is_under_way(around_.seen, io::now())) co_await around_.await_change();
}

boost::asio::awaitable<std::optional<core::http_answer>> prestop_hook::hear(
    core::http_request request) {
  if (const auto to = wire::read_switchover(request)) co_await move_primary(*to);
  if (!wire::is_hook(request)) co_return std::nullopt;
  const bool is_first = !around_.seen.ending;
  co_await move_primary("");
  if (is_first) around_.log({core::log_level::info, "the end of redis is announced", {}});
  around_.tell(core::end_announced{});
  around_.ask_redis();
  auto why = core::release_end(around_.seen, around_.settings, io::now());
  while (!why) {
    co_await around_.await_change();
    why = core::release_end(around_.seen, around_.settings, io::now());
  }
  if (is_first) around_.log({core::log_level::info, "the hook is answered", {{"why", *why}}});
  co_return std::nullopt;
}

}  // namespace redis_agent::command
