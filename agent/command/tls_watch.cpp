#include "command/tls_watch.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdlib>
#include <sys/stat.h>
#include <utility>

#include "command/agent_report.hpp"
#include "command/redis_doors.hpp"
#include "core/configuration/identity.hpp"
#include "core/configuration/tls_change.hpp"
#include "core/configuration/tls_places.hpp"
#include "core/orders/certificate_peers.hpp"
#include "core/readiness/way_change.hpp"
#include "core/reporting/plain_tcp.hpp"
#include "io/ask_aside.hpp"
#include "io/atomic_file.hpp"
#include "io/clock.hpp"
#include "io/run_again.hpp"
#include "wire/side_questions.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;

constexpr std::size_t word_bytes_max = 64;
constexpr std::size_t conf_bytes_max = std::size_t{1} << 20;
constexpr core::duration look_interval = std::chrono::seconds(2);
constexpr core::duration writing_interval = std::chrono::milliseconds(20);
constexpr core::duration writing_patience = std::chrono::seconds(1);
constexpr core::duration try_timeout = std::chrono::seconds(1);

std::string renew_conf(const core::settings& s) {
  const auto text = io::read_file(s.output, conf_bytes_max);
  if (!text) return text.error().text;
  const auto renewed = core::renew_way(*text, s);
  if (!renewed) return {};
  struct stat status {};
  if (stat(s.output.c_str(), &status) != 0) return s.output + ": is gone";
  const auto written = io::replace_file(s.output, *renewed, status.st_mode & 0777U);
  return written ? std::string() : written.error().text;
}

}  // namespace

core::result<core::tls_mode> read_tls_file(const std::string& path) {
  const auto text = io::read_file(path, word_bytes_max);
  if (!text) return core::failure{"--tls-file: " + text.error().text};
  const auto mode = core::read_tls_mode(*text);
  if (!mode) return core::failure{"--tls-file=" + path + ": " + mode.error().text};
  return *mode;
}

std::optional<core::tls_mode> read_way_in_force(const std::string& redis_conf) {
  const auto text = io::read_file(redis_conf, conf_bytes_max);
  return text ? core::way_in(*text) : std::nullopt;
}

tls_watch::tls_watch(surroundings around)
    : around_(std::move(around)), worker_(around_.context), said_(around_.settings.tls) {}

