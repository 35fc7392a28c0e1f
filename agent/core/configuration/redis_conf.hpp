// The redis.conf of a pod: the plan, its text, and what it does to the file that the user wrote.
// The user's file is included first and the agent's lines follow, because the last directive wins.
// Nothing is written that is newer than the named server version. Reads and writes no file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/address.hpp"
#include "core/base/secret.hpp"
#include "core/configuration/identity.hpp"
#include "core/configuration/redis_version.hpp"
#include "core/configuration/settings.hpp"
#include "core/configuration/user_config.hpp"

namespace redis_agent::core {

// Which of its lines the agent leaves out, since the user's own say it (access.hpp).
struct access_choice {
  bool keeps_masterauth = false;       // masteruser and masterauth
  bool presents_as_other = false;      // masterauth is the agent's, masteruser is not
  bool keeps_requirepass = false;      // of a default user that the agent is not
  bool leaves_protected_mode = false;  // nobody knows whether there is a password
  bool has_own_default = false;        // user: a line or an ACL file makes it, or may
};

// How Redis speaks TLS, and by what way the agent comes in beside it.
struct tls_plan {
  tls_mode mode = tls_mode::off;
  std::uint16_t port = 0;
  bool is_for_replicas = false;  // they go by it
  std::string folder;            // of the files that Redis reads
  std::string socket;
  bool is_for_group = false;     // Redis runs as another user of the agent's group
  bool keeps_strangers = false;  // the user's own lines say who needs a certificate
};

struct redis_conf_plan {
  std::string pod;
  role own_role = role::replica;
  endpoint primary;         // what a replica follows, exactly as it was given
  bool is_parked = false;   // a replica that follows nobody until the sidecar finds the primary
  bool has_a_lock = false;  // that gives the role: every pod starts as a parked replica
  bool needs_a_replica = false;            // as a primary it takes no writes without one
  gate_choice gate = gate_choice::direct;  // of a primary; never automatic
  redis_version version;                   // the oldest server that has to understand the file
  std::string user_config;                 // a path; "" if there is none
  std::string data_dir;
  std::uint16_t port = 0;
  std::string username;       // "": the default user
  secret password;            // empty: neither requirepass nor masterauth
  secret default_password;    // of the default user, if the agent is another
  std::string peer_username;  // as whom other pods' agents log in; "": as this one
  secret peer_password;
  bool is_rotated = false;                 // by the sidecar, which keeps these lines true
  std::vector<std::string> also_accepted;  // SHA-256, besides the password
  access_choice access;
  tls_plan tls;
  std::string announce_ip;                   // "": not announced
  std::uint16_t announce_port = 0;           // 0: not announced
  std::optional<std::uint64_t> maxmemory;    // bytes
  std::chrono::seconds shutdown_timeout{0};  // 7.0 and later
  std::vector<std::string> warnings;         // for the sidecar, which has no other way to them
};

redis_conf_plan plan_redis_conf(const settings& s, secret password,
                                std::optional<std::uint64_t> maxmemory);

enum class secrets_are { written, replaced };

// The whole file. With its secrets replaced it may be shown to anybody.
std::string render(const redis_conf_plan& plan, secrets_are secrets = secrets_are::written);

// The part of a memory limit that Redis may fill with keys. The rest is for copy-on-write, the
// buffers of clients and the replication backlog.
std::uint64_t maxmemory_of(std::uint64_t limit_bytes, unsigned percent);

// The agent's lines replace what this one says by another value.
bool is_overridden(const user_line& theirs, const redis_conf_plan& plan);

// A primary's server that starts with this file does so behind a gate. CONFIG REWRITE of one that
// serves puts there what holds then.
bool begins_behind_gate(std::string_view redis_conf);

// What init had to say of the user's own lines, as it stands in the file that it wrote.
std::vector<std::string> warnings_in(std::string_view redis_conf);

}  // namespace redis_agent::core
