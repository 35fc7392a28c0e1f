// Every setting of every subcommand: one table with name, default, help and parser, from which
// --help, the variables and the README's table come. A setting has one name everywhere: the flag
// --max-lag and the variable REDIS_AGENT_MAX_LAG.
// Texts in, values or complaints out: all complaints at once. The password is no setting: its
// bytes come from a file or from REDIS_AGENT_PASSWORD and are read by io/.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/address.hpp"
#include "core/base/time.hpp"
#include "core/configuration/redis_version.hpp"

namespace redis_agent::core {

enum class log_format { text, json };
enum class log_level { debug, info, warning, error };
// What a primary's server starts behind (redis_conf.hpp); auto: by its version.
enum class gate_choice { automatic, bind, nowhere, direct };
enum class opening { open, hold };
// Who decides which pod is the primary: its name alone, or a lock in Kubernetes.
enum class failover_mode { off, lease };
enum class min_replicas_choice { automatic, one, none };
// What Redis speaks on its ports: no TLS, TLS on one of its own beside the plain one, TLS alone.
// How replicas and agents go: by TLS where it is `both` or `only`.
enum class tls_mode { off, allow, both, only };
enum class color_choice { automatic, always, never };

struct settings {
  // Who this pod is.
  std::string pod_name;
  std::string pod_name_source;  // "--pod-name", "POD_NAME", ..., "the hostname"
  endpoint primary;
  std::string headless_service;  // "" until derived from the primary's address

  // The local server.
  std::string redis_host;
  std::uint16_t redis_port = 0;
  std::string username;
  std::string password_file;
  std::string default_password_file;  // of the default user, if `username` is another
  std::string peer_username;          // on other pods' servers; "": the same as on its own
  std::string peer_password_file;
  tls_mode tls{};
  std::string tls_file;            // says `tls`, and may say another one later
  std::string tls_folder;          // tls.crt, tls.key, ca.crt
  std::uint16_t tls_port = 0;      // where plain TCP is spoken too
  std::string password_also_file;  // another one that is accepted; there may be none
  bool password_rotation = false;
  duration password_overlap{};

  // What init writes.
  std::string output;
  unsigned output_mode = 0;
  std::string user_config;
  std::string data_dir;
  core::redis_version redis_version;
  std::string replica_announce_ip;
  std::uint16_t replica_announce_port = 0;  // 0: not announced
  unsigned maxmemory_percent = 0;           // 0: maxmemory is not set
  std::uint64_t memory_limit = 0;           // 0: asked from the cgroup
  duration shutdown_timeout{};
  bool is_parked_at_start = false;  // a replica: --replicaof=placeholder
  bool dry_run = false;

  // Who may copy from whom.
  gate_choice gate{};
  bool rope = true;
  duration first_start_wait{};
  duration peer_wait{};
  duration peer_wait_empty{};
  opening after_peer_wait{};
  opening after_peer_wait_empty{};
  std::uint16_t anchor_port = 0;
  std::uint16_t prestop_port = 0;  // 0: none

  // How the primary moves (failover/lock.hpp).
  failover_mode failover{};
  std::string pod_uid;
  std::string lease;          // names of objects in the pod's namespace
  std::string write_service;  // "": no Service is moved
  std::string api_server;     // HOST:PORT, "": what Kubernetes' variables say
  std::string api_folder;     // token, ca.crt and namespace
  duration lock_renewal{};
  duration lock_fence{};
  duration lock_duration{};
  duration candidate_wait{};
  bool prefers_data = false;  // waits for who was in sync and is silent, however long
  std::uint64_t max_lag_on_failover = 0;
  duration failover_after{};
  bool failsafe = true;
  opening after_divergence{};
  std::uint64_t keep_lost_max = 0;
  min_replicas_choice min_replicas{};

  // How often, and how long to wait.
  duration poll_interval{};
  duration detail_interval{};
  duration redis_timeout{};
  duration contact_timeout{};

  // What ready and alive mean.
  std::uint64_t max_lag_bytes = 0;
  duration max_lag{};
  duration max_staleness{};
  duration max_observation_age{};
  duration liveness_budget{};
  duration startup_stall{};

  // How the agent shows itself.
  std::vector<endpoint> listen;
  bool latency_percentiles = true;  // among the metrics
  core::log_format log_format{};
  core::log_level log_level{};
  bool watch = false;
  bool json = false;

  // What a person decides.
  std::string keep;  // "mine" or "theirs"
  bool yes = false;
  std::string move_to;  // a pod, "" for whom suits best
  color_choice color{};

  // How long `check` waits for DNS.
  duration check_wait{};

  // Who sees the agent's pages.
  std::string web_config_file;  // "": plain HTTP for all
  std::string web_ca_file;      // of other agents' certificates
  std::string web_login_file;   // what they are shown
};

enum class subcommand : unsigned {
  init = 1,
  sidecar = 2,
  status = 4,
  resolve = 8,
  switchover = 16,
  check = 32  // with all that init and the sidecar know, too
};

struct setting {
  std::string_view name;      // without the dashes
  std::string_view form;      // what stands for the value in --help; "" for a switch
  std::string_view fallback;  // the default, as somebody would write it
  unsigned subcommands;       // bits of subcommand
  std::string_view help;
  // Stores the value; what would have been right if it cannot, "" if it could.
  std::string (*store)(settings&, std::string_view value);

  bool is_switch() const { return form.empty(); }
  bool belongs_to(subcommand c) const;
  std::string flag() const;      // "--max-lag"
  std::string variable() const;  // "REDIS_AGENT_MAX_LAG"
};

std::span<const setting> all_settings();

inline constexpr std::string_view variable_prefix = "REDIS_AGENT_";
inline constexpr std::string_view password_variable = "REDIS_AGENT_PASSWORD";

struct given_value {
  std::string name;  // of the setting
  std::string value;
  std::string source;  // "--max-lag" or "REDIS_AGENT_MAX_LAG": what a complaint calls it
};

struct parsed_settings {
  settings values;
  std::vector<std::string> complaints;
};

// Later values win over earlier ones. `hostname` stands in for a pod name that nobody gave.
parsed_settings parse_settings(subcommand command, const std::vector<given_value>& given,
                               std::string_view hostname);

// Variables that begin with REDIS_AGENT_ and name no setting: a typing error, most of the time.
// Leaves out what Kubernetes sets for a Service called redis-agent (REDIS_AGENT_PORT=tcp://...).
std::vector<std::string> unknown_variables(const std::vector<std::string>& names);

}  // namespace redis_agent::core
