#include "command/rotation_watch.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/stat.h>
#include <utility>

#include "core/configuration/conf_passwords.hpp"
#include "io/ask_aside.hpp"
#include "io/atomic_file.hpp"
#include "io/clock.hpp"
#include "wire/login.hpp"
#include "wire/password_answers.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr core::duration turn = 100ms;
constexpr core::duration look_interval = 1s;
constexpr core::duration try_timeout = 1s;
constexpr std::size_t conf_bytes_max = std::size_t{1} << 20;
constexpr unsigned record_mode = 0600;

// "" if it was done, or there was nothing to do.
std::string renew(const std::string& path, const core::passwords_in_file& to_be) {
  const auto text = io::read_file(path, conf_bytes_max);
  if (!text) return text.error().text;
  const auto renewed = core::renew_passwords(*text, to_be);
  if (!renewed) return {};
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return path + ": is gone";
  const auto written = io::replace_file(path, *renewed, status.st_mode & 0777U);
  return written ? std::string() : written.error().text;
}

core::passwords_recalled recall_from(const std::string& record, const std::string& conf) {
  core::passwords_recalled recalled;
  if (const auto text = io::read_file(record, conf_bytes_max)) {
    if (auto parsed = core::parse_password_record(*text)) recalled.record = std::move(*parsed);
  }
  if (const auto text = io::read_file(conf, conf_bytes_max)) {
    std::vector<core::secret> found = core::passwords_in(*text);
    for (core::secret& one : found) {
      recalled.in_clear.push_back(core::know(std::move(one)));
    }
  }
  return recalled;
}

}  // namespace

rotation_watch::rotation_watch(asio::io_context& context, const core::settings& s,
                               const core::memory& seen, io::redis_link::callbacks callbacks)
    : context_(context),
      settings_(s),
      seen_(seen),
      call_(std::move(callbacks)),
      source_(s),
      record_path_(s.data_dir + "/" + core::password_record_file),
      worker_(context) {}

void rotation_watch::begin() {
  tell_files(source_.read_all());
  recall();
}

// The old password in clear, if the file changed while no agent was here.
void rotation_watch::recall() {
  worker_.run(
      [record = record_path_, conf = settings_.output] { return recall_from(record, conf); },
      [this](const core::passwords_recalled& recalled) {
        call_.tell(recalled);
        record_.written = recalled.record;
      });
}

void rotation_watch::tell_files(core::passwords_read found) {
  trouble_of_files_ = found.trouble;
  if (found.use.empty()) {
    found.use = told_.use;
    found.also = told_.also;
  }
  found.trouble.clear();
  for (const std::string& one : {trouble_of_files_, trouble_of_conf_, trouble_of_record_}) {
    if (!one.empty()) found.trouble += (found.trouble.empty() ? "" : "; ") + one;
  }
  const bool is_news =
      found.use != told_.use || found.also != told_.also || found.trouble != told_.trouble;
  told_ = found;
  if (is_news) call_.tell(told_);
}

void rotation_watch::look_at_files() {
  worker_.run([this] { return source_.read_all(); },
              [this](const core::passwords_read& found) { tell_files(found); });
}

void rotation_watch::keep_redis_conf(const core::passwords_in_file& to_be) {
  in_conf_ = to_be;
  worker_.run([path = settings_.output, to_be] { return renew(path, to_be); },
              [this](const std::string& trouble) {
                trouble_of_conf_ =
                    trouble.empty() ? trouble : "a restart of Redis alone goes back: " + trouble;
              });
}

void rotation_watch::keep_record() {
  const core::password_record record = core::record_of(seen_.passwords);
  worker_.run(
      [path = record_path_, record] {
        const auto written = io::replace_file(path, core::render(record), record_mode);
        return written ? std::string() : written.error().text;
      },
      [this, record](const std::string& trouble) {
        trouble_of_record_ = trouble;
        core::take_outcome(record_, record, trouble.empty(), io::now());
      });
}

void rotation_watch::release() {
  const core::instant now = io::now();
  for (const std::string& hash :
       core::to_be_released(core::assess_rotation(seen_, settings_, now), now)) {
    call_.tell(core::password_released{hash});
  }
}

asio::awaitable<void> rotation_watch::try_primary() {
  const auto primary = core::primary_to_be_tried(seen_, settings_);
  if (!primary) co_return;
  tried_at_ = io::now();
  const io::redis_place server{primary->host, primary->port, call_.read_tls(),
                               call_.names_of(core::host_of_primary(seen_, settings_))};
  if (call_.needs_tls && !server.tls) co_return;
  core::primary_passwords_tried tried;
  const std::vector<core::known_password> logins = core::logins_of(seen_.passwords);
  for (const core::known_password& login : logins) {
    const wire::login as{settings_.username, login.clear, {}};
    const std::vector<wire::command> question(1, wire::auth_command(as));
    const io::aside heard = co_await io::ask_aside(server, question, try_timeout);
    if (heard.replies.empty()) co_return;
    const auto taken = wire::is_taken(heard.replies.front());
    if (!taken) co_return;
    if (*taken) tried.taken.push_back(login.hash);
    if (*taken) break;
  }
  call_.tell(tried);
}

asio::awaitable<void> rotation_watch::run() {
  asio::steady_timer timer(context_);
  while (true) {
    const core::instant now = io::now();
    const core::password_memory& seen = seen_.passwords;
    const bool is_due = now - looked_at_ >= look_interval;
    if (!worker_.is_busy() && seen.is_recalled) {
      const auto to_be = core::choose_for_file(core::assess_rotation(seen_, settings_, now));
      if (is_due) look_at_files();
      if (is_due) looked_at_ = now;
      const bool is_known = seen.own && seen.own->accepted && !seen.own->takes_any;
      if (is_known && (is_due || in_conf_ != to_be)) keep_redis_conf(to_be);
      if (core::is_to_be_written(record_, core::record_of(seen), now)) keep_record();
    }
    release();
    if (now - tried_at_ >= look_interval) co_await try_primary();
    timer.expires_after(turn);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace redis_agent::command
