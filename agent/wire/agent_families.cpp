// The agent's own families, redis_agent_*.
#include <algorithm>
#include <array>
#include <string>

#include "core/failover/lock.hpp"
#include "core/orders/rotation.hpp"
#include "core/readiness/verdict.hpp"
#include "core/safety/gate.hpp"
#include "wire/metric_families.hpp"

namespace redis_agent::wire {
namespace {

double age(core::instant then, core::instant now) { return core::to_seconds(now - then); }

void add_readiness(families& to, const snapshot& at) {
  const core::verdict v = core::decide(at.seen, at.settings, at.now);
  gauge(to, "redis_agent_ready", "1 when the pod is ready").sample(v.is_ready ? 1 : 0);
  auto present = gauge(to, "redis_agent_readiness_reason",
                       "1 for the reason why the pod is ready or not, 0 for all others");
  for (std::size_t i = 0; i < core::reasons; ++i) {
    const auto why = static_cast<core::reason>(i);
    present.sample(why == v.why ? 1 : 0, {{"reason", core::to_text(why)}});
  }
  gauge(to, "redis_agent_role", "The role that the pod is to have, always 1")
      .sample(1, {{"role", core::to_text(at.seen.derived)}});
  const bool is_seen = at.seen.redis.condition == core::link_condition::up;
  gauge(to, "redis_agent_serving_as_primary",
        "1 while Redis is a primary that can be reached from outside its pod")
      .sample(is_seen && core::serves_as_primary(at.seen) ? 1 : 0);
  if (at.seen.redis.reported_at) {
    gauge(to, "redis_agent_observation_age_seconds", "Age of the last complete report of Redis")
        .sample(age(*at.seen.redis.reported_at, at.now));
  }
}

template <class Times, class Name>
void add_decisions(family& to, std::string_view by, const Times& times, const Name& name) {
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::string rule = name(i);
    to.sample(static_cast<double>(times.at(i)), {{"by", by}, {"rule", rule}});
  }
}

void add_tally(families& to, const snapshot& at) {
  if (at.counted == nullptr) return;
  auto spent = counter(to, "redis_agent_readiness_seconds_total",
                       "Seconds that the pod has been in each reason of its readiness");
  for (std::size_t i = 0; i < core::reasons; ++i) {
    const auto why = static_cast<core::reason>(i);
    spent.sample(core::to_seconds(at.counted->time_in(why, at.now)),
                 {{"reason", core::to_text(why)}});
  }
  auto decided = counter(to, "redis_agent_decisions_total",
                         "How often a rule came to be the one that decides; gate and lock: its "
                         "number, 0 for none; rope: what it does");
  const auto number = [](std::size_t rule) { return std::to_string(rule); };
  add_decisions(decided, "gate", at.counted->gate(), number);
  add_decisions(decided, "rope", at.counted->rope(), [](std::size_t act) {
    constexpr std::array words = {"none", "leave", "follow", "park"};
    return std::string(words.at(act));
  });
  if (at.seen.lock.is_used()) add_decisions(decided, "lock", at.counted->lock(), number);
}

// A replica's rope shows as its reason; a primary's gate has rules that an alert wants to name.
void add_gate(families& to, const snapshot& at) {
  const core::gate_ruling ruling = core::decide_gate(at.seen, at.settings, at.now);
  const bool is_open = ruling.act == core::gate_act::none;
  gauge(to, "redis_agent_gate_open",
        "1 when the primary may be reached and copied; the rule that keeps it closed, 0 for none")
      .sample(is_open ? 1 : 0, {{"rule", std::to_string(ruling.rule)}});
  gauge(to, "redis_agent_gate_in_file",
        "0 when the redis.conf has lost its gate: a restart of Redis alone would serve at once")
      .sample(at.seen.gate_is_in_file ? 1 : 0);
}

// What the volume remembers of the end before this start.
void add_last_end(families& to, const core::end_proof& end) {
  gauge(to, "redis_agent_last_end_replicas", "Replicas of the primary at its last planned end")
      .sample(static_cast<double>(end.replicas));
  gauge(to, "redis_agent_last_end_acknowledged_replicas",
        "Replicas that had all that was written at the primary's last planned end")
      .sample(static_cast<double>(end.acknowledged));
  gauge(to, "redis_agent_last_end_unacknowledged_bytes",
        "Bytes of the stream that no replica had at the primary's last planned end; above 0 writes "
        "are "
        "at risk")
      .sample(static_cast<double>(end.unacknowledged_bytes));
}

void add_lag(families& to, const snapshot& at) {
  const core::memory& seen = at.seen;
  if (const auto lag = core::measure_lag(seen, at.now)) {
    gauge(to, "redis_agent_lag_bytes", "Bytes of the primary's stream that are not here yet")
        .sample(static_cast<double>(lag->bytes));
    gauge(to, "redis_agent_lag_seconds",
          "Upper bound of how long ago the primary was where the replica is now")
        .sample(core::to_seconds(lag->upper_bound));
    gauge(to, "redis_agent_lag_estimate_seconds",
          "Estimate of how long ago the primary was where the replica is now; too small by at most "
          "one poll interval")
        .sample(core::to_seconds(lag->estimate));
  }
  if (seen.sync.data_as_of) {
    gauge(to, "redis_agent_data_age_seconds", "How old the replica's data is at most")
        .sample(age(*seen.sync.data_as_of, at.now));
  }
  if (seen.primary.reported_at) {
    gauge(to, "redis_agent_primary_contact_age_seconds", "Since the primary was last heard")
        .sample(age(*seen.primary.reported_at, at.now));
  }
  gauge(to, "redis_agent_lag_budget_bytes", "Further behind it is not ready (--max-lag-bytes)")
      .sample(static_cast<double>(seen.budget.bytes));
  gauge(to, "redis_agent_lag_budget_seconds", "Further behind in time it is not ready (--max-lag)")
      .sample(core::to_seconds(seen.budget.time));
  gauge(
      to, "redis_agent_staleness_budget_seconds",
      "While the primary is out of contact data that is older makes it not ready (--max-staleness)")
      .sample(core::to_seconds(at.settings.max_staleness));
  const bool is_seen = seen.redis.condition == core::link_condition::up && seen.replication;
  if (is_seen && seen.replication->link) {
    const core::replica_link& link = *seen.replication->link;
    const std::optional<std::int64_t> down = link.is_up ? 0 : link.down_for_seconds;
    // One that never was up: -1, or before 7.0 the time since 1970.
    const std::int64_t uptime = seen.server ? seen.server->uptime_seconds : 0;
    if (down && *down >= 0 && *down <= uptime) {
      gauge(to, "redis_agent_link_down_seconds",
            "Since the link to the primary went down; 0 while it is up, absent if it never was")
          .sample(static_cast<double>(*down));
    }
  }
  auto resyncs = counter(to, "redis_agent_resyncs_total",
                         "Resyncs of this replica that the agent has seen, by kind and cause");
  for (std::size_t i = 0; i < core::resync_causes; ++i) {
    const std::string_view cause = core::to_text(static_cast<core::resync_cause>(i));
    resyncs
        .sample(static_cast<double>(seen.sync.resyncs.full.at(i)),
                {{"kind", "full"}, {"cause", cause}})
        .sample(static_cast<double>(seen.sync.resyncs.partial.at(i)),
                {{"kind", "partial"}, {"cause", cause}});
  }
}

// How far each replica is behind, as the primary sees it.
void add_replica_lags(families& to, const core::memory& seen) {
  const bool is_seen = seen.redis.condition == core::link_condition::up && seen.replication;
  if (!is_seen || seen.replication->replicas.empty()) return;
  auto lag =
      gauge(to, "redis_agent_replica_lag_bytes",
            "Bytes of the stream that a replica has not acknowledged; absent in a full sync");
  for (const core::attached_replica& replica : core::distinct_replicas(*seen.replication)) {
    if (replica.state != "online") continue;
    const std::string address = core::to_text(replica.address);
    lag.sample(static_cast<double>(seen.replication->offset - replica.offset),
               {{"replica", address}});
  }
}

void add_lock(families& to, const snapshot& at) {
  const core::lock_memory& lock = at.seen.lock;
  gauge(to, "redis_agent_lock_held", "1 while this pod holds the lock")
      .sample(lock.holds() ? 1 : 0);
  gauge(to, "redis_agent_lock_serves", "1 while this pod may take writes by the lock")
      .sample(lock.holds() && core::may_serve(at.seen, at.settings, at.now) ? 1 : 0);
  if (lock.seen) {
    gauge(to, "redis_agent_lock_term", "How often the lock has been taken")
        .sample(static_cast<double>(lock.seen->term));
  }
  if (lock.certificate_until) {
    gauge(to, "redis_agent_api_certificate_expiry_timestamp_seconds",
          "When the API server's certificate ends; after it no agent can renew the lock")
        .sample(static_cast<double>(*lock.certificate_until));
  }
  if (lock.holds() && lock.renewed_at) {
    gauge(to, "redis_agent_lock_renewal_age_seconds",
          "Since the start of its last good renewal by this pod")
        .sample(age(*lock.renewed_at, at.now));
  }
}

struct named_link {
  std::string_view peer;
  const core::link_memory& link;
};

void add_links(families& to, const std::vector<named_link>& links, bool speaks_tls) {
  auto polls = counter(to, "redis_agent_polls_total", "Polls of a server, whatever came of them");
  for (const auto& [peer, link] : links) {
    polls.sample(static_cast<double>(link.polls), {{"peer", peer}});
  }
  auto reconnects =
      counter(to, "redis_agent_reconnects_total", "Connections to a server after the first one");
  for (const auto& [peer, link] : links) {
    reconnects.sample(static_cast<double>(std::max<std::uint64_t>(link.connections, 1) - 1),
                      {{"peer", peer}});
  }
  auto failures = counter(to, "redis_agent_poll_failures_total",
                          "Polls of a server that gave no report, by reason");
  for (const auto& [peer, link] : links) {
    for (std::size_t i = 0; i < link.failures.size(); ++i) {
      const auto condition = static_cast<core::link_condition>(i);
      if (condition == core::link_condition::untried || condition == core::link_condition::up) {
        continue;
      }
      if (core::is_about_tls(condition) && !speaks_tls) continue;
      failures.sample(static_cast<double>(link.failures[i]),
                      {{"peer", peer}, {"reason", core::to_text(condition)}});
    }
  }
}

void add_lost(families& to, const core::lost_memory& lost) {
  counter(to, "redis_agent_lost_bytes_total",
          "Bytes of commands that this pod had and the holder of the lock did not carry")
      .sample(static_cast<double>(lost.bytes_total));
  auto kept = counter(
      to, "redis_agent_lost_kept_total",
      "How often data that the holder of the lock did not carry was kept on the volume, by form; "
      "nothing: it was not");
  for (std::size_t i = 0; i < core::kept_forms; ++i) {
    const auto form = static_cast<core::kept_form>(i);
    kept.sample(static_cast<double>(lost.settled.at(i)), {{"form", core::to_text(form)}});
  }
}

void add_certificates(families& to, const core::certificate_memory& known) {
  auto expiry =
      gauge(to, "redis_agent_certificate_expiry_timestamp_seconds",
            "When a certificate ends: the one that Redis shows, the one in its files, and "
            "the authority of that");
  if (!known.served.empty()) {
    expiry.sample(static_cast<double>(known.served_until), {{"file", "served"}});
  }
  if (known.installed) {
    expiry.sample(static_cast<double>(known.installed->valid_until), {{"file", "disk"}})
        .sample(static_cast<double>(known.installed->authority_until), {{"file", "ca"}});
  }
  gauge(to, "redis_agent_certificates_ok",
        "0 while those of the Secret cannot be used; /status says why")
      .sample(known.trouble.empty() ? 1 : 0);
  gauge(to, "redis_agent_certificate_ends_soon",
        "1 in the last tenth of the life of what is in the files, or the last week, and after it")
      .sample(core::ends_soon(known) ? 1 : 0);
  gauge(to, "redis_agent_certificate_served",
        "1 while Redis shows the certificate that is in its files")
      .sample(known.installed && known.served == known.installed->fingerprint ? 1 : 0);
  counter(to, "redis_agent_certificate_reload_failures_total",
          "Times that Redis has refused to read its certificates anew")
      .sample(static_cast<double>(known.reload_failures));
}

void add_passwords(families& to, const snapshot& at) {
  const core::password_memory& seen = at.seen.passwords;
  const core::rotation_facts facts = core::assess_rotation(at.seen, at.settings, at.now);
  const core::password_tags tags = core::tell_tags(facts);
  auto known = gauge(to, "redis_agent_password",
                     "1 for each password, by its tag: which the files name (use, also), Redis "
                     "accepts, and its link presents");
  const auto add = [&](std::string_view where, const std::string& tag) {
    if (!tag.empty()) known.sample(1, {{"tag", tag}, {"where", where}});
  };
  add("use", tags.use);
  add("also", tags.also);
  add("link", tags.link);
  for (const std::string& tag : tags.accepted) add("accepted", tag);
  const core::rotation_phase phase = core::phase_of(facts);
  auto phases = gauge(to, "redis_agent_password_phase",
                      "1 for what is under way with the passwords, 0 for all others");
  for (std::size_t i = 0; i < core::rotation_phases; ++i) {
    const auto each = static_cast<core::rotation_phase>(i);
    phases.sample(each == phase ? 1 : 0, {{"phase", core::to_text(each)}});
  }
  gauge(to, "redis_agent_password_files_ok", "0 while the passwords' files are not in order")
      .sample(seen.trouble.empty() ? 1 : 0);
  if (!seen.changed_at) return;
  gauge(to, "redis_agent_password_change_age_seconds", "Since the password's file changed")
      .sample(age(*seen.changed_at, at.now));
}

void add_dns(families& to, const core::memory& seen) {
  counter(to, "redis_agent_dns_changes_total", "Answers of DNS that differ from the one before")
      .sample(static_cast<double>(seen.primary_name.changes), {{"name", "primary"}})
      .sample(static_cast<double>(seen.service_name.changes), {{"name", "service"}});
  counter(to, "redis_agent_dns_failures_total", "Questions to DNS that were not answered")
      .sample(static_cast<double>(seen.primary_name.failures), {{"name", "primary"}})
      .sample(static_cast<double>(seen.service_name.failures), {{"name", "service"}});
  if (seen.service_name.answer) {
    gauge(to, "redis_agent_pods", "Pods that DNS lists for the headless Service")
        .sample(static_cast<double>(seen.service_name.answer->targets.size()));
    gauge(to, "redis_agent_dns_answer_cut",
          "1 while DNS tells only a part of the pods: too many for UDP, and TCP gives no more")
        .sample(seen.service_name.answer->is_cut ? 1 : 0);
  }
}

void add_web(families& to, const core::web_state& web) {
  gauge(to, "redis_agent_web_config_ok",
        "0 while the files of --web-config-file cannot be used, and earlier ones stay; the log "
        "says why")
      .sample(web.trouble.empty() ? 1 : 0);
  if (web.certificate_until == 0) return;
  gauge(to, "redis_agent_web_certificate_expiry_timestamp_seconds",
        "When the certificate ends by which the agent shows its pages")
      .sample(static_cast<double>(web.certificate_until));
}

}  // namespace

