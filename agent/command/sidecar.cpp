#include "command/sidecar.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "command/agent_doors.hpp"
#include "command/agent_login.hpp"
#include "command/certificate_watch.hpp"
#include "command/command_line.hpp"
#include "command/config_watch.hpp"
#include "command/exit_code.hpp"
#include "command/init_warnings.hpp"
#include "command/listening.hpp"
#include "command/lock_keeper.hpp"
#include "command/lost_keeper.hpp"
#include "command/pod_links.hpp"
#include "command/prestop_hook.hpp"
#include "command/primary_watch.hpp"
#include "command/redis_doors.hpp"
#include "command/rotation_watch.hpp"
#include "command/scrape_watch.hpp"
#include "command/second_look.hpp"
#include "command/service_watch.hpp"
#include "command/siblings.hpp"
#include "command/tls_watch.hpp"
#include "command/topology_watch.hpp"
#include "command/volume_worker.hpp"
#include "command/web_watch.hpp"
#include "core/configuration/tls_places.hpp"
#include "core/failover/decision.hpp"
#include "core/failover/hand_over.hpp"
#include "core/failover/lock.hpp"
#include "core/memory/memory.hpp"
#include "core/orders/remedy.hpp"
#include "core/reporting/journal.hpp"
#include "core/safety/ending.hpp"
#include "core/safety/gate.hpp"
#include "core/safety/remembering.hpp"
#include "io/anchor_server.hpp"
#include "io/clock.hpp"
#include "io/dns_resolver.hpp"
#include "io/http_server.hpp"
#include "io/logging.hpp"
#include "io/own_addresses.hpp"
#include "io/redis_link.hpp"
#include "io/rethrow.hpp"
#include "wire/routes.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// How often the loop looks at the clock by itself: what changes by time alone (a primary out of
// contact, data that becomes too old) is noticed and logged within this.
constexpr core::duration turn_interval = 250ms;

// CoreDNS answers in a millisecond; a server that needs longer than this is asked again.
constexpr core::duration dns_timeout = 2s;

// Between two tries to connect while nobody listens: who looks late at a replica that follows a
// name finds it wiped.
constexpr core::duration while_redis_starts = 10ms;

class sidecar {
 public:
  sidecar(asio::io_context& context, const core::settings& s)
      : context_(context),
        settings_(s),
        doors_(s),
        login_(s, memory_),
        agents_(s),
        memory_(core::begin_memory(s, io::now())),
        logged_(core::view(memory_, settings_, io::now())),
        last_turn_(io::now()),
        volume_(context, s.data_dir,
                {teller(), [this](const core::person_decided& word) { hear_person(word); }}),
        resolver_(context, dns_timeout),
        redis_(context, {core::peer::redis}, pace(), callbacks()),
        scrapes_(context, s, memory_, redis_),
        primary_({context, resolver_, dns_timeout, s, agents_, memory_, pace(),
                  login_.elsewhere(callbacks())}),
        pods_({context, resolver_, s, agents_, login_.elsewhere(callbacks())}),
        topology_({context, resolver_, s, agents_, memory_}),
        second_look_(context, s, memory_, {callbacks(), login_.elsewhere(callbacks())}),
        lost_(context, s, memory_, callbacks()),
        certificates_({context, s, memory_, doors_, teller()}),
        config_(context, s.output, teller()),
        rotation_(context, s, memory_, callbacks()),
        tls_({context, s, memory_, resolver_, agents_, logger(), [this] { return login_.first(); },
              [this] { return is_busy_beside(); },
              [this] { return web_ ? web_->state().trouble : std::string(); }}),
        anchor_(context,
                {.admits = [this](const std::string& address) { return may_be_held(address); },
                 .read_tls = [this] { return doors_.server(); },
                 .takes_plain = s.tls != core::tls_mode::only}),
        web_(web_watch::make({context, s, agents_, logger()})),
        server_(
            context, [this](const core::http_request& r) { return wire::answer(r, look()); }, {},
            [this](core::http_request r) { return hear_request(std::move(r)); }),
        hook_({context, s, memory_, teller(), logger(), [this] { redis_.hurry(); },
               [this] { return next_change(); }}),
        changed_(context, asio::steady_timer::time_point::max()) {}

  // Before anything is served. "" or what is wrong with a setting's files.
  std::string prepare() { return web_ ? web_->begin() : std::string(); }

  opened listen() {
    if (web_) server_.secure([this] { return agents_.terms().server; });
    auto listening = name_setting("--listen", server_.listen(settings_.listen));
    if (!listening) return listening;
    if (const auto hooked = hook_.listen(); !hooked) return hooked;
    if (memory_.lock.is_used()) {
      auto keeper = lock_keeper::make({context_, settings_, agents_, memory_, teller()});
      if (!keeper) return keeper.error();
      keeper_ = std::move(*keeper);
    }
    if (!may_be_primary() || settings_.gate == core::gate_choice::direct) return listening;
    const core::endpoint any{"", settings_.anchor_port};
    const auto anchored = name_setting("--anchor-port", anchor_.listen({any}));
    return anchored ? listening : anchored;
  }

