#include "command/init.hpp"

#include <cstdio>
#include <optional>
#include <string>

#include "command/exit_code.hpp"
#include "command/password.hpp"
#include "core/base/units.hpp"
#include "core/configuration/cgroup.hpp"
#include "core/configuration/identity.hpp"
#include "core/configuration/redis_conf.hpp"
#include "io/atomic_file.hpp"
#include "io/logging.hpp"

namespace redis_agent::command {
namespace {

constexpr std::size_t user_config_bytes_max = std::size_t{1} << 20;  // a ConfigMap's limit
constexpr std::size_t cgroup_bytes_max = std::size_t{64} * 1024;

// Complaints and the exit code that they add up to: what is wrong with the settings weighs more.
struct findings {
  int exit_code = exit_ok;

  void add(int code, const std::string& text) {
    exit_code = std::max(exit_code, code);
    std::fprintf(stderr, "redis-agent init: %s\n", text.c_str());
  }
};

std::optional<std::uint64_t> read_memory_limit(const core::settings& s) {
  if (s.memory_limit > 0) return s.memory_limit;
  std::vector<std::string> texts;
  const auto own = io::read_file("/proc/self/cgroup", cgroup_bytes_max);
  for (const std::string& file : core::memory_limit_files(own ? *own : std::string())) {
    if (auto text = io::read_file(file, cgroup_bytes_max)) texts.push_back(std::move(*text));
  }
  return core::tightest_memory_limit(texts);
}

std::optional<std::uint64_t> choose_maxmemory(const core::settings& s, findings& found) {
  if (s.maxmemory_percent == 0) return std::nullopt;
  const auto limit = read_memory_limit(s);
  if (!limit) {
    found.add(exit_settings, "--maxmemory-percent=" + std::to_string(s.maxmemory_percent) +
                                 ": this container has no memory limit; expected one, or "
                                 "--memory-limit");
    return std::nullopt;
  }
  return core::maxmemory_of(*limit, s.maxmemory_percent);
}

std::string read_user_config(const core::settings& s, core::role own_role, findings& found) {
  if (s.user_config.empty()) return {};
  auto text = io::read_file(s.user_config, user_config_bytes_max);
  if (!text) {
    found.add(exit_world, "--user-config: " + text.error().text);
    return {};
  }
  const auto replicaof = core::find_replicaof(*text);
  if (own_role == core::role::primary && replicaof) {
    found.add(exit_settings, "--user-config=" + s.user_config + ": line " +
                                 std::to_string(replicaof->line) + " says " + replicaof->name +
                                 ", but " + s.pod_name +
                                 " is the primary; expected a file without it");
  }
  return std::move(*text);
}

void log_overridden(const core::settings& s, std::string_view user_text,
                    const core::redis_conf_plan& plan) {
  for (const core::directive& overridden : core::overridden_directives(user_text, plan)) {
    io::write_log({core::log_level::warning,
                   "a directive of the user's file is overridden by the agent's",
                   {{"directive", overridden.name},
                    {"file", s.user_config},
                    {"line", std::to_string(overridden.line)}}});
  }
}

std::string describe_role(const core::settings& s, const core::redis_conf_plan& plan) {
  const bool is_primary = plan.own_role == core::role::primary;
  return plan.pod + (is_primary ? " is the primary at " : " is a replica of ") +
         core::to_text(plan.primary) + " (from " + s.pod_name_source + ")";
}

}  // namespace

int run_init(const core::settings& s) {
  io::configure_logging(s.log_format, s.log_level, s.pod_name);
  findings found;
  password_source source(s);
  auto password = source.read();
  if (!password) {
    found.add(source.failed_to_read() ? exit_world : exit_settings, password.error().text);
  }
  const core::role own_role = core::derive_role(s.pod_name, s.primary);
  const std::string user_text = read_user_config(s, own_role, found);
  const auto maxmemory = choose_maxmemory(s, found);
  if (found.exit_code != exit_ok) return found.exit_code;

  const core::redis_conf_plan plan = core::plan_redis_conf(s, std::move(*password), maxmemory);
  log_overridden(s, user_text, plan);
  if (s.dry_run) {
    std::fputs(core::render(plan, core::secrets_are::replaced).c_str(), stdout);
    return exit_ok;
  }
  const auto written = io::replace_file(s.output, core::render(plan), s.output_mode);
  if (!written) {
    found.add(exit_world, "--output: " + written.error().text);
    return found.exit_code;
  }
  std::printf("%s; wrote %s\n", describe_role(s, plan).c_str(), s.output.c_str());
  return exit_ok;
}

}  // namespace redis_agent::command
