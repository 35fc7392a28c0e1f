#include "command/lock_keeper.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/base/address.hpp"
#include "core/base/text.hpp"
#include "core/failover/hand_over.hpp"
#include "core/failover/lock.hpp"
#include "core/failover/renewal.hpp"
#include "core/safety/promotion.hpp"
#include "core/server/info.hpp"
#include "io/atomic_file.hpp"
#include "io/clock.hpp"
#include "io/http_client.hpp"
#include "io/logging.hpp"
#include "io/rethrow.hpp"
#include "io/service_account.hpp"
#include "wire/lease_json.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;

constexpr unsigned http_ok = 200;

// How often it is looked whether there is anything to ask, where nothing happens meanwhile.
constexpr core::duration turn = std::chrono::milliseconds(20);
constexpr core::duration turn_in_a_hurry = std::chrono::milliseconds(4);
constexpr core::duration route_interval = std::chrono::seconds(2);
constexpr core::duration route_interval_when_new = std::chrono::milliseconds(20);

io::api_place place_of(const core::settings& s) {
  const auto address = core::parse_endpoint(s.api_server, 443);
  return {address->host, address->port, s.api_folder};
}

std::string stamp() { return wire::render_micro_time(std::chrono::system_clock::now()); }

asio::awaitable<void> sleep(asio::steady_timer& timer, core::duration length) {
  timer.expires_after(length);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace

std::string promise_target(const core::lease& held, bool is_turned_away) {
  return "/lock/promise?holder=" + held.holder + "&term=" + std::to_string(held.term) +
         (is_turned_away ? "&turned-away=yes" : "");
}

core::result<std::unique_ptr<lock_keeper>> lock_keeper::make(const surroundings& around) {
  auto where = io::read_namespace(around.settings.api_folder);
  if (!where) return core::failure{"--api-folder: " + where.error().text};
  return std::unique_ptr<lock_keeper>(new lock_keeper(around, std::move(*where)));
}

lock_keeper::lock_keeper(const surroundings& around, std::string in_namespace)
    : around_(around),
      path_(std::filesystem::path(around.settings.output).replace_filename("lock").string()),
      lease_{in_namespace, around.settings.lease},
      service_{std::move(in_namespace), around.settings.write_service},
      for_lock_(around.context, place_of(around.settings), around.settings.lock_renewal),
      for_route_(around.context, place_of(around.settings)),
      lock_timer_(around.context) {}

// The holder's at each renewal; another pod's where somebody else has it, or is to: its renewals
// are no news to an agent that is to say whether it knows of the holder.
void lock_keeper::note_lock() {
  const core::instant now = io::now();
  const core::lock_memory& lock = around_.seen.lock;
  if (!lock.holds()) {
    const core::lease& seen = *lock.seen;
    const bool is_left = left_.holder == seen.holder && left_.term == seen.term &&
                         left_.successor == seen.successor && left_.address == seen.address;
    if (is_left || !lock.unsure.empty()) return;
    left_ = seen;
    return leave(now);
  }
  left_ = {};
  // By promises it may serve for longer than by its last renewal.
  const auto until = core::serves_until(around_.seen, around_.settings, now);
  if (!until) return;
  const core::duration fence = around_.settings.lock_fence;
  leave(std::min(*until, now + fence) - fence);
}

// The boot clock's nanoseconds of the renewal, the run that may serve, then the lock.
void lock_keeper::leave(core::instant renewed_at) {
  const core::memory& m = around_.seen;
  const std::string run = core::is_being_promoted(m) && m.server ? m.server->run_id : "";
  const auto noted = io::replace_file(path_,
                                      std::to_string(renewed_at.time_since_epoch().count()) + "\n" +
                                          run + "\n" + wire::render_lease(*m.lock.seen),
                                      0600);
  if (noted) return;
  io::write_log({core::log_level::warning,
                 "an agent that restarts will not know until when its pod may serve",
                 {{"detail", noted.error().text}}});
}

void lock_keeper::forget() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
  left_ = {};
}

void lock_keeper::recall() {
  constexpr std::size_t bytes_max = std::size_t{1} << 20;
  const auto left = io::read_file(path_, bytes_max);
  if (!left) return;
  std::string_view text = *left;
  const auto since_boot = core::parse_number(core::take_line(text));
  std::string run(core::take_line(text));
  auto seen = wire::parse_lease(text);
  if (!since_boot || !seen) return;
  const core::instant renewed_at{core::duration(*since_boot)};
  if (renewed_at > io::now()) return;  // of another boot
  around_.tell(core::lock_recalled{std::move(*seen), renewed_at, std::move(run)});
}

asio::awaitable<void> lock_keeper::keep_lock() {
  while (true) {
    auto request = core::choose_request(around_.seen, around_.settings, io::now());
    if (request) {
      co_await send(std::move(*request));
    } else {
      const bool is_in_a_hurry = core::waits_in_a_hurry(around_.seen, io::now());
      co_await sleep(lock_timer_, is_in_a_hurry ? turn_in_a_hurry : turn);
    }
  }
}