  // Where Redis is told to end at the same time, its end is seen first.
  asio::awaitable<void> end() {
    while (core::end_is_awaited(memory_, settings_, io::now())) co_await next_change();
    co_await await_volume();
    const auto kept = core::choose_last_memory(memory_);
    if (kept && !volume_.is_busy()) volume_.write(*kept);
    co_await await_volume();
  }

  // A thread that hangs in the kernel, or waits for Redis, cannot be waited for.
  bool is_busy_beside() const {
    return volume_.is_busy() || lost_.is_busy() || rotation_.is_busy() || certificates_.is_busy();
  }

  void start() {
    memory_.fresh_cluster_id = new_cluster_id();
    memory_.init_warnings = tell_init_warnings(settings_);
    take(core::own_addresses_known{io::own_addresses()});
    if (settings_.password_rotation) rotation_.begin();
    act();
    certificates_.begin();
    const io::redis_place own = own_redis(settings_);
    redis_.aim_at({own.place}, own.port);
    run(redis_.run());
    run(second_look_.run());
    run(turn());
    run(tls_.run());
    if (web_) run(web_->run());
    if (settings_.password_rotation) run(rotation_.run());
    if (!settings_.headless_service.empty())
      run(watch_service(
          {context_, resolver_, settings_.headless_service, teller(), [this] { ask_pods(); }}));
    if (keeper_) {
      keeper_->recall();
      run(keeper_->keep_lock());
      run(keeper_->keep_route());
      run(keeper_->ask_for_promises());
      run(keeper_->tell_next());
      run(lost_.run());
    }
    if (may_be_primary() && settings_.gate != core::gate_choice::direct) run(config_.run());
    if (memory_.derived == core::role::replica)
      run(hear_siblings({context_, resolver_, settings_, agents_, memory_, teller()}));
    primary_.start();
  }

 private:
  // By its name, or as soon as the lock says so.
  bool may_be_primary() const {
    return memory_.derived == core::role::primary || memory_.lock.is_used();
  }

  // Another pod's server; or this pod's own, whose lost writes are read meanwhile.
  bool may_be_held(const std::string& address) const {
    const bool is_own = memory_.lock.is_used() && address == core::own_anchor(settings_).host;
    const bool is_secured = settings_.tls == core::tls_mode::off || doors_.server();
    return is_secured && (is_own || pods_.knows(address));
  }

  void run(asio::awaitable<void> work) { asio::co_spawn(context_, std::move(work), io::rethrow); }

  io::redis_link::rhythm pace() const {
    return {settings_.poll_interval, settings_.detail_interval, settings_.redis_timeout,
            while_redis_starts};
  }

  std::function<void(const core::event&)> teller() {
    return [this](const auto& e) { take(e); };
  }

  std::function<void(const core::log_line&)> logger() {
    return [this](const core::log_line& line) { tell(line); };
  }

  io::redis_link::callbacks callbacks() {
    return {[this] { return login_.first(); },
            teller(),
            [this](const core::order& order) {
              return core::is_still_wanted(order, memory_, settings_, io::now());
            },
            [this] { return doors_.client(); },
            [this](const std::string& host) { return doors_.names_of(host); },
            [this] { return login_.others(); },
            core::replicates_by_tls(settings_)};
  }

  void take(const core::event& happened) {
    const bool primary_answered = memory_.primary.condition == core::link_condition::up;
    core::observe(memory_, happened, io::now());
    primary_.keep_pace();
    // When the primary is gone the replica's own link is, too: the rope must not learn that late.
    if (primary_answered && memory_.primary.condition != core::link_condition::up) redis_.hurry();
    if (core::may_wait_for_a_turn(happened, memory_, settings_, io::now())) return;
    log_changes();
    act();
    if (keeper_) keeper_->hurry();
    second_look_.hear(happened);
    scrapes_.hear(happened);
    changed_.cancel();
  }

  asio::awaitable<void> next_change() {
    co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
  }

  // Not for ever: the kubelet waits.
  asio::awaitable<void> await_volume() {
    const core::instant late = io::now() + 3s;
    while (volume_.is_busy() && io::now() < late) co_await next_change();
  }

  // Answered from memory, once what it asks for has been done.
  asio::awaitable<std::optional<core::http_answer>> hear_request(core::http_request request) {
    if (web_) {
      auto refused = co_await web_->refuse(request);
      if (refused) co_return refused;
    }
    if (wire::is_look_at_all(request)) topology_.look();
    if (const auto asked = wire::read_promise_question(request)) {
      const std::string why =
          core::refuse_promise(memory_, asked->holder, asked->term, asked->is_turned_away);
      if (why.empty()) take(core::promise_given{});
    }
    if (wire::is_scrape(request)) co_await scrapes_.refresh();
    const bool knows_a_lock = memory_.lock.is_used() && memory_.lock.seen;
    if (knows_a_lock && wire::asks_for_a_look(request)) take(core::look_wanted{});
    co_return std::nullopt;
  }

