#include "command/web_watch.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "wire/routes.hpp"

namespace redis_agent::command {
namespace {

constexpr core::duration look_interval = std::chrono::seconds(2);

}  // namespace

struct web_watch::look {
  std::optional<io::web_terms> fresh;  // nullopt: they are those that are known
  std::string trouble;                 // why what is there is of no use
};

web_watch::web_watch(surroundings around)
    : around_(std::move(around)), checks_(around_.context), worker_(around_.context) {}

std::unique_ptr<web_watch> web_watch::make(surroundings around) {
  if (around.settings.web_config_file.empty()) return nullptr;
  return std::make_unique<web_watch>(std::move(around));
}

std::string web_watch::begin() {
  const std::string trouble = around_.doors.read();
  state_.certificate_until = around_.doors.terms().certificate_until;
  return trouble;
}

boost::asio::awaitable<void> web_watch::run() {
  boost::asio::steady_timer pause(around_.context);
  while (true) {
    pause.expires_after(look_interval);
    co_await pause.async_wait(boost::asio::use_awaitable);
    if (worker_.is_busy()) continue;
    worker_.run([s = &around_.settings,
                 known = around_.doors.terms().digest] { return look_at(*s, known); },
                [this](const look& found) { take(found); });
  }
}

web_watch::look web_watch::look_at(const core::settings& s, const std::string& known) {
  const auto files = io::read_web_files(s);
  if (!files) return {std::nullopt, files.error().text};
  if (files->digest == known) return {};
  auto made = io::make_web_terms(*files);
  if (!made) return {std::nullopt, made.error().text};
  return {std::move(*made), {}};
}

void web_watch::take(const look& found) {
  const bool is_lasting = found.trouble == std::exchange(seen_trouble_, found.trouble);
  if (found.trouble.empty() || is_lasting) {
    const std::string before = std::exchange(state_.trouble, found.trouble);
    if (!found.trouble.empty() && before != found.trouble) {
      around_.tell({core::log_level::warning,
                    "the web configuration is not taken, the one before stays",
                    {{"why", found.trouble}}});
    }
  }
  if (!found.fresh) return;
  around_.doors.take(*found.fresh);
  state_.certificate_until = found.fresh->certificate_until;
  around_.tell({core::log_level::info, "the web configuration has changed", {}});
}

boost::asio::awaitable<std::optional<core::http_answer>> web_watch::refuse(
    core::http_request request) {
  if (wire::is_for_all(request)) co_return std::nullopt;
  const core::web_config& config = around_.doors.terms().config;
  auto refused = core::refuse_access(config, request);
  if (refused || config.users.empty()) co_return refused;
  const auto login = core::read_authorization(request.authorization);
  const auto said = co_await checks_.check(config, *login);
  if (said == io::password_checks::answer::right) co_return std::nullopt;
  const bool is_busy = said == io::password_checks::answer::busy;
  co_return is_busy ? core::refuse_for_a_while() : core::refuse_login();
}

}  // namespace redis_agent::command
