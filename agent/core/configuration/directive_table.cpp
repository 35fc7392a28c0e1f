#include "core/configuration/directive_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/configuration/user_config.hpp"
#include "core/configuration/volume_file.hpp"

namespace redis_agent::core {
namespace {

using values = std::vector<std::string>;

bool is_word(const values& v, std::string_view word) {
  return v.size() == 1 && std::equal(v[0].begin(), v[0].end(), word.begin(), word.end(),
                                     [](char a, char b) { return (a | 0x20) == b; });
}

bool is_yes(const values& v, const redis_conf_plan&) { return is_word(v, "yes"); }
bool is_no(const values& v, const redis_conf_plan&) { return is_word(v, "no"); }
bool is_something(const values& v, const redis_conf_plan&) { return !v.empty() && !v[0].empty(); }
bool is_zero(const values& v, const redis_conf_plan&) { return v.size() == 1 && v[0] == "0"; }
bool is_not_zero(const values& v, const redis_conf_plan& p) {
  return is_something(v, p) && !is_zero(v, p);
}

bool has_tls(const values&, const redis_conf_plan& p) { return p.tls.mode != tls_mode::off; }
bool is_yes_without_tls(const values& v, const redis_conf_plan& p) {
  return is_yes(v, p) && !has_tls(v, p);
}
bool is_zero_without_tls(const values& v, const redis_conf_plan& p) {
  return is_zero(v, p) && !has_tls(v, p);
}
bool is_not_zero_without_tls(const values& v, const redis_conf_plan& p) {
  return is_not_zero(v, p) && !has_tls(v, p);
}

template <int limit>
bool is_below(const values& v, const redis_conf_plan&) {
  int number = limit;
  if (v.size() == 1) std::from_chars(v[0].data(), v[0].data() + v[0].size(), number);
  return number < limit;
}

bool is_above_ten(const values& v, const redis_conf_plan& p) {
  return v.size() == 1 && !is_below<11>(v, p);
}

bool is_the_agents_file(const values& v, const redis_conf_plan&) {
  return v.size() == 1 && v[0] == volume_memory_file;
}

bool leaves_a_window(const values& v, const redis_conf_plan& p) {
  return is_zero(v, p) && !p.is_parked;
}

bool hurries_the_end(const values& v, const redis_conf_plan&) {
  return std::any_of(v.begin(), v.end(), [](const std::string& flag) {
    return flag == "now" || flag == "nosave" || flag == "force";
  });
}

// No line of the agent could take it back, unless there is one behind the gate. Redis 5 takes "no
// one" for a host and a port.
bool makes_the_primary_a_replica(const values& v, const redis_conf_plan& p) {
  if (p.own_role != role::primary) return false;
  const bool is_nobody = v.size() == 2 && is_word({v[0]}, "no") && is_word({v[1]}, "one");
  return !is_nobody || (p.gate != gate_choice::nowhere && p.version < redis_version{6, 0});
}

constexpr std::string_view overrides = "the agent's own line follows and wins";

constexpr std::array rules = {
    // The agent's own; some only where a setting asks for them.
    directive_rule{"dir", standing::own, overrides},
    directive_rule{"bind", standing::own, overrides},
    directive_rule{"masterauth", standing::own, overrides},
    directive_rule{"masteruser", standing::own, overrides},
    directive_rule{"maxmemory", standing::own, overrides},
    directive_rule{"protected-mode", standing::own, overrides},
    directive_rule{"requirepass", standing::own, overrides},
    directive_rule{"shutdown-timeout", standing::own, overrides},

    directive_rule{"aclfile", standing::judged, "who may log in"},
    directive_rule{"include", standing::judged, "is followed"},
    directive_rule{"rename-command", standing::judged, "the agent's commands have to keep a name"},
    directive_rule{"user", standing::judged, "who may log in"},

    directive_rule{"replicaof", standing::impossible,
                   "this pod is the primary, as its name says; expected a file without it",
                   makes_the_primary_a_replica},
    directive_rule{"port", standing::impossible,
                   "the agent and the replicas reach Redis by TCP without TLS; expected no such "
                   "line (--redis-port has the port), or --tls=only",
                   is_zero_without_tls},
    directive_rule{"cluster-enabled", standing::impossible,
                   "a cluster refuses REPLICAOF and answers CLUSTERDOWN; expected no", is_yes},
    directive_rule{"daemonize", standing::impossible,
                   "the container ends when Redis goes to the background; expected no", is_yes},
    directive_rule{"tls-replication", standing::impossible,
                   "replicas would speak TLS to the primary's plain port, and never sync; expected "
                   "no, or --tls",
                   is_yes_without_tls},
    directive_rule{"sentinel", standing::impossible,
                   "is for Sentinel; Redis does not start with it"},
    directive_rule{"dbfilename", standing::impossible,
                   "is the agent's own file; expected another name", is_the_agents_file},
    directive_rule{"appendfilename", standing::impossible,
                   "is the agent's own file; expected another name", is_the_agents_file},
    directive_rule{"appenddirname", standing::impossible,
                   "is the agent's own file; expected another name", is_the_agents_file},

    directive_rule{"tls-port", standing::notable,
                   "the agent and the replicas use the plain port, which stays open beside it; "
                   "--tls is what makes them use TLS",
                   is_not_zero_without_tls},
    directive_rule{"tls-client-cert-file", standing::notable,
                   "replicas show that certificate, which the agent does not check or renew",
                   has_tls},
    directive_rule{"logfile", standing::notable,
                   "what Redis says goes there and not into the pod's log", is_something},
    directive_rule{"syslog-enabled", standing::notable,
                   "what Redis says goes there too, and a pod has no syslog", is_yes},
    directive_rule{"maxclients", standing::notable,
                   "each pod's agent and each replica needs a connection; when all are used up, "
                   "nobody can look at the server. Expected 64 or more",
                   is_below<64>},
    directive_rule{"replica-read-only", standing::notable,
                   "what is written to a replica is nowhere else, and the next full sync takes it",
                   is_no},
    directive_rule{"replica-serve-stale-data", standing::notable,
                   "a replica whose link is down refuses reads and is not ready then, whatever "
                   "--max-staleness says",
                   is_no},
    directive_rule{"replica-ignore-maxmemory", standing::notable,
                   "a replica drops keys by itself: where pods are compared by their number of "
                   "keys, it seems to have less",
                   is_no},
    directive_rule{"replica-announce-ip", standing::notable,
                   "each pod that reads this file shows itself by that address; "
                   "--replica-announce-ip is for one pod",
                   is_something},
    directive_rule{"replica-announce-port", standing::notable,
                   "each pod that reads this file shows itself by that port", is_not_zero},
    directive_rule{"repl-ping-replica-period", standing::notable,
                   "a link that is silent for more than 11 s is taken for dead; expected 10 or "
                   "less",
                   is_above_ten},
    directive_rule{"repl-timeout", standing::notable,
                   "a quiet link breaks off again and again, unless repl-ping-replica-period (10) "
                   "is shorter; expected 11 or more",
                   is_below<11>},
    directive_rule{"repl-diskless-sync-delay", standing::notable,
                   "a replica that starts under the primary's name may lose small data to an empty "
                   "primary before its agent looks; expected 1 or more, or --replicaof=placeholder",
                   leaves_a_window},
    directive_rule{"shutdown-on-sigterm", standing::notable,
                   "Redis ends without what a planned end waits for: replicas (now, force) or the "
                   "RDB (nosave); expected default",
                   hurries_the_end},
    directive_rule{"gopher-enabled", standing::notable, "keys can be read without the password",
                   is_yes},
    directive_rule{"rdma-port", standing::notable,
                   "the gate closes TCP alone, and the agent does not look there", is_not_zero},
    directive_rule{"import-mode", standing::notable,
                   "expired keys stay: where pods are compared by their number of keys, this one "
                   "seems to have more",
                   is_yes},
};

struct harmless_group {
  std::string_view why;
  std::string_view names;
};

constexpr std::array harmless = {
    harmless_group{"how keys lie in memory, and how they leave it",
                   "hash-max-listpack-entries hash-max-listpack-value hash-max-ziplist-entries "
                   "hash-max-ziplist-value list-compress-depth list-max-listpack-size "
                   "list-max-ziplist-entries list-max-ziplist-size list-max-ziplist-value "
                   "set-max-intset-entries set-max-listpack-entries set-max-listpack-value "
                   "zset-max-listpack-entries zset-max-listpack-value zset-max-ziplist-entries "
                   "zset-max-ziplist-value stream-node-max-bytes stream-node-max-entries "
                   "hll-sparse-max-bytes activerehashing activedefrag active-defrag-cycle-max "
                   "active-defrag-cycle-min active-defrag-cycle-us active-defrag-ignore-bytes "
                   "active-defrag-max-scan-fields active-defrag-threshold-lower "
                   "active-defrag-threshold-upper active-expire-effort lazyfree-lazy-eviction "
                   "lazyfree-lazy-expire lazyfree-lazy-server-del lazyfree-lazy-user-del "
                   "lazyfree-lazy-user-flush lfu-decay-time lfu-log-factor maxmemory-policy "
                   "maxmemory-samples maxmemory-eviction-tenacity maxmemory-clients "
                   "jemalloc-bg-thread tracking-table-max-keys databases hash-seed "
                   "prefetch-batch-max-size"},
    harmless_group{"INFO persistence tells what comes of it, and a cache starts as one",
                   "save appendonly appendfsync no-appendfsync-on-rewrite aof-load-truncated "
                   "aof-use-rdb-preamble aof-rewrite-incremental-fsync aof-timestamp-enabled "
                   "aof-disable-auto-gc auto-aof-rewrite-min-size auto-aof-rewrite-percentage "
                   "rdb-save-incremental-fsync rdb-del-sync-files rdb-key-save-delay "
                   "rdb-version-check rdbchecksum rdbcompression stop-writes-on-bgsave-error "
                   "sanitize-dump-payload key-load-delay loading-process-events-interval-bytes"},
    harmless_group{"the agent judges the link and the lag themselves, however they come about",
                   "repl-backlog-size repl-backlog-ttl repl-disable-tcp-nodelay "
                   "repl-diskless-load repl-diskless-sync repl-diskless-sync-max-replicas "
                   "repl-rdb-channel repl-mptcp bind-source-addr dual-channel-replication-enabled "
                   "replica-full-sync-buffer-limit replica-lazy-flush replica-priority "
                   "replica-announced replica-ignore-disk-write-errors "
                   "propagation-error-behavior"},
    harmless_group{"the agent asks for it and says so (too_few_replicas)",
                   "min-replicas-to-write min-replicas-max-lag"},
    harmless_group{"how Redis talks to its clients; the agent's questions are small and steady",
                   "client-output-buffer-limit client-query-buffer-limit timeout tcp-backlog "
                   "tcp-keepalive proto-max-bulk-len io-threads io-threads-do-reads "
                   "max-new-connections-per-cycle max-new-tls-connections-per-cycle "
                   "socket-mark-id mptcp notify-keyspace-events acl-pubsub-default"},
    harmless_group{"a way in for this pod alone, which the gate does not mean",
                   "unixsocket unixsocketgroup unixsocketperm"},
    harmless_group{"what Redis writes down about itself",
                   "loglevel pidfile always-show-logo syslog-facility syslog-ident log-format "
                   "log-timestamp-format hide-user-data-from-log crash-log-enabled "
                   "crash-memcheck-enabled slowlog-log-slower-than slowlog-max-len "
                   "commandlog-execution-slower-than commandlog-large-reply-max-len "
                   "commandlog-large-request-max-len commandlog-reply-larger-than "
                   "commandlog-request-larger-than commandlog-slow-execution-max-len "
                   "latency-monitor-threshold latency-tracking latency-tracking-info-percentiles "
                   "acllog-max-len set-proc-title proc-title-template use-exit-on-panic"},
    harmless_group{"how the process runs, without which it would not start at all",
                   "supervised hz dynamic-hz disable-thp oom-score-adj oom-score-adj-values "
                   "server-cpulist server_cpulist bio-cpulist bio_cpulist aof-rewrite-cpulist "
                   "aof_rewrite_cpulist bgsave-cpulist bgsave_cpulist watchdog-period "
                   "ignore-warnings locale-collate shutdown-on-sigint"},
    harmless_group{"a script that runs is told apart (redis_busy)",
                   "lua-time-limit busy-reply-threshold lua-replicate-commands "
                   "lua-enable-deprecated-api lua-enable-insecure-api"},
    harmless_group{"the agent sends none of it",
                   "enable-debug-command enable-module-command enable-protected-configs "
                   "loadmodule extended-redis-compatibility availability-zone"},
    harmless_group{"has no effect without cluster-enabled",
                   "cluster-allow-pubsubshard-when-down cluster-allow-reads-when-down "
                   "cluster-allow-replica-migration cluster-announce-bus-port "
                   "cluster-announce-client-ipv4 cluster-announce-client-ipv6 "
                   "cluster-announce-client-port cluster-announce-client-tls-port "
                   "cluster-announce-hostname cluster-announce-human-nodename "
                   "cluster-announce-ip cluster-announce-port cluster-announce-tls-port "
                   "cluster-blacklist-ttl cluster-compatibility-sample-ratio "
                   "cluster-config-file cluster-config-save-behavior cluster-databases "
                   "cluster-link-sendbuf-limit cluster-manual-failover-timeout "
                   "cluster-migration-barrier cluster-node-timeout cluster-ping-interval "
                   "cluster-port cluster-preferred-endpoint-type cluster-replica-no-failover "
                   "cluster-replica-validity-factor cluster-require-full-coverage "
                   "cluster-slot-migration-log-max-len cluster-slot-stats-enabled "
                   "slot-migration-max-failover-repl-bytes"},
    harmless_group{"is no matter of the agent's, or its own line follows",
                   "tls-auth-clients tls-auth-clients-user tls-auto-reload-interval "
                   "tls-ca-cert-dir tls-ca-cert-file tls-cert-file tls-ciphers tls-ciphersuites "
                   "tls-client-key-file tls-client-key-file-pass "
                   "tls-cluster tls-dh-params-file tls-key-file tls-key-file-pass "
                   "tls-prefer-server-ciphers tls-protocols tls-session-cache-size "
                   "tls-session-cache-timeout tls-session-caching"},
    harmless_group{"has no effect without rdma-port",
                   "rdma-bind rdma-completion-vector rdma-rx-size"},
};

bool lists(std::string_view names, std::string_view name) {
  while (!names.empty()) {
    const auto end = names.find(' ');
    if (names.substr(0, end) == name) return true;
    names.remove_prefix(end == names.npos ? names.size() : end + 1);
  }
  return false;
}

// A module's, of one that has been loaded or of those that come with Redis 8.
bool is_of_a_module(std::string_view name) {
  constexpr std::array prefixes = {std::string_view("bf-"), std::string_view("cf-"),
                                   std::string_view("search-"), std::string_view("ts-")};
  return name.find('.') != name.npos ||
         std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace

std::optional<directive_rule> find_rule(std::string_view any_name) {
  const std::string name = present_name(any_name);
  for (const directive_rule& rule : rules) {
    if (rule.name == name) return rule;
  }
  for (const harmless_group& group : harmless) {
    if (lists(group.names, name)) return directive_rule{"", standing::harmless, group.why};
  }
  if (is_of_a_module(name)) return directive_rule{"", standing::harmless, "a module's"};
  return std::nullopt;
}

}  // namespace redis_agent::core
