// The table of settings: names, defaults, helps, parsers. The rules that join several settings are
// in settings.cpp.
#include <algorithm>
#include <array>
#include <utility>

#include "core/base/units.hpp"
#include "core/configuration/settings.hpp"
#include "core/configuration/settings_parsers.hpp"
#include "core/configuration/settings_words.hpp"

namespace redis_agent::core {
namespace {

constexpr unsigned init = static_cast<unsigned>(subcommand::init);
constexpr unsigned sidecar = static_cast<unsigned>(subcommand::sidecar);
constexpr unsigned status = static_cast<unsigned>(subcommand::status);
constexpr unsigned resolve = static_cast<unsigned>(subcommand::resolve);
constexpr unsigned switchover = static_cast<unsigned>(subcommand::switchover);
constexpr unsigned check = static_cast<unsigned>(subcommand::check);

constexpr std::uint16_t agent_default_port =
    9121;  // the peer's, so that scrape configurations stay

std::string store_user_config(settings& s, std::string_view value) {
  // Redis 7 and later take them for a pattern, older ones do not.
  if (value.find_first_of("*?[\\") != std::string_view::npos) {
    return expected("a path without *, ?, [ and backslashes");
  }
  return store_path<&settings::user_config>(s, value);
}

std::string store_primary(settings& s, std::string_view value) {
  auto parsed = parse_endpoint(value, 0);  // 0: the one of --redis-port (settings.cpp)
  if (!parsed) return parsed.error().text;
  s.primary = *parsed;
  return {};
}

std::string store_headless_service(settings& s, std::string_view value) {
  if (!value.empty() && (!is_dns_name(value) || is_ip_literal(value))) {
    return expected("the DNS name of the headless Service");
  }
  s.headless_service = value;
  return {};
}

std::string store_redis_host(settings& s, std::string_view value) {
  if (!is_ip_literal(value)) return expected("an IP address: the server shares this pod's network");
  s.redis_host = value;
  return {};
}

std::string store_announce_ip(settings& s, std::string_view value) {
  if (!value.empty() && !is_ip_literal(value) && !is_dns_name(value)) {
    return expected("an IP address or a DNS name");
  }
  s.replica_announce_ip = value;
  return {};
}

template <std::string settings::*member>
std::string store_username(settings& s, std::string_view value) {
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; };
  if (!std::all_of(value.begin(), value.end(), is_plain)) {
    return expected(
        "the name of an ACL user: printable ASCII without spaces, quotes or backslashes");
  }
  s.*member = value;
  return {};
}

std::string store_output_mode(settings& s, std::string_view value) {
  unsigned mode = 0;
  if (!read_number(value, mode, 8) || mode > 0777) return expected("an octal mode like 0600");
  if ((mode & 0400) == 0) return expected("a mode that lets its owner read, like 0600");
  if ((mode & 0007) != 0)
    return expected("a mode that keeps others out (the file has the password)");
  s.output_mode = mode;
  return {};
}

std::string store_redis_version(settings& s, std::string_view value) {
  const auto parsed = parse_redis_version(value);
  if (!parsed) return expected("a version from 5 on, like 5.0, 6.2, 7.2 or valkey-8.1");
  s.redis_version = *parsed;
  return {};
}

std::string store_maxmemory_percent(settings& s, std::string_view value) {
  unsigned percent = 0;
  if (!read_number(value, percent) || percent > 100) {
    return expected("a whole number from 0 (off) to 100");
  }
  s.maxmemory_percent = percent;
  return {};
}

std::string store_listen(settings& s, std::string_view value) {
  std::vector<endpoint> listen;
  while (true) {
    const auto comma = value.find(',');
    auto parsed = parse_listen_address(value.substr(0, comma), agent_default_port);
    if (!parsed) return parsed.error().text;
    listen.push_back(*parsed);
    if (comma == std::string_view::npos) break;
    value.remove_prefix(comma + 1);
  }
  s.listen = std::move(listen);
  return {};
}

std::string store_keep(settings& s, std::string_view value) {
  if (value != "mine" && value != "theirs" && !value.empty()) return expected("mine or theirs");
  s.keep = value;
  return {};
}

template <std::string settings::*member>
std::string store_object_name(settings& s, std::string_view value) {
  if (!value.empty() && (!is_dns_name(value) || is_ip_literal(value))) {
    return expected("the name of an object in Kubernetes");
  }
  s.*member = value;
  return {};
}

std::string store_api_server(settings& s, std::string_view value) {
  if (!value.empty()) {
    const auto parsed = parse_endpoint(value, 443);
    if (!parsed) return parsed.error().text;
  }
  s.api_server = value;
  return {};
}

constexpr std::array table = {
    setting{"pod-name", "NAME", "", init | sidecar | status | resolve,
            "This pod's name, <statefulset>-<ordinal>. Default: the variable POD_NAME, else the "
            "hostname up to its first dot.",
            store_text<&settings::pod_name>},
    setting{"primary", "HOST[:PORT]", "redis-master-0.redis-headless",
            init | sidecar | status | resolve,
            "Where the primary is. The pod that its first label names is the primary, every other "
            "pod is a replica of it. Default of the port: --redis-port, with --tls=both "
            "--tls-port.",
            store_primary},
    setting{"headless-service", "NAME", "", sidecar | status | resolve,
            "The headless Service whose SRV records list the pods. Default: the primary's address "
            "without its first label.",
            store_headless_service},
    setting{"redis-host", "IP", "127.0.0.1", sidecar, "Where this pod's Redis listens.",
            store_redis_host},
    setting{"redis-port", "PORT", "6379", init | sidecar, "The port of this pod's Redis.",
            store_port<&settings::redis_port, 1>},
    setting{"username", "NAME", "", init | sidecar,
            "The ACL user that the password belongs to (Redis 6 and later), which your own file "
            "makes. init writes it as masteruser. Default: the default user.",
            store_username<&settings::username>},
    setting{"password-file", "PATH", "", init | sidecar,
            "A file with the password, for example a mounted Secret. The variable "
            "REDIS_AGENT_PASSWORD may hold it instead; argv never does.",
            store_path<&settings::password_file>},
    setting{"default-password-file", "PATH", "", init,
            "Beside --username: a file with the password of the default user, as whom applications "
            "log in. Default: your own requirepass, else the same password.",
            store_path<&settings::default_password_file>},
    setting{"peer-username", "NAME", "", init | sidecar,
            "The ACL user as whom the agent logs in to other pods' Redis, made by your own file "
            "with fewer rights. Default: the same as to its own.",
            store_username<&settings::peer_username>},
    setting{"peer-password-file", "PATH", "", init | sidecar,
            "With --peer-username: a file with that user's password, read before each login.",
            store_path<&settings::peer_password_file>},
    setting{"tls", "WHAT", "off", init | sidecar,
            "What Redis speaks: off (no TLS), allow (plain on --redis-port, TLS on --tls-port, "
            "replicas by plain TCP), both (the same, replicas by TLS) or only (TLS on "
            "--redis-port). Redis 6 and later.",
            store_choice<&settings::tls, tls_words>},
    setting{"tls-file", "PATH", "", init | sidecar,
            "A file that says allow, both or only in the place of --tls, for example a mounted "
            "ConfigMap: where it comes to say another one, running servers and agents go there. "
            "TLS is at --tls-port with each of them.",
            store_path<&settings::tls_file>},
    setting{"tls-folder", "PATH", "/etc/redis-tls", init | sidecar,
            "A mounted Secret with tls.crt, tls.key and ca.crt, for servers and clients.",
            store_path<&settings::tls_folder>},
    setting{"tls-port", "PORT", "6380", init | sidecar,
            "The port of TLS, with --tls=allow or both, and with --tls-file.",
            store_port<&settings::tls_port, 1>},
    setting{"password-rotation", "SWITCH", "off", init | sidecar,
            "on or off: a password that changes in its file is accepted, used and the old one "
            "dropped by running servers, without a restart.",
            store_choice<&settings::password_rotation, on_or_off>},
    setting{"password-also-file", "PATH", "", init | sidecar,
            "With --password-rotation: a file with another password that is accepted too, so that "
            "no client is ever refused. It may be missing.",
            store_path<&settings::password_also_file>},
    setting{"password-overlap", "DURATION", "15m", sidecar,
            "With --password-rotation: how long a password that --password-file no longer has is "
            "still accepted.",
            store_duration<&settings::password_overlap, 300'000>},
    setting{"output", "PATH", "/run/redis-agent/redis.conf", init | sidecar,
            "Where the redis.conf goes: a memory-backed folder, never the data volume. The sidecar "
            "tells the warnings that init has left in it.",
            store_path<&settings::output>},
    setting{"output-mode", "MODE", "0600", init,
            "The file's mode. 0640 if Redis runs as another user of the same group.",
            store_output_mode},
    setting{"user-config", "PATH", "", init,
            "Your own redis.conf, included before the agent's lines, with all that it includes.",
            store_user_config},
    setting{"data-dir", "PATH", "/data", init | sidecar | resolve,
            "The data volume: where Redis keeps its files, and the sidecar what it remembers.",
            store_path<&settings::data_dir>},
    setting{"redis-version", "VERSION", "5.0", init,
            "The oldest server that has to understand the file, like 7.2 or valkey-8.1.",
            store_redis_version},
    setting{"gate", "GATE", "auto", init | sidecar,
            "What a primary's server starts behind until nobody is known to have more data: bind "
            "(its address, Redis 7 and later), nowhere (as a replica of nobody), direct (nothing), "
            "or auto: bind or nowhere, by --redis-version.",
            store_choice<&settings::gate, gate_words>},
    setting{"replicaof", "FORM", "name", init,
            "What a replica's file says: name (--primary: it works without an agent too) or "
            "placeholder (parked until the sidecar finds the primary: no name in Redis, ever).",
            store_choice<&settings::is_parked_at_start, replicaof_words>},
    setting{"rope", "STATE", "on", sidecar,
            "on: the sidecar points a replica at the primary's address once that has proven to "
            "carry its data, and parks it meanwhile. off: Redis follows the name by itself.",
            store_choice<&settings::rope, on_or_off>},
    setting{"first-start-wait", "DURATION", "3s", sidecar,
            "How long an empty primary that remembers nothing waits for pods that may still come.",
            store_duration<&settings::first_start_wait, 0>},
    setting{"peer-wait", "DURATION", "30s", sidecar,
            "How long a primary that has data waits for pods that do not answer.",
            store_duration<&settings::peer_wait, 0>},
    setting{"peer-wait-empty", "DURATION", "60s", sidecar, "The same for one that is empty.",
            store_duration<&settings::peer_wait_empty, 0>},
    setting{"after-peer-wait", "WHAT", "open", sidecar,
            "What a primary that has data does then: open (availability) or hold.",
            store_choice<&settings::after_peer_wait, opening_words>},
    setting{"after-peer-wait-empty", "WHAT", "hold", sidecar,
            "The same for one that is empty although there was data: hold, or open (and lose it).",
            store_choice<&settings::after_peer_wait_empty, opening_words>},
    setting{"anchor-port", "PORT", "9122", sidecar,
            "Where a primary's agent holds the replica that its Redis copies from.",
            store_port<&settings::anchor_port, 1>},
    setting{"prestop-port", "PORT", "9123", sidecar | switchover,
            "Where a preStop hook announces the end of Redis, and switchover asks; 0: nowhere.",
            store_port<&settings::prestop_port, 0>},
    setting{"failover", "WHO", "off", init | sidecar | resolve,
            "Who is the primary: off (the pod that --primary names, for good) or lease (the pod "
            "that holds a Lease of Kubernetes; another one takes it over by itself).",
            store_choice<&settings::failover, failover_words>},
    setting{"pod-uid", "UID", "", sidecar,
            "With --failover=lease: this pod's metadata.uid. Default: the variable POD_UID.",
            store_text<&settings::pod_uid>},
    setting{"lease", "NAME", "redis", sidecar, "The Lease that the primary holds.",
            store_object_name<&settings::lease>},
    setting{"write-service", "NAME", "redis-master", sidecar,
            "The Service, without a selector of its own, that the holder points at its pod; empty: "
            "none.",
            store_object_name<&settings::write_service>},
    setting{"lock-renewal", "DURATION", "2s", sidecar, "How often the holder renews the lock.",
            store_duration<&settings::lock_renewal, 200>},
    setting{"lock-fence", "DURATION", "6s", sidecar,
            "A holder that has not renewed it for so long takes no writes any more.",
            store_duration<&settings::lock_fence, 500>},
    setting{"lock-duration", "DURATION", "10s", sidecar,
            "So long the lock stands still before another pod may take it: more than a second "
            "longer than --lock-fence.",
            store_duration<&settings::lock_duration, 1000>},
    setting{"candidate-wait", "DURATION", "3s", sidecar,
            "How long who may take it waits after that for pods that were in sync and are silent.",
            store_duration<&settings::candidate_wait, 0>},
    setting{"failover-prefer", "WHAT", "availability", sidecar,
            "availability: after --candidate-wait without them. data: only with them.",
            store_choice<&settings::prefers_data, preference_words>},
    setting{"max-lag-on-failover", "SIZE", "16MiB", sidecar,
            "A pod that is further behind what the lock says of the primary does not take it.",
            store_size<&settings::max_lag_on_failover>},
    setting{"failover-after", "DURATION", "10s", sidecar,
            "A holder whose Redis does not answer for so long, neither loading nor busy, gives the "
            "lock away; 0: never.",
            store_duration<&settings::failover_after, 0>},
    setting{"failsafe", "WHO", "all", sidecar,
            "While the API server does not answer: all (the holder goes on if every pod that "
            "was in sync agrees) or off.",
            store_choice<&settings::failsafe, failsafe_words>},
    setting{"after-divergence", "WHAT", "follow", sidecar,
            "What a pod does that has writes which the new primary lacks, once they are kept in a "
            "file: follow (and give them up) or hold.",
            store_choice<&settings::after_divergence, after_divergence_words>},
    setting{"keep-lost-max", "SIZE", "256MiB", sidecar,
            "The largest such file; 0: none is written.", store_size<&settings::keep_lost_max>},
    setting{"failover-min-replicas", "COUNT", "auto", init | sidecar,
            "min-replicas-to-write of the holder: 1, 0, or auto: 1, and 0 only while nobody "
            "follows and the lock can be renewed.",
            store_choice<&settings::min_replicas, min_replicas_words>},
    setting{"api-server", "HOST[:PORT]", "", sidecar,
            "The API server. Default: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT.",
            store_api_server},
    setting{"api-folder", "PATH", "/var/run/secrets/kubernetes.io/serviceaccount", sidecar,
            "Where token, ca.crt and namespace are.", store_path<&settings::api_folder>},
    setting{"replica-announce-ip", "HOST", "", init,
            "The address under which this pod shows itself to its primary.", store_announce_ip},
    setting{"replica-announce-port", "PORT", "0", init,
            "The port under which it does; 0: the port that it has.",
            store_port<&settings::replica_announce_port, 0>},
    setting{"maxmemory-percent", "PERCENT", "0", init,
            "Sets maxmemory to that part of the container's memory limit; 0: leaves it alone.",
            store_maxmemory_percent},
    setting{"memory-limit", "SIZE", "0", init,
            "The limit that this is a part of; 0: the one of the cgroup that init runs in.",
            store_size<&settings::memory_limit>},
    setting{"shutdown-timeout", "DURATION", "20s", init | sidecar,
            "How long Redis 7 and later waits for its replicas at SIGTERM, and a preStop hook for "
            "those of an older one; in whole seconds, and well within the pod's grace period, "
            "since Redis saves its RDB after that.",
            store_duration<&settings::shutdown_timeout, 0>},
    setting{"dry-run", "", "false", init,
            "Prints the redis.conf with secrets replaced, and writes nothing.",
            store_switch<&settings::dry_run>},
    setting{"poll-interval", "DURATION", "250ms", sidecar,
            "How often Redis and the primary are asked for what readiness needs. At most 1s.",
            store_duration<&settings::poll_interval, 50>},
    setting{"detail-interval", "DURATION", "1s", sidecar,
            "How often they are asked for the rest: version, keys, resyncs.",
            store_duration<&settings::detail_interval, 250>},
    setting{"redis-timeout", "DURATION", "1s", sidecar,
            "An answer of Redis that takes longer counts as none.",
            store_duration<&settings::redis_timeout, 50>},
    setting{"contact-timeout", "DURATION", "1.5s", sidecar,
            "A primary that has not answered for longer is out of contact.",
            store_duration<&settings::contact_timeout, 100>},
    setting{"max-lag-bytes", "SIZE", "16MiB", sidecar,
            "A replica that is further behind is not ready until it has halved this.",
            store_size<&settings::max_lag_bytes>},
    setting{"max-lag", "DURATION", "10s", sidecar,
            "The same in time: how long ago the primary was where the replica is now.",
            store_duration<&settings::max_lag, 1000>},
    setting{"max-staleness", "DURATION", "5m", sidecar,
            "How old a replica's data may be while its primary is out of contact.",
            store_duration<&settings::max_staleness, 0>},
    setting{"max-observation-age", "DURATION", "5s", sidecar,
            "What the agent knows and is older than this makes it not ready.",
            store_duration<&settings::max_observation_age, 500>},
    setting{"liveness-budget", "DURATION", "60s", sidecar,
            "How long Redis may be silent, neither loading nor busy, before /redis/livez fails.",
            store_duration<&settings::liveness_budget, 1000>},
    setting{"startup-stall", "DURATION", "2m", sidecar,
            "How long loading or a sync may stand still before /startupz fails.",
            store_duration<&settings::startup_stall, 1000>},
    setting{"listen", "[IP]:PORT,...", ":9121", sidecar | status | resolve,
            "Where the agent answers probes and Prometheus; without an IP on all addresses, IPv4 "
            "and IPv6. status asks the other pods at the first one's port.",
            store_listen},
    setting{"web-config-file", "PATH", "", sidecar | status | resolve,
            "TLS, users and client certificates for all pages but the probes, in the form of "
            "Prometheus' exporter-toolkit; read anew when it changes. Default: plain, for all.",
            store_path<&settings::web_config_file>},
    setting{"web-ca-file", "PATH", "", sidecar | status | resolve,
            "Of whom other agents' certificates have to be. Default: ca.crt beside cert_file.",
            store_path<&settings::web_ca_file>},
    setting{"web-login-file", "PATH", "", sidecar | status | resolve,
            "A file with one line NAME:PASSWORD, as whom agents ask each other where there are "
            "users.",
            store_path<&settings::web_login_file>},
    setting{"latency-percentiles", "SWITCH", "on", sidecar,
            "on or off: percentiles of each command's latency among the metrics (Redis 7 and "
            "later), which are most of what a scrape costs Redis.",
            store_choice<&settings::latency_percentiles, on_or_off>},
    setting{"log-format", "FORMAT", "text", init | sidecar, "text or json.",
            store_choice<&settings::log_format, log_format_words>},
    setting{"log-level", "LEVEL", "info", init | sidecar, "debug, info, warning or error.",
            store_choice<&settings::log_level, log_level_words>},
    setting{"watch", "", "false", status, "Shows the table again each second, until Ctrl-C.",
            store_switch<&settings::watch>},
    setting{"json", "", "false", status, "Prints JSON in place of the table.",
            store_switch<&settings::json>},
    setting{"keep", "WHOSE", "", resolve,
            "mine: this pod's data, whatever others have beyond it. theirs: what the others have, "
            "whatever this pod has beyond it.",
            store_keep},
    setting{"yes", "", "false", resolve, "Does not ask.", store_switch<&settings::yes>},
    setting{"to", "POD", "", switchover,
            "The pod that is to be the primary. Default: one that is in sync, by its ordinal.",
            store_text<&settings::move_to>},
    setting{"wait", "DURATION", "35s", check, "How long check waits for DNS to list this pod.",
            store_duration<&settings::check_wait, 0>},
    setting{"color", "WHEN", "auto", status, "auto (on a terminal), always or never.",
            store_choice<&settings::color, color_words>},
};

}  // namespace

std::span<const setting> all_settings() { return table; }

}  // namespace redis_agent::core
