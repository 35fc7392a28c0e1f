#include "command/primary_watch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "command/pod_links.hpp"
#include "core/safety/rope.hpp"
#include "io/clock.hpp"
#include "io/rethrow.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;

// How often it is looked whom the lock names.
constexpr core::duration glance = std::chrono::milliseconds(50);

asio::awaitable<void> sleep(asio::steady_timer& timer, core::duration length) {
  timer.expires_after(length);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

primary_watch::primary_watch(surroundings around)
    : around_(std::move(around)),
      resolver_for_own_name_(around_.context, around_.dns_timeout, {.reads_hosts_file = false}),
      link_(around_.context, {core::peer::primary}, around_.pace, around_.callbacks) {}

void primary_watch::start() {
  const auto run = [this](asio::awaitable<void> work) {
    asio::co_spawn(around_.context, std::move(work), io::rethrow);
  };
  const bool is_it_for_good =
      around_.seen.derived == core::role::primary && !around_.seen.lock.is_used();
  if (is_it_for_good) return run(watch_own_name());
  run(link_.run());
  run(find_primary());
  run(hear_primary());
}

void primary_watch::keep_pace() {
  const auto& told = around_.seen.primary_replication;
  if (!told) return;
  link_.set_poll_interval(
      core::primary_poll_interval(around_.settings.poll_interval, told->connected_replicas));
  link_.set_whole_interval(core::whole_poll_interval(around_.seen, around_.settings, io::now()));
}

// This pod itself is not asked.
bool primary_watch::aim_by_lock() {
  const core::lock_memory& lock = around_.seen.lock;
  if (!lock.is_used()) return false;
  if (around_.seen.derived == core::role::primary) {
    link_.rest();
    return true;
  }
  if (!lock.seen || lock.seen->is_untouched() || lock.seen->address.empty()) return false;
  link_.expect_names(
      around_.callbacks.names_of(core::host_of_primary(around_.seen, around_.settings)));
  link_.aim_at({lock.seen->address}, around_.settings.primary.port);
  return true;
}

void primary_watch::tell_addresses(const core::result<core::address_answer>& answer) {
  if (answer) {
    around_.callbacks.tell(core::addresses_resolved{*answer});
  } else {
    around_.callbacks.tell(core::addresses_failed{answer.error().text});
  }
}

asio::awaitable<void> primary_watch::find_primary() {
  asio::steady_timer timer(around_.context);
  while (true) {
    if (aim_by_lock()) {
      co_await sleep(timer, glance);
      continue;
    }
    auto answer = co_await around_.resolver.resolve_addresses(around_.settings.primary.host);
    if (aim_by_lock()) continue;
    tell_addresses(answer);
    link_.expect_names(around_.callbacks.names_of(around_.settings.primary.host));
    if (answer) {
      link_.aim_at(answer->addresses, around_.settings.primary.port);
    } else if (!around_.seen.primary_name.answer) {
      link_.aim_at({}, around_.settings.primary.port);
    }
    const core::duration until_next =
        answer ? core::refresh_after(answer->ttl) : core::dns_retry_interval;
    const core::instant next = io::now() + until_next;
    // Whoever has taken the lock meanwhile is not to be looked for by a name.
    do {
      co_await sleep(timer, around_.seen.lock.is_used() ? glance : until_next);
    } while (io::now() < next && !aim_by_lock());
  }
}

asio::awaitable<void> primary_watch::hear_agent_at(std::vector<std::string> addresses) {
  const core::lock_memory& lock = around_.seen.lock;
  const bool is_by_lock = lock.is_used() && lock.seen;
  std::string pod(is_by_lock ? core::pod_of(lock.seen->holder) : around_.settings.primary.host);
  agent_places agent{around_.agents, std::move(pod), std::move(addresses), nullptr, &agent_line_};
  auto said = co_await hear(std::move(agent));
  if (!said) co_return;
  core::stated heard{core::peer::primary, std::move(*said)};
  around_.callbacks.tell(heard);
}

// The primary's agent knows what its server cannot tell.
asio::awaitable<void> primary_watch::hear_primary() {
  asio::steady_timer timer(around_.context);
  std::optional<core::instant> asked_at;
  while (true) {
    const core::instant now = io::now();
    const core::duration wait = core::statement_interval(around_.seen, around_.settings, now);
    const bool is_due = !asked_at || now - *asked_at >= wait;
    const bool follows = around_.seen.derived == core::role::replica;
    if (follows && is_due && around_.seen.primary.condition == core::link_condition::up) {
      asked_at = now;
      // Where its server answers.
      std::vector<std::string> there(1, around_.seen.primary_address);
      co_await hear_agent_at(std::move(there));
    }
    co_await sleep(timer, around_.settings.poll_interval);
  }
}

// Where a primary's own name leads. If it is not here, whoever is there may have the same name.
asio::awaitable<void> primary_watch::watch_own_name() {
  asio::steady_timer timer(around_.context);
  while (true) {
    const auto answer =
        co_await resolver_for_own_name_.resolve_addresses(around_.settings.primary.host);
    tell_addresses(answer);
    const bool leads_elsewhere = answer && around_.seen.led_elsewhere_since;
    if (leads_elsewhere) co_await hear_agent_at(answer->addresses);
    // Not within the co_await: g++ 12 evaluates a conditional there on both its sides.
    core::duration pause = core::dns_retry_interval;
    if (answer && !leads_elsewhere) pause = core::refresh_after(answer->ttl);
    co_await sleep(timer, pause);
  }
}

}  // namespace redis_agent::command
