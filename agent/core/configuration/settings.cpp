#include "core/configuration/settings.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/units.hpp"
#include "core/configuration/identity.hpp"
#include "core/configuration/settings_words.hpp"
#include "core/configuration/tls_places.hpp"

namespace redis_agent::core {
namespace {

const setting* find_setting(std::string_view name) {
  const auto all = all_settings();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const setting& s) { return s.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string quote_value(std::string_view value) {
  return value.empty() ? std::string("an empty value") : "\"" + std::string(value) + "\"";
}

// Without "..", "." and doubled slashes. Asks no file system, so that a link is not followed.
std::string normal_path(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().string();
}

bool is_within(const std::string& some_path, const std::string& some_folder) {
  const std::string path = normal_path(some_path);
  const std::string normal_folder = normal_path(some_folder);
  std::string_view folder = normal_folder;
  while (folder.size() > 1 && folder.back() == '/') folder.remove_suffix(1);
  return path.compare(0, folder.size(), folder) == 0 &&
         (path.size() == folder.size() || path[folder.size()] == '/' || folder == "/");
}

// The pod's name, the Service and the port that only the other settings tell.
void derive(parsed_settings& parsed, const given_value* pod_name, std::string_view hostname) {
  settings& s = parsed.values;
  // What the file says later must not be refused for the port that was right before.
  const bool follows_the_way =
      !s.tls_file.empty() && (s.primary.port == s.redis_port || s.primary.port == s.tls_port);
  if (s.primary.port == 0 || follows_the_way) s.primary.port = replication_port(s);
  if (s.pod_name.empty()) {
    s.pod_name = first_label(hostname);
    s.pod_name_source = "the hostname";
  } else if (pod_name != nullptr) {
    s.pod_name_source = pod_name->source;
  }
  if (s.headless_service.empty() && !is_ip_literal(s.primary.host)) {
    s.headless_service = parent_domain(s.primary.host);
  }
}

// Only what takes a role has to be a StatefulSet's pod: status asks from anywhere.
void check_pod_name(const settings& s, std::vector<std::string>& complaints) {
  if (const auto name = parse_pod_name(s.pod_name); !name) {
    complaints.push_back(s.pod_name_source + ": got " + quote_value(s.pod_name) +
                         " as the pod's name, " + name.error().text);
  }
}

std::string given_tls(const settings& s) {
  const auto given =
      std::ranges::find(tls_words, s.tls, [](const auto& word) { return word.second; });
  return "--tls=" + std::string(given->first);
}

// Replicas and agents go by one of the two ports, and the primary is at that one.
void check_ports_of_tls(const settings& s, std::vector<std::string>& complaints) {
  if (s.tls_port == s.redis_port) {
    complaints.push_back("--tls-port=" + std::to_string(s.tls_port) +
                         ": is --redis-port too; expected two ports, or --tls=only");
    return;
  }
  const bool is_by_tls = replicates_by_tls(s);
  if (s.primary.port != (is_by_tls ? s.redis_port : s.tls_port)) return;
  complaints.push_back("--primary=" + to_text(s.primary) +
                       (is_by_tls ? ": speaks no TLS" : ": speaks TLS") + " with " + given_tls(s) +
                       ", and replicas go by " + (is_by_tls ? "TLS" : "plain TCP") +
                       "; expected no port there, or " + std::to_string(replication_port(s)));
}

void check_tls(const settings& s, std::vector<std::string>& complaints) {
  if (s.tls == tls_mode::off) return;
  const std::string given = given_tls(s);
  if (s.output.empty()) {
    complaints.push_back(given + ": needs the folder of --output; expected an absolute path there");
  }
  if (s.tls_folder.empty()) {
    complaints.push_back("--tls-folder: expected an absolute path, since " + given);
  } else if (normal_path(s.tls_folder) == normal_path(own_certificates(s))) {
    complaints.push_back("--tls-folder=" + s.tls_folder +
                         ": is where the agent puts what it has checked; expected the mounted "
                         "Secret");
  }
  if (s.tls != tls_mode::only || !s.tls_file.empty()) check_ports_of_tls(s, complaints);
  constexpr std::size_t socket_path_max = 107;  // sockaddr_un
  if (own_socket(s).size() > socket_path_max) {
    complaints.push_back("--output=" + s.output +
                         ": too long for a socket beside it; expected a shorter path");
  }
}

void check_rotation(const settings& s, std::vector<std::string>& complaints) {
  if (s.password_rotation && s.password_file.empty()) {
    complaints.emplace_back(
        "--password-rotation=on: only a file can change; expected --password-file");
  }
  if (!s.password_also_file.empty() && !s.password_rotation) {
    complaints.push_back("--password-also-file=" + s.password_also_file +
                         ": nobody reads it; expected --password-rotation=on");
  }
}

// One without the other, or as the agent itself, protects nothing.
void check_peer(const settings& s, std::vector<std::string>& complaints) {
  const auto complain = [&](const char* flag, const std::string& value, const char* why) {
    complaints.push_back(flag + ("=" + value) + ": " + why);
  };
  const std::string own = s.username.empty() ? "default" : s.username;
  const bool is_same_file = normal_path(s.peer_password_file) == normal_path(s.password_file);
  if (s.peer_username.empty() && s.peer_password_file.empty()) return;
  if (s.peer_username.empty()) {
    complain("--peer-password-file", s.peer_password_file,
             "nobody logs in with it; expected --peer-username too");
  } else if (s.peer_password_file.empty()) {
    complain("--peer-username", s.peer_username,
             "has a password of its own; expected --peer-password-file too");
  } else if (is_same_file) {
    complain("--peer-password-file", s.peer_password_file,
             "is --password-file too, which other pods are not to hear; expected two files");
  }
  if (s.peer_username == own) {
    complain("--peer-username", s.peer_username,
             "is the agent's own user (--username); expected one with fewer rights");
  }
}

// Without the first of them the other two protect nothing.
void check_web(const settings& s, std::vector<std::string>& complaints) {
  if (!s.web_config_file.empty()) return;
  const auto complain = [&](const char* flag, const std::string& file) {
    if (file.empty()) return;
    complaints.push_back(flag + ("=" + file) + ": nobody reads it; expected --web-config-file");
  };
  complain("--web-ca-file", s.web_ca_file);
  complain("--web-login-file", s.web_login_file);
}

void check_init(const settings& s, std::vector<std::string>& complaints) {
  check_rotation(s, complaints);
  check_peer(s, complaints);
  if (s.output.empty()) complaints.emplace_back("--output: expected an absolute path");
  if (s.data_dir.empty()) complaints.emplace_back("--data-dir: expected an absolute path");
  if (!s.output.empty() && !s.data_dir.empty() && is_within(s.output, s.data_dir)) {
    complaints.push_back("--output=" + s.output +
                         ": lies on the data volume (--data-dir=" + s.data_dir +
                         "); expected a memory-backed folder, since it has the password");
  }
  if (!s.user_config.empty() && normal_path(s.user_config) == normal_path(s.output)) {
    complaints.push_back("--user-config=" + s.user_config +
                         ": is --output too; expected two files");
  }
  if (s.gate == gate_choice::bind && !s.redis_version.can_change_bind()) {
    complaints.emplace_back(
        "--gate=bind: needs Redis 7 or later; expected --redis-version=7.0 or a later one, or "
        "--gate=nowhere");
  }
  if (!s.default_password_file.empty() && s.username.empty()) {
    complaints.push_back("--default-password-file=" + s.default_password_file +
                         ": without --username the default user's password is the one of "
                         "--password-file; expected --username too, or --password-file alone");
  }
  check_tls(s, complaints);
  if (s.tls != tls_mode::off && !s.redis_version.knows_tls()) {
    complaints.emplace_back(
        "--tls: needs Redis 6 or later; expected --redis-version=6.0 or a later one, or --tls=off");
  }
  const auto check_user = [&](const char* flag, const std::string& name) {
    if (name.empty() || s.redis_version.knows_users()) return;
    complaints.push_back(flag + ("=" + name) +
                         ": needs Redis 6 or later; expected --redis-version=6.0 or a later one");
  };
  check_user("--username", s.username);
  check_user("--peer-username", s.peer_username);
}

void check_lock(const settings& s, std::vector<std::string>& complaints) {
  if (s.failover == failover_mode::off) return;
  if (s.pod_uid.empty()) {
    complaints.emplace_back(
        "--pod-uid: tells a pod from the one that had its name before; expected metadata.uid, by "
        "the downward API in POD_UID");
  }
  if (s.api_server.empty()) {
    complaints.emplace_back(
        "--api-server: who holds the lock is asked of Kubernetes; expected its address (in a pod "
        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT say it)");
  }
  if (s.lease.empty()) complaints.emplace_back("--lease: expected the name of the Lease");
  if (s.headless_service.empty()) {
    complaints.emplace_back(
        "--headless-service: who takes the lock asks the pods that it lists; expected its name");
  }
  if (s.lock_fence + 1s >= s.lock_duration) {
    complaints.push_back("--lock-fence=" + describe_duration(s.lock_fence) +
                         ": has to be over, with a second to spare, before another pod may take "
                         "the lock (--lock-duration=" +
                         describe_duration(s.lock_duration) + "); expected less than " +
                         describe_duration(std::max(duration{}, s.lock_duration - 1s)));
  }
  if (s.lock_fence < 2 * s.lock_renewal) {
    complaints.push_back("--lock-fence=" + describe_duration(s.lock_fence) +
                         ": one renewal that is lost would stop the primary; expected at least "
                         "twice --lock-renewal (" +
                         describe_duration(2 * s.lock_renewal) + ")");
  }
  if (s.gate == gate_choice::direct || !s.rope) {
    complaints.emplace_back(
        "--failover=lease: a server is a primary or follows one as the lock says; expected --gate "
        "other than direct, and --rope=on");
  }
}

// A server's end counts as seen if it was looked at in the 1.5 s before (memory/observe_redis.cpp).
constexpr duration poll_interval_max = 1s;

void check_sidecar(const settings& s, std::vector<std::string>& complaints) {
  const duration slowest = s.poll_interval + s.redis_timeout;
  if (s.max_observation_age < slowest) {
    complaints.push_back("--max-observation-age=" + describe_duration(s.max_observation_age) +
                         ": is over before a slow answer is in; expected at least --poll-interval "
                         "and --redis-timeout together (" +
                         describe_duration(slowest) + ")");
  }
  check_lock(s, complaints);
  check_web(s, complaints);
  check_tls(s, complaints);
  check_rotation(s, complaints);
  check_peer(s, complaints);
  const bool has_a_gate =
      s.gate != gate_choice::direct && derive_role(s.pod_name, s.primary) == role::primary;
  if (has_a_gate && s.headless_service.empty()) {
    complaints.emplace_back(
        "--headless-service: the gate's rules ask the pods that it lists; expected its name, or "
        "--gate=direct");
  }
  if (has_a_gate && s.gate != gate_choice::nowhere && s.redis_host != "127.0.0.1" &&
      s.redis_host != "::1") {
    complaints.push_back("--redis-host=" + s.redis_host +
                         ": behind the gate Redis listens on the loopback alone; expected "
                         "127.0.0.1, ::1 or --gate=nowhere");
  }
  if (s.poll_interval > poll_interval_max) {
    complaints.push_back("--poll-interval=" + describe_duration(s.poll_interval) +
                         ": what a server does between two looks is not known; expected at most " +
                         describe_duration(poll_interval_max));
  }
  if (s.contact_timeout < 2 * s.poll_interval) {
    complaints.push_back("--contact-timeout=" + describe_duration(s.contact_timeout) +
                         ": expected at least twice --poll-interval (" +
                         describe_duration(2 * s.poll_interval) + ")");
  }
}

void check_resolve(const settings& s, std::vector<std::string>& complaints) {
  if (s.keep.empty()) complaints.emplace_back("--keep: expected mine or theirs");
  const bool is_by_name = s.failover == failover_mode::off;
  if (s.keep == "mine" && is_by_name && derive_role(s.pod_name, s.primary) == role::replica) {
    complaints.push_back("--keep=mine: " + s.pod_name +
                         " is a replica; expected --keep=theirs here, "
                         "or --keep=mine in the primary's pod");
  }
}

}  // namespace

bool setting::belongs_to(subcommand c) const {
  const auto bit = [](subcommand which) { return static_cast<unsigned>(which); };
  const unsigned known =
      c == subcommand::check ? bit(c) | bit(subcommand::init) | bit(subcommand::sidecar) : bit(c);
  return (subcommands & known) != 0;
}

std::string setting::flag() const { return "--" + std::string(name); }

std::string setting::variable() const {
  std::string variable(variable_prefix);
  for (const char c : name) {
    variable += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return variable;
}

parsed_settings parse_settings(subcommand command, const std::vector<given_value>& given,
                               std::string_view hostname) {
  parsed_settings parsed;
  for (const setting& s : all_settings()) s.store(parsed.values, s.fallback);
  const given_value* pod_name = nullptr;
  for (const given_value& value : given) {
    if (value.name == "pod-name") pod_name = &value;
    const setting* const known = find_setting(value.name);
    if (known == nullptr) continue;
    if (const std::string wanted = known->store(parsed.values, value.value); !wanted.empty()) {
      parsed.complaints.push_back(value.source + ": got " + quote_value(value.value) + ", " +
                                  wanted);
    }
  }
  derive(parsed, pod_name, hostname);
  const bool needs_a_name = command != subcommand::status && command != subcommand::switchover;
  if (needs_a_name) check_pod_name(parsed.values, parsed.complaints);
  const bool is_check = command == subcommand::check;
  if (is_check || command == subcommand::init) check_init(parsed.values, parsed.complaints);
  if (is_check || command == subcommand::sidecar) check_sidecar(parsed.values, parsed.complaints);
  if (command == subcommand::resolve) check_resolve(parsed.values, parsed.complaints);
  if (command == subcommand::switchover && parsed.values.prestop_port == 0) {
    parsed.complaints.emplace_back(
        "--prestop-port=0: the agent is asked at this port; expected the one that it has");
  }
  return parsed;
}

std::vector<std::string> unknown_variables(const std::vector<std::string>& names) {
  const auto is_of_a_service = [](std::string_view rest) {
    return rest == "PORT" || rest.substr(0, 5) == "PORT_" || rest.substr(0, 8) == "SERVICE_";
  };
  std::vector<std::string> unknown;
  for (const std::string& name : names) {
    if (name.compare(0, variable_prefix.size(), variable_prefix) != 0) continue;
    if (name == password_variable) continue;
    if (is_of_a_service(std::string_view(name).substr(variable_prefix.size()))) continue;
    const auto all = all_settings();
    if (std::none_of(all.begin(), all.end(),
                     [&](const setting& s) { return s.variable() == name; })) {
      unknown.push_back(name);
    }
  }
  return unknown;
}

}  // namespace redis_agent::core
