#include "command/init.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "command/certificate_install.hpp"
#include "command/exit_code.hpp"
#include "command/password.hpp"
#include "core/configuration/access.hpp"
#include "core/configuration/cgroup.hpp"
#include "core/configuration/identity.hpp"
#include "core/configuration/judgement.hpp"
#include "core/configuration/redis_conf.hpp"
#include "io/atomic_file.hpp"
#include "io/glob_pattern.hpp"
#include "io/logging.hpp"

namespace redis_agent::command {
namespace {

constexpr std::size_t user_config_bytes_max = std::size_t{1} << 20;  // a ConfigMap's limit
constexpr std::size_t cgroup_bytes_max = std::size_t{64} * 1024;

// More would make /status large, which other pods read.
constexpr std::size_t kept_warnings_max = 20;

// Complaints and the exit code that they add up to: what is wrong with the settings weighs more.
struct findings {
  bool is_rehearsal = false;  // nothing is printed or logged
  int exit_code = exit_ok;
  std::vector<std::string> complaints;
  std::vector<std::string> warnings;

  void add(int code, const std::string& text) {
    exit_code = std::max(exit_code, code);
    complaints.push_back(text);
    if (!is_rehearsal) std::fprintf(stderr, "redis-agent init: %s\n", text.c_str());
  }

  std::vector<std::string> warnings_to_keep() const {
    if (warnings.size() <= kept_warnings_max) return warnings;
    std::vector<std::string> kept(warnings.begin(), warnings.begin() + kept_warnings_max);
    kept.push_back(std::to_string(warnings.size() - kept_warnings_max) +
                   " more are in the log of init");
    return kept;
  }

  void warn(std::string text) {
    warnings.push_back(std::move(text));
    if (is_rehearsal) return;
    io::write_log({core::log_level::warning, "init warns", {{"detail", warnings.back()}}});
  }

