#include "command/check.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <filesystem>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

#include "command/agent_doors.hpp"
#include "command/exit_code.hpp"
#include "command/init.hpp"
#include "command/volume.hpp"
#include "core/configuration/identity.hpp"
#include "core/reporting/check_report.hpp"
#include "core/reporting/web_access.hpp"
#include "io/atomic_file.hpp"
#include "io/bcrypt.hpp"
#include "io/clock.hpp"
#include "io/dns_resolver.hpp"
#include "io/kubernetes_client.hpp"
#include "io/rethrow.hpp"
#include "io/service_account.hpp"
#include "wire/lease_json.hpp"
#include "wire/service_json.hpp"

namespace redis_agent::command {
namespace {

namespace asio = boost::asio;
using core::check_kind;
using core::check_line;
using namespace std::chrono_literals;

using check_lines = std::vector<check_line>;

constexpr core::duration dns_timeout = 1s;
constexpr core::duration pause = 250ms;

void check_settings(const core::settings& s, check_lines& lines) {
  const rehearsal rehearsed = rehearse_init(s);
  const bool is_settings = rehearsed.exit_code == exit_settings;
  for (const std::string& complaint : rehearsed.complaints) {
    lines.push_back({is_settings ? check_kind::wrong : check_kind::missing, "init", complaint});
  }
  for (const std::string& warning : rehearsed.warnings) {
    lines.push_back({check_kind::notable, "init", warning});
  }
  if (rehearsed.complaints.empty()) lines.push_back({check_kind::fine, "init", rehearsed.role});
}

// Whether a file can be made in that folder; it is taken away again. "" if it can.
std::string try_to_write(const std::string& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    return folder + " is no folder here: expected a volume";
  }
  const std::string path = folder + "/redis-agent.check";
  const auto written = io::replace_file(path, "", 0600);
  if (!written) return written.error().text;
  std::filesystem::remove(path, error);
  return {};
}

std::string own_user() {
  return "user " + std::to_string(geteuid()) + ", group " + std::to_string(getegid());
}

void check_volume(const core::settings& s, check_lines& lines) {
  constexpr const char* subject = "volume";
  constexpr const char* remedy =
      ": expected Redis's user for the agent too (runAsUser), and fsGroup";
  if (const std::string trouble = try_to_write(s.data_dir); !trouble.empty()) {
    lines.push_back({check_kind::missing, subject,
                     "--data-dir: " + trouble + " (as " + own_user() + ")" + remedy});
    return;
  }
  const core::event found = volume(s.data_dir).check("dump.rdb");
  if (const auto* unreadable = std::get_if<core::volume_unreadable>(&found)) {
    lines.push_back({check_kind::missing, subject, unreadable->why});
    return;
  }
  const auto& seen = std::get<core::volume_checked>(found);
  if (!seen.rdb_trouble.empty()) {
    lines.push_back({check_kind::missing, subject, seen.rdb_trouble + " (as " + own_user() + ")"});
    return;
  }
  lines.push_back({check_kind::fine, subject,
                   s.data_dir + " takes the agent's file, as " + own_user() +
                       (seen.rdb ? ", and has an RDB" : "") +
                       (seen.remembered ? ", and the memory of an agent" : "")});
}

// Beside Redis the file is there, and its folder is mounted for reading.
void check_output(const core::settings& s, check_lines& lines) {
  constexpr const char* subject = "output";
  std::error_code error;
  if (access(s.output.c_str(), R_OK) == 0) {
    lines.push_back({check_kind::fine, subject, s.output + " has been written"});
    return;
  }
  const std::string trouble = try_to_write(std::filesystem::path(s.output).parent_path().string());
  if (trouble.empty()) {
    lines.push_back({check_kind::fine, subject, s.output + " can be written"});
  } else {
    lines.push_back({check_kind::missing, subject, "--output: " + trouble});
  }
}

// By the passwords' own hashes: what this agent shows has to be what others take.
bool is_own_login_taken(const io::web_terms& terms) {
  const auto login = core::read_authorization(terms.authorization);
  if (!login) return false;
  const auto known = terms.config.users.find(login->user);
  return known != terms.config.users.end() && io::is_password_of(known->second, login->password);
}

void check_pages(const core::settings& s, check_lines& lines) {
  constexpr const char* subject = "pages";
  agent_doors doors(s);
  if (const std::string trouble = doors.read(); !trouble.empty()) {
    lines.push_back({check_kind::wrong, subject, trouble});
    return;
  }
  const core::web_config& config = doors.terms().config;
  if (!config.users.empty() && !is_own_login_taken(doors.terms())) {
    lines.push_back({check_kind::wrong, subject,
                     "--web-login-file=" + s.web_login_file +
                         ": is none of basic_auth_users; expected the name and the password of "
                         "one, as other agents are to take it"});
    return;
  }
  lines.push_back({check_kind::fine, subject,
                   s.web_config_file + " can be used: " + (config.is_encrypted() ? "" : "no ") +
                       "TLS, " + std::to_string(config.users.size()) + " users"});
}

asio::awaitable<core::listing_facts> ask_for_pods(io::dns_resolver& resolver,
                                                  const core::settings& s) {
  core::listing_facts facts{s.headless_service, s.pod_name};
  auto answer = co_await resolver.resolve_service(s.headless_service);
  if (answer) {
    facts.answer = std::move(*answer);
  } else {
    facts.trouble = answer.error().text;
    facts.why = co_await resolver.explain_absence(s.headless_service);
  }
  co_return facts;
}

// A pod that has just been made is listed some seconds later, and a name that was asked for too
// early may count as absent for half a minute.
asio::awaitable<void> check_dns(asio::io_context& context, const core::settings& s,
                                check_lines& lines) {
  io::dns_resolver resolver(context, dns_timeout);
  asio::steady_timer timer(context);
  const core::instant deadline = io::now() + s.check_wait;
  core::listing_facts facts = co_await ask_for_pods(resolver, s);
  while (!core::lists_pod(facts) && io::now() < deadline) {
    timer.expires_after(pause);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    facts = co_await ask_for_pods(resolver, s);
  }
  lines.push_back(core::judge_listing(facts));
  if (s.failover == core::failover_mode::lease) co_return;
  const auto found = co_await resolver.resolve_addresses(s.primary.host);
  lines.push_back(core::judge_primary(s.primary.host, found));
}

// What the API server would say to that write, which has no effect. Only a refusal of the right
// counts: an object that is not fit to be written is none.
asio::awaitable<void> check_write(io::kubernetes_client& api, wire::api_request request,
                                  check_line line, check_lines& lines) {
  request.path += "?dryRun=All";
  const wire::api_answer answer = co_await api.ask(std::move(request));
  if (answer.trouble == core::lock_trouble::forbidden) {
    line.kind = check_kind::missing;
    line.text = answer.text;
  }
  lines.push_back(std::move(line));
}

asio::awaitable<void> check_lease(io::kubernetes_client& api, const wire::api_name& which,
                                  check_lines& lines) {
  constexpr const char* subject = "rights";
  const wire::api_answer read = co_await api.ask(wire::read_lease(which));
  if (read.trouble) {
    lines.push_back({check_kind::missing, subject, "the Lease " + which.name + ": " + read.text});
    co_return;
  }
  const auto held = wire::parse_lease(read.object);
  if (!held) {
    lines.push_back(
        {check_kind::missing, subject, "the Lease " + which.name + " " + held.error().text});
    co_return;
  }
  check_line line{check_kind::fine, subject,
                  "the Lease " + which.name + " can be read and written"};
  co_await check_write(api, wire::write_lease(which, *held), std::move(line), lines);
}

asio::awaitable<void> check_service(io::kubernetes_client& api, const wire::api_name& which,
                                    check_lines& lines) {
  constexpr const char* subject = "rights";
  const wire::api_answer read = co_await api.ask(wire::read_service(which));
  if (read.trouble) {
    lines.push_back({check_kind::missing, subject, "the Service " + which.name + ": " + read.text});
    co_return;
  }
  const auto route = wire::parse_service(read.object);
  if (!route) {
    lines.push_back(
        {check_kind::missing, subject, "the Service " + which.name + " " + route.error().text});
    co_return;
  }
  check_line line{check_kind::fine, subject, "the Service " + which.name + " can be moved"};
  const wire::route_target nowhere{};
  co_await check_write(api, wire::move_service(which, *route, nowhere), std::move(line), lines);
}

asio::awaitable<void> check_rights(asio::io_context& context, const core::settings& s,
                                   check_lines& lines) {
  const auto in_namespace = io::read_namespace(s.api_folder);
  const auto place = core::parse_endpoint(s.api_server, 443);
  if (!in_namespace || !place) {
    const std::string trouble = in_namespace ? place.error().text : in_namespace.error().text;
    lines.push_back({check_kind::missing, "rights", "--api-folder, --api-server: " + trouble});
    co_return;
  }
  io::kubernetes_client api(context, {place->host, place->port, s.api_folder});
  const wire::api_name lease{*in_namespace, s.lease};
  co_await check_lease(api, lease, lines);
  if (s.write_service.empty()) co_return;
  const wire::api_name service{*in_namespace, s.write_service};
  co_await check_service(api, service, lines);
}

asio::awaitable<void> check_all(asio::io_context& context, const core::settings& s,
                                check_lines& lines) {
  check_settings(s, lines);
  check_output(s, lines);
  check_volume(s, lines);
  if (!s.web_config_file.empty()) check_pages(s, lines);
  if (s.headless_service.empty()) {
    lines.push_back({check_kind::notable, "DNS",
                     "--headless-service is not set, and --primary is an IP address: nobody lists "
                     "the pods"});
  } else {
    co_await check_dns(context, s, lines);
  }
  if (s.failover == core::failover_mode::lease) co_await check_rights(context, s, lines);
}

}  // namespace

int run_check(const core::settings& s) {
  asio::io_context context(1);
  check_lines lines;
  asio::co_spawn(context, check_all(context, s, lines), io::rethrow);
  context.run();
  std::fputs(core::render_check(lines).c_str(), stdout);
  switch (core::worst_of(lines)) {
    case check_kind::fine:
    case check_kind::notable: return exit_ok;
    case check_kind::missing: return exit_world;
    case check_kind::wrong: break;
  }
  return exit_settings;
}

}  // namespace redis_agent::command
