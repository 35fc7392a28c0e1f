#include "command/scrape_watch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <variant>

#include "io/clock.hpp"
#include "io/process_usage.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr core::duration moment = 200ms;
constexpr core::duration patience = 50ms;

}  // namespace

bool scrape_watch::is_fresh() const {
  return memory_.metrics && io::now() - memory_.metrics_at <= moment;
}

asio::awaitable<void> scrape_watch::refresh() {
  if (!is_fresh() && redis_.want_metrics(settings_.latency_percentiles)) {
    asio::steady_timer timer(context_, patience);
    waiting_.insert(&timer);
    (void)co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    waiting_.erase(&timer);
  }
  process_ = io::measure_process();
}

void scrape_watch::hear(const core::event& happened) {
  const auto* const failure = std::get_if<core::failed>(&happened);
  const bool has_failed = failure != nullptr && failure->who == core::peer::redis;
  if (!has_failed && !is_fresh()) return;
  for (asio::steady_timer* timer : waiting_) timer->cancel();
}

}  // namespace redis_agent::command
