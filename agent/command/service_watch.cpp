#include "command/service_watch.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace redis_agent::command {

boost::asio::awaitable<void> watch_service(service_surroundings around) {
  boost::asio::steady_timer timer(around.context);
  around.told();  // those that the volume remembers, whatever DNS does
  while (true) {
    auto answer = co_await around.resolver.resolve_service(around.service);
    if (answer) {
      around.tell(core::peers_resolved{*answer});
    } else {
      core::absence what = co_await around.resolver.explain_absence(around.service);
      around.tell(core::peers_failed{answer.error().text, what});
    }
    around.told();
    timer.expires_after(answer ? core::refresh_after(answer->ttl) : core::dns_retry_interval);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

}  // namespace redis_agent::command