  void add_all(const std::vector<core::conf_finding>& found) {
    for (const core::conf_finding& each : found) {
      if (each.is_refused) {
        add(exit_settings, core::to_text(each));
      } else {
        warn(core::to_text(each));
      }
    }
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

std::vector<core::user_line> read_user_config(const core::settings& s, findings& found) {
  if (s.user_config.empty()) return {};
  const core::config_files files = {
      [](const std::string& path) { return io::read_file(path, user_config_bytes_max); },
      io::expand_pattern};
  // The official images start Redis in their data folder.
  auto config =
      core::read_user_config({s.user_config, s.output, s.data_dir, s.redis_version}, files);
  if (!config) {
    found.add(exit_world, "--user-config: " + config.error().text);
    return {};
  }
  found.add_all(config->findings);
  return std::move(config->lines);
}

// Of another user than the agent's own.
core::result<core::secret> read_other_password(const std::string& flag, const std::string& path,
                                               findings& found) {
  if (path.empty()) return core::secret();
  auto bytes = io::read_file(path, password_bytes_max);
  if (!bytes) {
    found.add(exit_world, flag + ": " + bytes.error().text);
    return core::secret();
  }
  return core::accept_password(std::move(*bytes), flag + "=" + path);
}

// What the sidecar of this pod, or the one before it, has on the volume: their clients follow.
// Redis starts without what is broken beside the password itself.
std::vector<std::string> read_also_accepted(const core::settings& s, password_source& source,
                                            const core::secret& password, findings& found) {
  const core::passwords_read files = source.read_all();
  if (!files.trouble.empty()) found.warn(files.trouble + ": init goes on without it");
  const std::string in_use = core::know(password).hash;
  std::vector<std::string> hashes;
  const auto add = [&](const std::string& hash) {
    const bool is_new = !hash.empty() && hash != in_use && !core::contains(hashes, hash);
    if (is_new) hashes.push_back(hash);
  };
  if (files.also) add(files.also->hash);
  const auto text =
      io::read_file(s.data_dir + "/" + core::password_record_file, user_config_bytes_max);
  const auto record = text ? core::parse_password_record(*text)
                           : core::result<core::password_record>(core::password_record{});
  if (!record) return hashes;
  add(record->use);
  add(record->also);
  for (const auto& other : record->others) {
    if (!other.is_released) add(other.hash);
  }
  return hashes;
}

void warn_of_leftovers(const std::string& source, const core::secret& password, findings& found) {
  const std::string leftovers = core::describe_leftovers(password);
  if (leftovers.empty()) return;
  found.add_all(
      {{.file = source, .why = "the password " + leftovers + ", which is taken for a part of it"}});
}

// The user's lines change the plan, and complain.
void judge(const std::vector<core::user_line>& lines, core::redis_conf_plan& plan,
           findings& found) {
  std::optional<core::result<std::string>> acl_file;
  if (const std::string path = core::acl_file_of(lines, plan); !path.empty()) {
    acl_file = io::read_file(path, user_config_bytes_max);
  }
  const core::access_judgement access = core::judge_access(lines, acl_file, plan);
  plan.access = access.choice;
  plan.tls.keeps_strangers = core::last_of(lines, "tls-auth-clients") != nullptr;
  found.add_all(access.findings);
  found.add_all(core::judge_directives(lines, plan));
}

// A good older set spares Redis a crash loop that a broken Secret would make.
void prepare_certificates(const core::settings& s, findings& found) {
  if (s.tls == core::tls_mode::off || s.dry_run) return;
  const certificate_look seen = install_from_secret(s);
  const auto fault = seen.installed ? core::find_fault(*seen.installed, seen.now)
                                    : core::certificate_fault::unreadable;
  const std::string named = "--tls-folder=" + s.tls_folder;
  const bool starts = fault == core::certificate_fault::none || core::is_about_dates(fault);
  if (!starts) {
    found.add(exit_world, named + ": " +
                              (seen.trouble.empty() ? core::describe_fault(*seen.installed, fault)
                                                    : seen.trouble));
    return;
  }
  if (!seen.trouble.empty()) {
    found.add_all({{.file = named, .why = seen.trouble + "; what was there before is used"}});
  } else if (fault != core::certificate_fault::none) {
    found.add_all({{.file = named, .why = core::describe_fault(*seen.installed, fault)}});
  }
}

std::string describe_role(const core::settings& s, const core::redis_conf_plan& plan) {
  const bool is_primary = plan.own_role == core::role::primary;
  return plan.pod + (is_primary ? " is the primary at " : " is a replica of ") +
         core::to_text(plan.primary) + " (from " + s.pod_name_source + ")";
}

// nullopt where something is missing without which there is none.
std::optional<core::redis_conf_plan> make_plan(const core::settings& s, findings& found) {
  password_source source(s);
  auto password = source.read();
  if (!password) {
    found.add(source.failed_to_read() ? exit_world : exit_settings, password.error().text);
  }
  auto default_password =
      read_other_password("--default-password-file", s.default_password_file, found);
  if (!default_password) found.add(exit_settings, default_password.error().text);
  auto peer_password = read_other_password("--peer-password-file", s.peer_password_file, found);
  if (!peer_password) found.add(exit_settings, peer_password.error().text);
  const std::vector<core::user_line> lines = read_user_config(s, found);
  const auto maxmemory = choose_maxmemory(s, found);
  if (!password || !default_password || !peer_password) return std::nullopt;

  warn_of_leftovers(source.name(), *password, found);
  warn_of_leftovers("--default-password-file", *default_password, found);
  warn_of_leftovers("--peer-password-file", *peer_password, found);
  core::redis_conf_plan plan = core::plan_redis_conf(s, std::move(*password), maxmemory);
  plan.default_password = std::move(*default_password);
  plan.peer_password = std::move(*peer_password);
  if (s.password_rotation) {
    plan.also_accepted = read_also_accepted(s, source, plan.password, found);
  }
  judge(lines, plan, found);
  return plan;
}

}  // namespace

rehearsal rehearse_init(const core::settings& s) {
  findings found;
  found.is_rehearsal = true;
  const auto plan = make_plan(s, found);
  return {found.exit_code, std::move(found.complaints), std::move(found.warnings),
          plan ? describe_role(s, *plan) : std::string()};
}

int run_init(const core::settings& s) {
  io::configure_logging(s.log_format, s.log_level, s.pod_name);
  findings found;
  auto plan = make_plan(s, found);
  if (plan) prepare_certificates(s, found);
  if (!plan || found.exit_code != exit_ok) return found.exit_code;

  plan->warnings = found.warnings_to_keep();
  if (s.dry_run) {
    std::fputs(core::render(*plan, core::secrets_are::replaced).c_str(), stdout);
    return exit_ok;
  }
  const auto written = io::replace_file(s.output, core::render(*plan), s.output_mode);
  if (!written) {
    found.add(exit_world, "--output: " + written.error().text);
    return found.exit_code;
  }
  std::printf("%s; wrote %s\n", describe_role(s, *plan).c_str(), s.output.c_str());
  return exit_ok;
}

}  // namespace redis_agent::command
