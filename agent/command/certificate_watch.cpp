#include "command/certificate_watch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "core/configuration/tls_places.hpp"
#include "core/orders/certificate_peers.hpp"
#include "io/ask_aside.hpp"
#include "io/clock.hpp"
#include "io/rethrow.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;

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
  asio::co_spawn(around_.context, run(), io::rethrow);
}

asio::awaitable<void> certificate_watch::run() {
  asio::steady_timer pause(around_.context);
  while (true) {
    if (!worker_.is_busy()) {
      const std::string due = co_await mark_of_due_step();
      worker_.run([s = &around_.settings, due] { return install_from_secret(*s, due); },
                  [this](const certificate_look& found) { take(found); });
    }
    if (is_proof_due()) co_await look_at_server();
    pause.expires_after(look_interval);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

void certificate_watch::take(const certificate_look& found) {
  std::string trouble = found.trouble;
  const bool is_to_be_read = found.is_new || !around_.doors.is_read();
  if (is_to_be_read && found.installed) {
    const std::string unread = around_.doors.read();
    if (!unread.empty()) trouble = unread;
  }
  take_next(found.next);
  if (next_) trouble = core::describe_wait(next_->plan.step, refusals_);
  around_.tell(
      core::certificates_seen{found.installed, std::move(trouble), found.is_new, found.now});
}

void certificate_watch::take_next(const std::optional<certificate_look::patient_step>& next) {
  const bool is_the_same = next && next_ && next->mark == next_->mark;
  if (!is_the_same) {
    next_since_ = io::now();
    refusals_.clear();
  }
  next_ = next;
}

// "" while there is none.
asio::awaitable<std::string> certificate_watch::mark_of_due_step() {
  if (!next_) co_return std::string();
  const certificate_look::patient_step next = *next_;
  // The primary refuses what is shown: there is no link that could be cut.
  const bool is_refused =
      around_.seen.primary.condition == core::link_condition::certificate_refused &&
      next.plan.step == core::certificate_step::show;
  const core::duration held = is_refused ? core::authority_overlap : io::now() - next_since_;
  if (held < core::authority_overlap) co_return std::string();
  refusals_ = co_await ask_peers(next.shows_and_trusts);
  const bool is_due = core::may_take_step(next.plan, held, refusals_);
  co_return is_due ? next.mark : std::string();
}

// Why which of them do not get on with that: some of the reasons, if there are any.
asio::awaitable<std::vector<std::string>> certificate_watch::ask_peers(io::tls_terms shown) {
  constexpr std::size_t refusals_max = 3;
  const core::settings& s = around_.settings;
  const std::vector<wire::command> question(1, wire::command{"PING"});
  const std::vector<core::certificate_peer> peers = core::certificate_peers(around_.seen, s);
  std::vector<std::string> refusals;
  for (const core::certificate_peer& peer : peers) {
    const io::redis_place place{peer.address, core::replication_port(s), shown,
                                around_.doors.names_of(peer.host)};
    io::aside heard;
    if (!peer.address.empty()) heard = co_await io::ask_aside(place, question, look_timeout);
    if (!heard.replies.empty()) continue;
    const std::string why = heard.trouble.empty() ? "no answer" : heard.trouble;
    refusals.push_back(std::string(core::first_label(peer.host)) + " does not take it yet (" + why +
                       ")");
    if (refusals.size() == refusals_max) break;
  }
  co_return refusals;
}

bool certificate_watch::is_proof_due() const {
  const core::certificate_memory& known = around_.seen.certificates;
  const bool answers = around_.seen.redis.condition == core::link_condition::up;
  if (!answers || !around_.doors.is_read() || known.is_reload_due) return false;
  const bool is_open = known.served.empty() || core::serves_another(known);
  return is_open || io::now() - proven_at_ >= proof_interval;
}

asio::awaitable<void> certificate_watch::look_at_server() {
  io::redis_stream stream(around_.context.get_executor());
  stream.expires_after(look_timeout);
  const core::settings& s = around_.settings;
  const auto closed = co_await stream.open(s.redis_host, core::port_of_tls(s));
  if (closed) co_return;
  const auto trouble = co_await stream.peek(around_.doors.eyes());
  if (trouble) co_return;
  proven_at_ = io::now();
  around_.tell(core::certificate_served{stream.shown_certificate(), stream.shown_until()});
}

}  // namespace redis_agent::command