  void hear_person(const core::person_decided& word) {
    auto weighed = core::weigh_decision(memory_, settings_, io::now(), word);
    tell({core::log_level::warning,
          "a person has decided",
          {{"answer", weighed.answer},
           {"before", core::describe_decision(memory_, settings_, io::now())}}});
    take(weighed);
  }

  void tell(const core::log_line& line) {
    io::write_log(line);
    past_.note(line, io::now());
  }

  void act() {
    const core::instant now = io::now();
    if (core::is_to_be_read(memory_, now)) {
      return memory_.volume_is_read ? volume_.check(memory_.rdb_name)
                                    : volume_.read(memory_.rdb_name);
    }
    if (const auto outcome = core::outcome_of_move(memory_, now))
      return take(core::move_ended{*outcome});
    if (const auto kept = core::choose_memory(memory_, settings_, now);
        kept && core::is_to_be_written(memory_, *kept, now))
      return volume_.write(*kept);
    for (const core::order& order : core::choose(memory_, settings_, now)) give(order);
    redis_.set_detail_interval(core::detail_interval(memory_, settings_, now));
    redis_.set_poll_interval(core::local_poll_interval(memory_, settings_, now));
    pods_.set_interval(core::pod_poll_interval(memory_, settings_, now));
  }

  void give(const core::order& order) {
    io::redis_link& link = order.who == core::peer::redis ? redis_ : primary_.link();
    const bool is_given = order.who == core::peer::pod ? pods_.give(order) : link.give(order);
    if (!is_given || core::is_refused(memory_, order)) return;
    tell({core::log_level::info,
          "gives an order",
          {{"to", order.server()}, {"order", core::describe(order)}, {"because", order.why}}});
  }

  void log_changes() {
    core::journal_view seen = core::view(memory_, settings_, io::now());
    for (const auto& line : core::describe_changes(logged_, seen, settings_)) tell(line);
    logged_ = std::move(seen);
  }

  wire::snapshot look() {
    const core::web_state* const web = web_ ? &web_->state() : nullptr;
    return {memory_,       settings_,           io::now(), last_turn_,
            agent_version, &scrapes_.process(), &counted_, &scrapes_.page(),
            &past_,        &topology_.rows(),   web,       tls_.trouble()};
  }

  asio::awaitable<void> turn() {
    asio::steady_timer timer(context_);
    while (true) {
      last_turn_ = io::now();
      core::observe(memory_, core::turned{}, last_turn_);
      counted_.note(memory_, settings_, last_turn_);
      past_.note(core::lag_now(memory_, last_turn_), last_turn_);
      volume_.look_for_decision();
      log_changes();
      io::tell_what_was_left_out();
      act();
      changed_.cancel();
      timer.expires_after(turn_interval);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }

  void ask_pods() {
    if (may_be_primary()) pods_.set_pods(core::pods_to_ask(memory_, settings_.headless_service));
  }

  asio::io_context& context_;
  const core::settings& settings_;
  redis_doors doors_;
  agent_login login_;
  agent_doors agents_;
  core::memory memory_;
  core::journal_view logged_;
  core::instant last_turn_;
  core::tally counted_;
  volume_worker volume_;
  std::unique_ptr<lock_keeper> keeper_;  // where a lock says who is the primary
  io::dns_resolver resolver_;
  io::redis_link redis_;
  scrape_watch scrapes_;
  primary_watch primary_;
  pod_links pods_;
  topology_watch topology_;
  core::recent_past past_;
  second_look second_look_;
  lost_keeper lost_;
  certificate_watch certificates_;
  config_watch config_;
  rotation_watch rotation_;
  tls_watch tls_;
  io::anchor_server anchor_;
  std::unique_ptr<web_watch> web_;  // where a file says who sees the pages
  io::http_server server_;
  prestop_hook hook_;
  asio::steady_timer changed_;  // is cancelled when the memory or the time has changed
};

}  // namespace

int run_sidecar(const core::settings& s) {
  io::configure_logging(s.log_format, s.log_level, s.pod_name);
  io::limit_log();
  asio::io_context context(1);
  sidecar beside(context, s);
  const auto complain = [](const std::string& text, int code) {
    std::fprintf(stderr, "redis-agent sidecar: %s\n", text.c_str());
    return code;
  };
  const std::string unprepared = beside.prepare();
  if (!unprepared.empty()) return complain(unprepared, exit_settings);
  const auto listening = beside.listen();
  if (!listening) return complain(listening.error().text, exit_world);
  io::write_log(started(s, *listening));
  beside.start();
  asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code&, int number) {
    io::write_log({core::log_level::info,
                   "redis-agent sidecar ends",
                   {{"signal", number == SIGINT ? "SIGINT" : "SIGTERM"}}});
    asio::co_spawn(context, beside.end(), [&](const std::exception_ptr& failed) {
      io::rethrow(failed);
      context.stop();
    });
  });
  context.run();
  if (beside.is_busy_beside()) std::_Exit(exit_ok);
  return exit_ok;
}

}  // namespace redis_agent::command
