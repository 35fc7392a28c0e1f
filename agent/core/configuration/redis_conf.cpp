#include "core/configuration/redis_conf.hpp"

#include <algorithm>
#include <utility>

#include "core/base/known_password.hpp"
#include "core/base/text.hpp"
#include "core/configuration/conf_passwords.hpp"
#include "core/configuration/parking.hpp"
#include "core/configuration/tls_places.hpp"

namespace redis_agent::core {
namespace {

constexpr std::string_view replaced_secret = "<secret>";
constexpr std::string_view warning_mark = "# warning: ";

struct own_line {
  std::string name;
  std::vector<std::string> values;
  bool is_secret = false;
};

// More than one password at a time stands in a line for the user alone (requirepass is one).
bool has_user_line(const redis_conf_plan& plan) {
  return plan.is_rotated && plan.username.empty() && !plan.password.empty() &&
         !plan.access.has_own_default && plan.version.knows_channel_rules();
}

void add_passwords(std::vector<own_line>& lines, const redis_conf_plan& plan) {
  if (!plan.access.keeps_masterauth) {
    if (!plan.username.empty()) lines.push_back({"masteruser", {plan.username}});
    // On the primary too: it may have to follow a replica one day.
    lines.push_back({"masterauth", {std::string(plan.password.reveal())}, true});
  }
  if (has_user_line(plan)) {
    std::vector<std::string> hashes = {know(plan.password).hash};
    hashes.insert(hashes.end(), plan.also_accepted.begin(), plan.also_accepted.end());
    lines.push_back({"user", words_of_default_user(hashes), true});
    return;
  }
  if (plan.access.keeps_requirepass) return;
  const secret& password = plan.default_password.empty() ? plan.password : plan.default_password;
  lines.push_back({"requirepass", {std::string(password.reveal())}, true});
}

// Where TLS is all that is spoken, the one port is its own. A client without a certificate is
// refused, as Redis has it by default: where there is no password, nothing else keeps strangers
// out.
void add_tls(std::vector<own_line>& lines, const tls_plan& tls) {
  if (tls.mode == tls_mode::off) return;
  lines.push_back({"tls-port", {std::to_string(tls.port)}});
  lines.push_back({"tls-replication", {tls.is_for_replicas ? "yes" : "no"}});
  lines.push_back({"tls-cert-file", {tls.folder + "/tls.crt"}});
  lines.push_back({"tls-key-file", {tls.folder + "/tls.key"}});
  lines.push_back({"tls-ca-cert-file", {tls.folder + "/ca.crt"}});
  if (!tls.keeps_strangers) lines.push_back({"tls-auth-clients", {"yes"}});
  lines.push_back({"unixsocket", {tls.socket}});
  lines.push_back({"unixsocketperm", {tls.is_for_group ? "770" : "700"}});
}

// What the agent decides, in the order in which it is written.
std::vector<own_line> own_lines(const redis_conf_plan& plan) {
  std::vector<own_line> lines;
  lines.push_back({"dir", {plan.data_dir}});
  lines.push_back({"port", {std::to_string(plan.port)}});
  add_tls(lines, plan.tls);
  const bool is_primary = plan.own_role == role::primary;
  if (is_primary && plan.gate == gate_choice::bind) {
    lines.push_back({"bind", {"127.0.0.1", "-::1"}});
  } else if (plan.version.knows_optional_bind()) {
    lines.push_back({"bind", {"*", "-::*"}});
  } else {
    lines.push_back({"bind", {"0.0.0.0", "::"}});
  }
  // From Redis 7 on it shuts out the other pods of a server without a password.
  if (!plan.access.leaves_protected_mode) lines.push_back({"protected-mode", {"no"}});
  const bool is_parked = is_primary ? plan.gate == gate_choice::nowhere : plan.is_parked;
  const endpoint followed = is_parked ? parking_place() : plan.primary;
  if (!is_primary || is_parked) {
    lines.push_back({"replicaof", {followed.host, std::to_string(followed.port)}});
  }
  if (!plan.password.empty()) {
    add_passwords(lines, plan);
  }
  if (!plan.announce_ip.empty()) lines.push_back({"replica-announce-ip", {plan.announce_ip}});
  if (plan.announce_port != 0) {
    lines.push_back({"replica-announce-port", {std::to_string(plan.announce_port)}});
  }
  if (plan.version.knows_shutdown_timeout()) {
    lines.push_back({"shutdown-timeout", {std::to_string(plan.shutdown_timeout.count())}});
  }
  if (plan.needs_a_replica) {
    lines.push_back({"min-replicas-to-write", {"1"}});
    lines.push_back({"min-replicas-max-lag", {"2"}});
  }
  if (plan.maxmemory) lines.push_back({"maxmemory", {std::to_string(*plan.maxmemory)}});
  return lines;
}

std::string describe_gate(gate_choice gate) {
  return gate == gate_choice::direct ? "" : ", behind a gate that the sidecar opens";
}

std::string header_of(const redis_conf_plan& plan) {
  std::string header = "# Written by redis-agent init for " + plan.pod + ", ";
  if (plan.has_a_lock) {
    header += "whose role a lock in Kubernetes gives: the sidecar sees to it.\n";
  } else {
    header += plan.own_role == role::primary ? "the primary" + describe_gate(plan.gate) + ".\n"
                                             : "a replica of " + to_text(plan.primary) + ".\n";
  }
  header += "# Do not edit: it is written anew whenever the pod starts.";
  if (!plan.user_config.empty()) header += " Your own lines belong in the included file.";
  return header + "\n";
}

}  // namespace

redis_conf_plan plan_redis_conf(const settings& s, secret password,
                                std::optional<std::uint64_t> maxmemory) {
  redis_conf_plan plan;
  plan.pod = s.pod_name;
  plan.has_a_lock = s.failover == failover_mode::lease;
  plan.own_role = plan.has_a_lock ? role::replica : derive_role(s.pod_name, s.primary);
  plan.primary = s.primary;
  plan.is_parked = s.is_parked_at_start || plan.has_a_lock;
  plan.needs_a_replica = plan.has_a_lock && s.min_replicas != min_replicas_choice::none;
  plan.gate = s.gate;
  if (s.gate == gate_choice::automatic) {
    plan.gate = s.redis_version.can_change_bind() ? gate_choice::bind : gate_choice::nowhere;
  }
  plan.version = s.redis_version;
  plan.user_config = s.user_config;
  plan.data_dir = s.data_dir;
  plan.port = plain_port(s);
  plan.tls = {.mode = s.tls,
              .port = port_of_tls(s),
              .is_for_replicas = replicates_by_tls(s),
              .folder = own_certificates(s),
              .socket = own_socket(s),
              .is_for_group = (s.output_mode & 0060) != 0};
  plan.username = s.username;
  plan.peer_username = s.peer_username;
  plan.is_rotated = s.password_rotation;
  plan.password = std::move(password);
  plan.announce_ip = s.replica_announce_ip;
  plan.announce_port = s.replica_announce_port;
  plan.maxmemory = maxmemory;
  plan.shutdown_timeout = std::chrono::ceil<std::chrono::seconds>(s.shutdown_timeout);
  return plan;
}

std::string render(const redis_conf_plan& plan, secrets_are secrets) {
  std::string text = header_of(plan);
  for (const std::string& warning : plan.warnings)
    text += std::string(warning_mark) + warning + "\n";
  if (!plan.user_config.empty()) text += "include " + quote_argument(plan.user_config) + "\n";
  if (plan.is_rotated && !plan.password.empty()) {
    text +=
        mark_of({.requirepass = plan.username.empty() && !plan.access.has_own_default,
                 .masterauth = !plan.access.keeps_masterauth && !plan.access.presents_as_other}) +
        "\n";
  }
  for (const own_line& line : own_lines(plan)) {
    text += line.name;
    for (const std::string& value : line.values) {
      text += ' ';
      if (!line.is_secret) {
        text += quote_argument(value);
      } else if (secrets == secrets_are::written) {
        text += line.name == "user" ? value : quote_secret(value);
      } else if (line.name == "user") {
        text += value.starts_with('#') ? "#" + std::string(replaced_secret) : value;
      } else {
        text += replaced_secret;
      }
    }
    text += '\n';
  }
  return text;
}

std::uint64_t maxmemory_of(std::uint64_t limit_bytes, unsigned percent) {
  // Divided first, so that no limit can overflow.
  return limit_bytes / 100 * percent + limit_bytes % 100 * percent / 100;
}

bool is_overridden(const user_line& theirs, const redis_conf_plan& plan) {
  const std::vector<own_line> own = own_lines(plan);
  return std::any_of(own.begin(), own.end(), [&](const own_line& ours) {
    // Of users the agent writes the default one alone, and that where nobody else does.
    if (ours.name == "user") return theirs.said.name == "requirepass";
    return ours.name == present_name(theirs.said.name) && ours.values != theirs.said.values;
  });
}

bool begins_behind_gate(std::string_view redis_conf) {
  bool is_bound = false;
  bool is_replica = false;
  for (const directive& said : read_directives(redis_conf)) {
    const std::string name(present_name(said.name));
    if (name == "bind") {
      is_bound = std::all_of(said.values.begin(), said.values.end(), [](const std::string& a) {
        return a.starts_with("127.") || a == "::1" || a == "-::1";
      });
    }
    if (name == "replicaof") {
      is_replica = said.values.empty() || said.values.front() != "no";
    }
  }
  return is_bound || is_replica;
}

std::vector<std::string> warnings_in(std::string_view redis_conf) {
  std::vector<std::string> warnings;
  while (!redis_conf.empty()) {
    const std::string_view line = take_line(redis_conf);
    if (line.starts_with(warning_mark)) warnings.emplace_back(line.substr(warning_mark.size()));
  }
  return warnings;
}

}  // namespace redis_agent::core
