#include "command/certificate_watch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "core/configuration/tls_places.hpp"
#include "io/clock.hpp"
#include "io/rethrow.hpp"

namespace redis_agent::command {
namespace {

constexpr core::duration look_interval = std::chrono::seconds(2);
constexpr core::duration look_timeout = std::chrono::seconds(1);

// A handshake costs Redis a millisecond.
constexpr core::duration proof_interval = std::chrono::seconds(60);

}  // namespace

certificate_watch::certificate_watch(surroundings around)
    : around_(std::move(around)), worker_(around_.context) {}

void certificate_watch::begin() {
  if (!around_.seen.certificates.is_used) return;
  take(install_from_secret(around_.settings));
  boost::asio::co_spawn(around_.context, run(), io::rethrow);
}

boost::asio::awaitable<void> certificate_watch::run() {
  boost::asio::steady_timer pause(around_.context);
  while (true) {
    if (!worker_.is_busy()) {
      worker_.run([s = &around_.settings] { return install_from_secret(*s); },
                  [this](const certificate_look& found) { take(found); });
    }
    if (is_proof_due()) co_await look_at_server();
    pause.expires_after(look_interval);
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
}

void certificate_watch::take(const certificate_look& found) {
  std::string trouble = found.trouble;
  const bool is_to_be_read = found.is_new || !around_.doors.client();
  if (is_to_be_read && found.installed) {
    const std::string unread = around_.doors.read();
    if (!unread.empty()) trouble = unread;
  }
  around_.tell(
      core::certificates_seen{found.installed, std::move(trouble), found.is_new, found.now});
}

bool certificate_watch::is_proof_due() const {
  const core::certificate_memory& known = around_.seen.certificates;
  const bool answers = around_.seen.redis.condition == core::link_condition::up;
  if (!answers || !around_.doors.client() || known.is_reload_due) return false;
  const bool is_open = known.served.empty() || core::serves_another(known);
  return is_open || io::now() - proven_at_ >= proof_interval;
}

boost::asio::awaitable<void> certificate_watch::look_at_server() {
  io::redis_stream stream(around_.context.get_executor());
  stream.expires_after(look_timeout);
  const core::settings& s = around_.settings;
  const auto closed = co_await stream.open(s.redis_host, core::replication_port(s));
  if (closed) co_return;
  const auto trouble = co_await stream.peek(around_.doors.client());
  if (trouble) co_return;
  proven_at_ = io::now();
  around_.tell(core::certificate_served{stream.shown_certificate(), stream.shown_until()});
}

}  // namespace redis_agent::command