asio::awaitable<void> tls_watch::run() {
  asio::steady_timer pause(around_.context);
  while (!around_.settings.tls_file.empty()) {
    if (!worker_.is_busy()) {
      worker_.run([path = around_.settings.tls_file] { return read_tls_file(path); },
                  [this](const core::result<core::tls_mode>& found) { said_ = found; });
    }
    co_await look(said_);
    pause.expires_after(look_interval);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

// Looked at twice: what the questions found out took its time.
asio::awaitable<void> tls_watch::look(core::result<core::tls_mode> said) {
  co_await align_port();
  if (!said) {
    hold("", said.error().text);
    co_return;
  }
  const core::tls_mode now = around_.settings.tls;
  if (*said == now) {
    held_.clear();
    trouble_.clear();
    co_return;
  }
  const core::tls_mode next = core::next_way(now, *said);
  std::string why = co_await find_obstacle(next);
  if (why.empty()) {
    aligned_run_.clear();  // whatever becomes of the step, the next look sees to the port
    why = co_await set_plain_port(core::plain_port(core::with_tls(around_.settings, next)));
  }
  if (why.empty()) why = co_await await_writing();
  if (why.empty()) why = core::why_the_way_stays(around_.seen, around_.settings, io::now());
  if (why.empty()) {
    begin_anew(next);
  } else {
    hold(std::string(core::to_text(*said)), why);
  }
}

// Other loops look as often as this one, and would be met at work each time.
asio::awaitable<std::string> tls_watch::await_writing() {
  asio::steady_timer pause(around_.context);
  const core::instant late = io::now() + writing_patience;
  while (around_.is_busy() && io::now() < late) {
    pause.expires_after(writing_interval);
    co_await pause.async_wait(asio::use_awaitable);
  }
  co_return around_.is_busy() ? std::string("a file is being written") : std::string();
}

// Whatever became of the last step: the redis.conf says how far it has come.
asio::awaitable<void> tls_watch::align_port() {
  const core::memory& seen = around_.seen;
  const bool answers = seen.redis.condition == core::link_condition::up && seen.server;
  if (!answers || seen.server->run_id == aligned_run_) co_return;
  const std::string run = seen.server->run_id;
  const std::string trouble = co_await set_plain_port(core::plain_port(around_.settings));
  if (trouble.empty()) aligned_run_ = run;
}

asio::awaitable<std::string> tls_watch::find_obstacle(core::tls_mode next) {
  const auto stays = [this] {
    return core::why_the_way_stays(around_.seen, around_.settings, io::now());
  };
  std::string why = stays();
  // A running agent keeps what it has; one that begins with that ends.
  if (why.empty()) why = around_.read_web_trouble();
  const bool closes = next == core::tls_mode::only;
  const bool opens = around_.settings.tls == core::tls_mode::only;
  if (why.empty() && closes) {
    why = co_await ask_agents();
  } else if (why.empty() && !opens) {
    why = co_await ask_servers(next);
  }
  if (why.empty()) why = co_await await_writing();
  if (why.empty()) why = stays();
  co_return why;
}

// "" if each answers by that way, whatever it answers.
asio::awaitable<std::string> tls_watch::ask_servers(core::tls_mode mode) {
  const core::settings next = core::with_tls(around_.settings, mode);
  redis_doors doors(next);
  const std::string unread = doors.read();
  if (!unread.empty()) co_return unread;
  const std::vector<wire::command> question(1, wire::command{"PING"});
  const std::vector<core::certificate_peer> peers = core::link_peers(around_.seen, next);
  for (const core::certificate_peer& peer : peers) {
    // Where it has not been reached by the present way yet, DNS tells.
    std::vector<std::string> addresses(1, peer.address);
    const auto found = co_await around_.resolver.resolve_addresses(peer.host);
    if (found) addresses = found->addresses;
    io::redis_place place{"", core::replication_port(next), doors.client(),
                          doors.names_of(peer.host)};
    io::aside heard;
    for (const std::string& address : addresses) {
      place.place = address;
      if (heard.replies.empty() && !address.empty())
        heard = co_await io::ask_aside(place, question, try_timeout);
    }
    if (!heard.replies.empty()) continue;
    const std::string what = heard.trouble.empty() ? "no answer" : heard.trouble;
    co_return std::string(core::first_label(peer.host)) + " is not reached at its port " +
        std::to_string(place.port) + " (" + what + ")";
  }
  co_return std::string();
}

// "" if nobody who has a link with this pod's server comes by plain TCP.
asio::awaitable<std::string> tls_watch::ask_agents() {
  const core::settings& s = around_.settings;
  const std::vector<core::certificate_peer> peers = core::link_peers(around_.seen, s);
  for (const core::certificate_peer& peer : peers) {
    const std::string pod(core::first_label(peer.host));
    const auto found = co_await around_.resolver.resolve_addresses(peer.host);
    if (!found) co_return pod + " is not found: " + found.error().text;
    agent_places agent{around_.agents, pod, found->addresses};
    const auto told = co_await ask_agent(std::move(agent), try_timeout);
    if (!told) co_return "the agent of " + pod + " does not answer: " + told.error().text;
    if (told->pod != pod) co_return "the agent of " + told->pod + " answers for " + pod;
    std::string why = core::why_it_needs_plain_tcp(*told, s);
    if (!why.empty()) co_return why;
  }
  co_return std::string();
}

// "" if the own server has it.
asio::awaitable<std::string> tls_watch::set_plain_port(std::uint16_t port) {
  const auto login = around_.read_login();
  if (!login) co_return login.error().text;
  const io::redis_place redis = own_redis(around_.settings);
  const std::vector<wire::command> asked = wire::questions_about_plain_port(*login);
  const io::aside heard = co_await io::ask_aside(redis, asked, try_timeout);
  if (wire::read_plain_port(heard.replies) == std::to_string(port)) co_return std::string();
  const std::vector<wire::command> order = wire::orders_of_plain_port(*login, port);
  const io::aside done = co_await io::ask_aside(redis, order, try_timeout);
  const std::string why = wire::judge_plain_port(*login, done.replies);
  if (why.empty()) co_return why;
  co_return "Redis refuses CONFIG SET port " + std::to_string(port) + " (" + why +
      "): this pod goes that way when it is made anew";
}

// Said once.
void tls_watch::hold(const std::string& said, const std::string& why) {
  if (std::exchange(held_, said + why) == said + why) return;
  const std::string wanted = said.empty() ? std::string() : ", not " + said;
  trouble_ = "links stay as --tls=" + std::string(core::to_text(around_.settings.tls)) +
             " has them" + wanted + ": " + why;
  core::log_line line{core::log_level::warning, "the way of replication stays as it is", {}};
  if (!said.empty()) line.fields.emplace_back("wanted", said);
  line.fields.emplace_back("because", why);
  around_.tell(line);
}

// The redis.conf first: the next agent reads there how far this one has come.
void tls_watch::begin_anew(core::tls_mode mode) {
  const std::string unwritten = renew_conf(core::with_tls(around_.settings, mode));
  if (!unwritten.empty()) return hold(std::string(core::to_text(mode)), unwritten);
  around_.tell({core::log_level::info,
                "redis-agent begins anew: replicas and agents go another way",
                {{"from", std::string(core::to_text(around_.settings.tls))},
                 {"to", std::string(core::to_text(mode))}}});
  // As it was given to this process, which has taken it out (password.cpp).
  const std::string name(core::password_variable);
  const auto login = around_.read_login();
  const bool is_of_environment =
      around_.settings.password_file.empty() && login && !login->password.empty();
  if (is_of_environment) setenv(name.c_str(), std::string(login->password.reveal()).c_str(), 1);
  const std::string trouble = io::run_again();
  if (is_of_environment) unsetenv(name.c_str());
  renew_conf(around_.settings);
  hold(std::string(core::to_text(mode)), trouble);
}

}  // namespace redis_agent::command
