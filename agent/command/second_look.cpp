#include "command/second_look.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "command/redis_doors.hpp"
#include "core/configuration/tls_places.hpp"
#include "io/ask_aside.hpp"
#include "io/clock.hpp"
#include "wire/side_questions.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;

// A connection costs a server 30 microseconds.
constexpr core::duration look_interval = std::chrono::seconds(2);

constexpr core::duration look_timeout = std::chrono::seconds(1);

}  // namespace

second_look::second_look(asio::io_context& context, const core::settings& s,
                         const core::memory& seen, ways there_are)
    : settings_(s),
      seen_(seen),
      call_(std::move(there_are.here)),
      read_login_elsewhere_(std::move(there_are.elsewhere.read_login)),
      pause_(context) {}

asio::awaitable<void> second_look::run() {
  while (true) {
    if (seen_.redis.condition == core::link_condition::up) {
      co_await look_for_an_open_door();
      co_await look_at_own_link();
      co_await look_from_outside();
    }
    pause_.expires_after(look_interval);
    (void)co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

void second_look::hear(const core::event& happened) {
  // A connection that is made anew: Redis has restarted, or its users have been loaded. An order:
  // the gate may be open.
  const auto* const anew = std::get_if<core::connected>(&happened);
  const auto* const ordered = std::get_if<core::ordered>(&happened);
  if (anew != nullptr && anew->who == core::peer::redis) is_due_ = true;
  if (ordered != nullptr && ordered->who == core::peer::redis) is_due_ = true;
  const auto* const told = std::get_if<core::reported>(&happened);
  if (is_due_ && told != nullptr && told->who == core::peer::redis) {
    is_due_ = false;
    pause_.cancel();
  }
}

asio::awaitable<void> second_look::look_for_an_open_door() {
  const auto login = call_.read_login();
  if (!login || login->password.empty()) co_return;
  const io::redis_place redis = own_redis(settings_);
  const std::vector<wire::command> questions(1, wire::question_without_login());
  const io::aside heard = co_await io::ask_aside(redis, questions, look_timeout);
  const auto is_open = wire::lets_everybody_in(heard.replies);
  if (is_open) call_.tell(core::door_tried{*is_open});
}

asio::awaitable<void> second_look::look_at_own_link() {
  const auto in_doubt = core::own_link_in_doubt(seen_, io::now());
  if (!in_doubt) co_return;
  const core::endpoint primary = *in_doubt;
  const auto login = call_.read_login();
  if (!login) co_return;
  const io::redis_place redis = own_redis(settings_);
  const io::aside configured =
      co_await io::ask_aside(redis, wire::questions_about_own_login(*login), look_timeout);
  const auto own = wire::read_own_login(configured.replies);
  if (!own) co_return;
  const bool speaks_tls = core::replicates_by_tls(settings_);
  std::string trouble;
  if (own->uses_tls && !speaks_tls) {
    trouble = "tls-replication is yes, and the primary's port " + std::to_string(primary.port) +
              " speaks no TLS";
  } else if (speaks_tls && !own->uses_tls) {
    trouble = "tls-replication is no, and the primary's port " + std::to_string(primary.port) +
              " speaks TLS";
  } else if (speaks_tls && !call_.read_tls()) {
    co_return;
  } else {
    // As Redis does it, but that no password goes to a server of another name.
    const io::redis_place there{primary.host, primary.port, call_.read_tls(),
                                call_.names_of(core::host_at(primary.host, seen_, settings_))};
    const io::aside tried =
        co_await io::ask_aside(there, wire::questions_of_a_replica(*own), look_timeout);
    trouble = tried.trouble;
    if (trouble.empty()) trouble = wire::judge_own_login(*own, tried.replies);
    const auto login_there = read_login_elsewhere_();
    if (trouble.empty() && login_there) {
      const io::aside rights = co_await io::ask_aside(
          there, wire::questions_about_rights(*login_there, *own), look_timeout);
      trouble = wire::judge_rights(*own, rights.replies);
    }
  }
  if (core::own_link_in_doubt(seen_, io::now()) == primary)
    call_.tell(core::own_link_tried{trouble});
}

asio::awaitable<void> second_look::look_from_outside() {
  if (seen_.bind || seen_.derived != core::role::primary) co_return;
  const std::vector<std::string> addresses = seen_.own_addresses;
  const std::vector<wire::command> nothing;
  bool is_reached = false;
  for (const std::string& address : addresses) {
    if (is_reached) break;
    const std::uint16_t plain = core::plain_port(settings_);
    const io::redis_place outside{address, plain != 0 ? plain : core::port_of_tls(settings_)};
    const io::aside heard = co_await io::ask_aside(outside, nothing, look_timeout);
    is_reached = heard.is_connected;
  }
  if (!seen_.bind && !addresses.empty()) call_.tell(core::reach_tried{is_reached});
}

}  // namespace redis_agent::command