asio::awaitable<void> lock_keeper::send(core::lock_request request) {
  if (request.writes()) {
    request.wanted.renewed_at = stamp();
    if (request.purpose == core::lock_purpose::take) {
      request.wanted.acquired_at = request.wanted.renewed_at;
    }
    // By a write that may be carried out after this agent's end the next one knows nothing.
    const bool moves_it =
        request.purpose == core::lock_purpose::take || request.purpose == core::lock_purpose::give;
    if (moves_it) forget();
  }
  wire::api_request bytes =
      request.writes() ? wire::write_lease(lease_, request.wanted) : wire::read_lease(lease_);
  around_.tell(core::lock_asked{std::move(request)});
  const wire::api_answer answer = co_await for_lock_.ask(std::move(bytes));
  if (answer.trouble) {
    around_.tell(core::lock_failed{*answer.trouble, answer.text,
                                   answer.retry_after.value_or(core::duration{})});
    co_return;
  }
  auto seen = wire::parse_lease(answer.object);
  if (seen) {
    if (!seen->unreadable.empty()) {
      io::write_log({core::log_level::warning,
                     "somebody has edited the lock: an annotation is not what an agent writes",
                     {{"lease", lease_.name}, {"annotation", seen->unreadable}}});
    }
    around_.tell(core::lock_answered{std::move(*seen), answer.certificate_until});
    note_lock();
  } else {
    around_.tell(core::lock_failed{core::lock_trouble::malformed,
                                   "the Lease " + lease_.name + " " + seen.error().text});
  }
}

asio::awaitable<void> lock_keeper::keep_route() {
  asio::steady_timer timer(around_.context);
  while (true) {
    if (core::is_to_be_routed(around_.seen, around_.settings, io::now())) co_await move_route();
    const auto& lock = around_.seen.lock;
    const bool is_calm =
        !lock.holds() || lock.routed_term == lock.seen->term || !lock.route_trouble.empty();
    const core::duration pause = is_calm && lock.holds() ? route_interval : route_interval_when_new;
    co_await sleep(timer, pause);
  }
}

// What the lock said when it was decided to move it is what is written: who has lost it meanwhile
// meets the term of who has it now.
asio::awaitable<void> lock_keeper::move_route() {
  const core::lease held = *around_.seen.lock.seen;
  const auto fail = [&](const std::string& why, std::int64_t found_term = -1) {
    around_.tell(
        core::route_known{held.term, "the Service " + service_.name + ": " + why, found_term});
  };
  const wire::api_answer read = co_await for_route_.ask(wire::read_service(service_));
  if (read.trouble) co_return fail(read.text);
  const auto route = wire::parse_service(read.object);
  if (!route) co_return fail(route.error().text);
  if (route->term > held.term) {
    co_return fail("it leads to the holder of a later term", route->term);
  }
  if (route->leads_to(around_.seen.pod) && route->term == held.term) {
    co_return around_.tell(core::route_known{held.term});
  }
  if (!core::is_to_be_routed(around_.seen, around_.settings, io::now())) co_return;
  const wire::route_target to{around_.seen.pod, held.holder, held.term};
  const wire::api_answer moved = co_await for_route_.ask(wire::move_service(service_, *route, to));
  if (moved.trouble) co_return fail(moved.text);
  around_.tell(core::route_known{held.term});
}

asio::awaitable<void> lock_keeper::ask_for_promises() {
  asio::steady_timer timer(around_.context);
  while (true) {
    if (core::needs_promises(around_.seen, around_.settings, io::now())) {
      for (const std::string& name : core::who_may_take(around_.seen.lock)) {
        const auto pod = around_.seen.pods.find(name);
        if (pod == around_.seen.pods.end()) continue;
        asio::co_spawn(around_.context, ask_member(name, pod->second.report.server_address),
                       io::rethrow);
      }
    }
    co_await sleep(timer, around_.settings.lock_renewal / 2);
  }
}

asio::awaitable<void> lock_keeper::ask_member(std::string pod, std::string address) {
  const core::instant asked_at = io::now();
  const core::lease held = *around_.seen.lock.seen;
  io::http_peer agent = around_.agents.to(pod, address);
  const bool is_turned_away = around_.seen.lock.trouble == core::lock_trouble::unauthorized;
  const auto answer = co_await io::http_get(std::move(agent), promise_target(held, is_turned_away),
                                            around_.settings.lock_renewal);
  const bool is_promised = answer && answer->status == http_ok;
  const auto& lock = around_.seen.lock;
  if (is_promised && lock.holds() && lock.seen->term == held.term) {
    around_.tell(core::promise_heard{std::move(pod), asked_at});
    note_lock();
  }
}

asio::awaitable<void> lock_keeper::tell_next() {
  constexpr core::duration patience = std::chrono::milliseconds(200);
  asio::steady_timer timer(around_.context);
  while (true) {
    const std::string next = core::find_next_to_tell(around_.seen);
    const auto pod = around_.seen.pods.find(next);
    if (pod != around_.seen.pods.end()) {
      const std::int64_t term = around_.seen.lock.seen->term;
      io::http_peer agent = around_.agents.to(next, pod->second.report.server_address);
      const auto answer = co_await io::http_get(
          std::move(agent), "/lock/next?term=" + std::to_string(term), patience);
      if (answer && answer->status == http_ok) around_.tell(core::next_heard{next, term});
      const bool ends = answer && answer->body.starts_with(core::next_ends);
      if (ends) around_.tell(core::next_heard{next, term, true});
    }
    co_await sleep(timer, turn);
  }
}

}  // namespace redis_agent::command
