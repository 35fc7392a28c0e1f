#include "command/command_line.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <unistd.h>

#include "command/exit_code.hpp"
#include "command/tls_watch.hpp"
#include "core/configuration/tls_change.hpp"

namespace redis_agent::command {

const char* const agent_version = REDIS_AGENT_VERSION;

namespace {

using core::given_value;
using core::setting;
using core::subcommand;

struct subcommand_text {
  subcommand command;
  const char* name;
  const char* description;
};

constexpr std::array subcommands = {
    subcommand_text{subcommand::init, "init",
                    "Derives this pod's role from its name, writes its redis.conf and exits."},
    subcommand_text{subcommand::sidecar, "sidecar",
                    "Watches Redis and its replication; answers kubelet probes and Prometheus."},
    subcommand_text{subcommand::status, "status",
                    "Shows every pod that DNS lists: role, link, lag, readiness and reason."},
    subcommand_text{
        subcommand::resolve, "resolve",
        "Ends a hold: says whose data is kept where each pod has what the other lacks."},
    subcommand_text{subcommand::switchover, "switchover",
                    "Moves the primary from this pod to another one, without losing a write."},
    subcommand_text{
        subcommand::check, "check",
        "Says whether this pod has what the agent needs: DNS, volume, redis.conf, rights."},
};

constexpr std::size_t help_column = 30;
constexpr std::size_t help_width = 68;

std::string wrap(const std::string& text) {
  std::string wrapped;
  std::size_t width = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (width > 0 && width + 1 + word.size() > help_width) {
      wrapped += '\n';
      width = 0;
    } else if (width > 0) {
      wrapped += ' ';
      ++width;
    }
    wrapped += word;
    width += word.size();
    begin = end + 1;
  }
  return wrapped;
}

std::string help_of(const setting& s) {
  std::string text = wrap(std::string(s.help));
  text += "\n[" + s.variable();
  if (!s.is_switch() && !s.fallback.empty()) text += ", default " + std::string(s.fallback);
  return text + "]";
}

CLI::Option* add_setting(CLI::App& app, const setting& s) {
  const std::string help = help_of(s);
  CLI::Option* option =
      s.is_switch() ? app.add_flag(s.flag(), help) : app.add_option(s.flag(), help);
  option->option_text(s.is_switch() ? " " : std::string(s.form));
  return option;
}

// Arguments that no setting knows. A value is not repeated: it may be a password.
std::vector<std::string> complain_about(const std::vector<std::string>& strangers) {
  std::vector<std::string> complaints;
  for (const std::string& stranger : strangers) {
    const std::string name = stranger.substr(0, stranger.find('='));
    if (name == "--password") {
      complaints.emplace_back(
          "--password: a password in argv can be read by every process of the machine; expected "
          "--password-file or the variable REDIS_AGENT_PASSWORD");
    } else if (name.size() > 1 && name.front() == '-') {
      complaints.push_back(name + ": no such flag; --help lists those that there are");
    } else {
      complaints.emplace_back("an argument without a flag; --help lists the flags");
    }
  }
  return complaints;
}

// Where Kubernetes says that its API server is (concepts/services-networking/service, "Environment
// variables"). The agent's own setting wins.
void add_api_server(std::vector<given_value>& given) {
  const char* const host = std::getenv("KUBERNETES_SERVICE_HOST");
  const char* const port = std::getenv("KUBERNETES_SERVICE_PORT");
  if (host == nullptr || port == nullptr) return;
  const bool is_ipv6 = std::string_view(host).find(':') != std::string_view::npos;
  std::string address = is_ipv6 ? "[" + std::string(host) + "]" : std::string(host);
  address += ":" + std::string(port);
  given.insert(given.begin(), {"api-server", std::move(address), "KUBERNETES_SERVICE_HOST"});
}

std::vector<given_value> read_environment(std::vector<std::string>& names) {
  std::vector<given_value> given;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string name(text.substr(0, equals));
    names.push_back(name);
    // Kubernetes manifests know these from the downward API; the agent's own variables win.
    const std::string value(text.substr(equals + 1));
    if (name == "POD_NAME") given.insert(given.begin(), {"pod-name", value, name});
    if (name == "POD_UID") given.insert(given.begin(), {"pod-uid", value, name});
    for (const setting& s : core::all_settings()) {
      if (s.variable() == name) {
        given.push_back({std::string(s.name), value, name});
      }
    }
  }
  add_api_server(given);
  return given;
}