void add_agent_families(families& to, const snapshot& at) {
  gauge(to, "redis_agent_build_info", "The agent's version, always 1")
      .sample(1, {{"version", at.agent_version}});
  gauge(to, "redis_agent_uptime_seconds", "Since the agent started")
      .sample(age(at.seen.started_at, at.now));
  gauge(to, "redis_agent_init_warnings", "What init warns of; /status has the texts")
      .sample(static_cast<double>(at.seen.init_warnings.size()));
  add_readiness(to, at);
  add_tally(to, at);
  if (at.seen.derived == core::role::primary) add_gate(to, at);
  add_replica_lags(to, at.seen);
  if (at.seen.remembered && at.seen.remembered->last_end) {
    add_last_end(to, *at.seen.remembered->last_end);
  }
  std::vector<named_link> links = {{"redis", at.seen.redis}};
  if (at.seen.derived == core::role::replica) {
    add_lag(to, at);
    links.push_back({"primary", at.seen.primary});
  }
  add_links(to, links, at.settings.tls != core::tls_mode::off);
  counter(to, "redis_agent_orders_total", "Orders that were sent to a server")
      .sample(static_cast<double>(at.seen.orders_given));
  counter(to, "redis_agent_refused_orders_total", "Orders that a server has refused")
      .sample(static_cast<double>(at.seen.orders_refused));
  const bool volume_serves = core::describe_volume_trouble(at.seen, at.now).empty();
  gauge(to, "redis_agent_volume_ok",
        "0 while the volume does not give or take the agent's memory; the log says why")
      .sample(volume_serves ? 1 : 0);
  counter(to, "redis_agent_redis_restarts_total", "Restarts of Redis that the agent has seen")
      .sample(static_cast<double>(at.seen.server_restarts));
  if (at.seen.lock.is_used()) {
    add_lock(to, at);
    add_lost(to, at.seen.lost);
  }
  if (at.seen.certificates.is_used) add_certificates(to, at.seen.certificates);
  if (at.seen.passwords.is_rotated) add_passwords(to, at);
  add_dns(to, at.seen);
  if (at.web != nullptr) add_web(to, *at.web);
}

}  // namespace redis_agent::wire