// What the file says takes the place of --tls; beside a server the way that is in force does.
core::parsed_settings parse(subcommand command, std::vector<given_value>& given,
                            const std::string& hostname) {
  auto parsed = core::parse_settings(command, given, hostname);
  const bool is_init = command == subcommand::init;
  const bool is_used = is_init || command == subcommand::sidecar || command == subcommand::check;
  const core::settings& s = parsed.values;
  if (!is_used || s.tls_file.empty()) return parsed;
  std::optional<core::tls_mode> way;
  if (!is_init) way = read_way_in_force(s.output);
  if (!way) {
    const auto said = read_tls_file(s.tls_file);
    if (!said) parsed.complaints.push_back(said.error().text);
    if (!said) return parsed;
    way = *said;
  }
  given.push_back({"tls", std::string(core::to_text(*way)), "--tls-file=" + s.tls_file});
  return core::parse_settings(command, given, hostname);
}

std::string read_hostname() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

int print_complaints(const char* command, const std::vector<std::string>& complaints) {
  for (const std::string& complaint : complaints) {
    std::fprintf(stderr, "redis-agent %s: %s\n", command, complaint.c_str());
  }
  return exit_settings;
}

}  // namespace

parsed_command_line parse_command_line(int argc, const char* const* argv) {
  CLI::App app(
      "Runs beside Redis in every pod of a StatefulSet: writes its configuration, watches "
      "its\nreplication, answers probes and Prometheus.",
      "redis-agent");
  app.set_version_flag("--version", std::string("redis-agent ") + agent_version);
  app.require_subcommand(1);
  app.get_formatter()->column_width(help_column);
  std::map<const CLI::App*, std::vector<std::pair<const setting*, CLI::Option*>>> options;
  for (const subcommand_text& text : subcommands) {
    CLI::App* const sub = app.add_subcommand(text.name, text.description);
    sub->allow_extras();
    for (const setting& s : core::all_settings()) {
      if (s.belongs_to(text.command)) options[sub].emplace_back(&s, add_setting(*sub, s));
    }
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help, --version
    return {std::nullopt, app.exit(e)};
  } catch (const CLI::ParseError& e) {
    app.exit(e);
    return {std::nullopt, exit_settings};
  }

  const CLI::App* const chosen = app.get_subcommands().front();
  subcommand command{};
  for (const subcommand_text& text : subcommands) {
    if (chosen->get_name() == text.name) command = text.command;
  }
  std::vector<std::string> variables;
  std::vector<given_value> given = read_environment(variables);
  for (const auto& [known, option] : options[chosen]) {
    if (option->count() == 0) continue;
    given.push_back({std::string(known->name), option->results().back(), known->flag()});
  }
  auto parsed = parse(command, given, read_hostname());
  for (const std::string& name : core::unknown_variables(variables)) {
    std::fprintf(stderr, "redis-agent %s: warning: the variable %s names no setting\n",
                 chosen->get_name().c_str(), name.c_str());
  }
  std::vector<std::string> complaints = complain_about(chosen->remaining());
  complaints.insert(complaints.end(), parsed.complaints.begin(), parsed.complaints.end());
  if (!complaints.empty()) {
    return {std::nullopt, print_complaints(chosen->get_name().c_str(), complaints)};
  }
  return {command_line{command, std::move(parsed.values)}, exit_ok};
}

}  // namespace redis_agent::command
