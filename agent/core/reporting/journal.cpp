#include "core/reporting/journal.hpp"

#include <algorithm>

#include "core/failover/decision.hpp"
#include "core/failover/lock.hpp"
#include "core/orders/rotation.hpp"
#include "core/safety/ending.hpp"

namespace redis_agent::core {
namespace {

using fields = std::vector<std::pair<std::string, std::string>>;

std::string join(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ",") + text;
  return joined.empty() ? "none" : joined;
}

void add_verdict(std::vector<log_line>& lines, const journal_view& before,
                 const journal_view& after) {
  if (before.why == after.why) return;
  const bool ready = is_ready(after.why);
  // On the way up "not ready" is no trouble.
  const bool is_trouble = !ready && before.why != reason::starting;
  lines.push_back({is_trouble ? log_level::warning : log_level::info, ready ? "ready" : "not ready",
                   fields{{"reason", std::string(to_text(after.why))},
                          {"because", after.explanation},
                          {"was", std::string(to_text(before.why))}}});
}

void add_decision(std::vector<log_line>& lines, const journal_view& before,
                  const journal_view& after) {
  if (before.decision_in_short == after.decision_in_short) return;
  const bool is_primary = after.derived == role::primary;
  const std::string subject = is_primary ? "the gate" : "the rope";
  if (after.decision.empty()) {
    lines.push_back({log_level::info,
                     is_primary ? "the gate is open" : "the primary has proven itself",
                     fields{{"was", before.decision_in_short}}});
    return;
  }
  const bool is_trouble = after.decision.starts_with("holds");
  lines.push_back({is_trouble ? log_level::warning : log_level::info,
                   subject + (is_primary ? " decides" : " does not trust the primary"),
                   fields{{"decision", after.decision}}});
}

struct link_change {
  link_condition before;
  link_condition after;
  std::uint32_t told;  // how it has failed already since it was up
  const std::string& detail;
};

void add_link(std::vector<log_line>& lines, std::string who, const std::string& address,
              const link_change& change) {
  if (change.before == change.after) return;
  // Each of several addresses may fail in its own way, for hours: once each.
  if ((change.told >> static_cast<unsigned>(change.after) & 1U) != 0) return;
  const bool is_up = change.after == link_condition::up;
  log_line line{is_up ? log_level::info : log_level::warning,
                std::move(who) + (is_up ? " answers" : " does not answer as it should"),
                {{"peer", address}, {"condition", std::string(to_text(change.after))}}};
  if (!is_up && !change.detail.empty()) line.fields.emplace_back("detail", change.detail);
  line.fields.emplace_back("was", to_text(change.before));
  lines.push_back(std::move(line));
}

void add_server(std::vector<log_line>& lines, const journal_view& before,
                const journal_view& after) {
  if (!after.run_id.empty() && before.run_id != after.run_id) {
    lines.push_back({log_level::info, before.run_id.empty() ? "redis found" : "redis has restarted",
                     fields{{"version", after.version}, {"run_id", after.run_id}}});
  }
  if (after.reported_role && before.reported_role != after.reported_role) {
    lines.push_back({log_level::info,
                     "redis says that it is a " + std::string(to_text(*after.reported_role)),
                     {}});
  }
}

void add_end(std::vector<log_line>& lines, const journal_view& before, const journal_view& after) {
  if (before.pause.empty() && !after.pause.empty()) {
    lines.push_back({log_level::info, "redis's clients are paused", fields{{"then", after.pause}}});
  }
  if (after.end.empty() || before.end == after.end) return;
  lines.push_back({log_level::info, "redis ends", fields{{"proof", after.end}}});
}

void add_volume(std::vector<log_line>& lines, const journal_view& before,
                const journal_view& after) {
  if (before.rdb != after.rdb) {
    lines.push_back({log_level::info, "the volume has been read", fields{{"rdb", after.rdb}}});
  }
  if (before.rdb_trouble != after.rdb_trouble && !after.rdb_trouble.empty()) {
    lines.push_back({log_level::warning, "the RDB on the volume cannot be read",
                     fields{{"detail", after.rdb_trouble}}});
  }
  if (before.volume_trouble == after.volume_trouble) return;
  if (after.volume_trouble.empty()) {
    lines.push_back({log_level::info, "the volume serves the agent's memory again", {}});
  } else {
    lines.push_back({log_level::warning, "the volume does not serve the agent's memory",
                     fields{{"detail", after.volume_trouble}}});
  }
}

// One line when it begins, one when it ends: in between the order is given again and again.
void add_refusals(std::vector<log_line>& lines, const journal_view& before,
                  const journal_view& after) {
  const auto add = [&](const std::vector<refused_order>& some,
                       const std::vector<refused_order>& others, const log_line& line) {
    for (const refused_order& one : some) {
      if (std::find(others.begin(), others.end(), one) != others.end()) continue;
      lines.push_back(line);
      lines.back().fields = {{"by", one.by}, {"order", one.order}, {"detail", one.why}};
    }
  };
  add(after.refused, before.refused, {log_level::warning, "an order is refused", {}});
  add(before.refused, after.refused, {log_level::info, "an order is no longer refused", {}});
}

void add_sync(std::vector<log_line>& lines, const journal_view& before, const journal_view& after,
              const std::string& primary) {
  if (after.phase && before.phase != after.phase) {
    fields named = {{"peer", primary}, {"link", std::string(to_text(*after.phase))}};
    if (before.phase) named.emplace_back("was", to_text(*before.phase));
    lines.push_back({log_level::info, "the replication link has changed", std::move(named)});
  }
  for (std::size_t i = 0; i < resync_causes; ++i) {
    const std::string cause(to_text(static_cast<resync_cause>(i)));
    const fields named = {{"peer", primary}, {"cause", cause}};
    if (after.resyncs.full.at(i) > before.resyncs.full.at(i)) {
      lines.push_back({log_level::info, "full resync done", named});
    }
    if (after.resyncs.partial.at(i) > before.resyncs.partial.at(i)) {
      lines.push_back({log_level::info, "partial resync done", named});
    }
  }
}

// Who reads the log for nothing else is to see this.
void add_open_door(std::vector<log_line>& lines, const journal_view& before,
                   const journal_view& after) {
  if (before.gate_is_in_file != after.gate_is_in_file) {
    const bool is_there = after.gate_is_in_file;
    lines.push_back(
        {is_there ? log_level::info : log_level::error,
         is_there ? "the redis.conf has its gate again" : "the redis.conf has lost its gate",
         {}});
  }
  if (before.is_open_to_everybody == after.is_open_to_everybody) return;
  if (after.is_open_to_everybody) {
    lines.push_back({log_level::error, "redis takes commands without a password", {}});
  } else {
    lines.push_back({log_level::info, "redis asks everybody for the password again", {}});
  }
}

void add_certificates(std::vector<log_line>& lines, const journal_view& before,
                      const journal_view& after) {
  const auto& known = before.certificates;
  for (const std::string& warning : after.certificates) {
    if (std::find(known.begin(), known.end(), warning) != known.end()) continue;
    lines.push_back({log_level::warning, "certificates", fields{{"detail", warning}}});
  }
  if (!known.empty() && after.certificates.empty()) {
    lines.push_back({log_level::info, "certificates are well again", {}});
  }
}

void add_own_link(std::vector<log_line>& lines, const journal_view& before,
                  const journal_view& after) {
  const std::string& peer = after.link_peer;
  if (before.link_trouble == after.link_trouble) return;
  if (after.link_trouble.empty()) {
    lines.push_back({log_level::info, "redis's own link is refused no more", {{"peer", peer}}});
  } else {
    lines.push_back({log_level::warning, "redis's own link is refused",
                     fields{{"peer", peer}, {"detail", after.link_trouble}}});
  }
}

void add_trouble(std::vector<log_line>& lines, const std::string& name, const std::string& before,
                 const std::string& after) {
  if (before == after) return;
  if (after.empty()) {
    lines.push_back({log_level::info, "DNS answers again", fields{{"name", name}}});
  } else {
    lines.push_back(
        {log_level::warning, "DNS gives no answer", fields{{"name", name}, {"detail", after}}});
  }
}

void add_names(std::vector<log_line>& lines, const journal_view& before, const journal_view& after,
               const settings& s) {
  add_trouble(lines, s.primary.host, before.primary_name_trouble, after.primary_name_trouble);
  add_trouble(lines, s.headless_service, before.service_name_trouble, after.service_name_trouble);
  if (before.primary_addresses != after.primary_addresses) {
    lines.push_back({log_level::info, "the primary's addresses have changed",
                     fields{{"name", s.primary.host},
                            {"addresses", join(after.primary_addresses)},
                            {"were", join(before.primary_addresses)}}});
  }
  if (before.peers_are_cut != after.peers_are_cut) {
    const bool is_cut = after.peers_are_cut;
    lines.push_back({is_cut ? log_level::warning : log_level::info,
                     is_cut ? "DNS's list of the pods is cut, and TCP gives no more"
                            : "DNS lists all pods again",
                     fields{{"name", s.headless_service}}});
  }
  if (before.peers != after.peers) {
    lines.push_back({log_level::info, "the pods that DNS lists have changed",
                     fields{{"name", s.headless_service},
                            {"pods", join(after.peers)},
                            {"were", join(before.peers)}}});
  }
}

void add_lock(std::vector<log_line>& lines, const journal_view& before, const journal_view& after) {
  if (before.lock_holder != after.lock_holder) {
    lines.push_back({log_level::warning, "the lock has changed",
                     fields{{"holder", after.lock_holder}, {"was", before.lock_holder}}});
  }
  if (before.lock_word != after.lock_word && !after.lock_word.empty()) {
    lines.push_back(
        {log_level::info, "does not take the lock", fields{{"because", after.lock_word}}});
  }
  if (before.lock_trouble.empty() != after.lock_trouble.empty()) {
    const bool is_well = after.lock_trouble.empty();
    lines.push_back({is_well ? log_level::info : log_level::warning,
                     is_well ? "the API server answers again" : "the API server gives no answer",
                     fields{{"detail", is_well ? before.lock_trouble : after.lock_trouble}}});
  }
  if (before.route_trouble != after.route_trouble && !after.route_trouble.empty()) {
    lines.push_back({log_level::warning, "the write Service could not be moved",
                     fields{{"detail", after.route_trouble}}});
  }
  if (before.lost != after.lost && !after.lost.empty()) {
    lines.push_back({log_level::warning, "diverged", fields{{"lost", after.lost}}});
  }
  if (before.move != after.move && !after.move.empty()) {
    lines.push_back(
        {log_level::info, "the move of the primary is over", fields{{"outcome", after.move}}});
  }
}

void add_passwords(std::vector<log_line>& lines, const journal_view& before,
                   const journal_view& after) {
  if (before.passwords != after.passwords) {
    lines.push_back({log_level::info, "the passwords have changed",
                     fields{{"now", after.passwords}, {"were", before.passwords}}});
  }
  if (before.password_trouble == after.password_trouble) return;
  const bool is_well = after.password_trouble.empty();
  lines.push_back({is_well ? log_level::info : log_level::warning,
                   is_well ? "the passwords' files are in order again"
                           : "the passwords' files are not in order",
                   fields{{"detail", is_well ? before.password_trouble : after.password_trouble}}});
}

std::string describe_link(const rotation_facts& facts, const password_tags& tags) {
  if (!facts.links_other_user.empty()) return "that of " + facts.links_other_user;
  return tags.link.empty() ? "none" : tags.link;
}

void look_at_passwords(journal_view& seen, const memory& m, const settings& s, instant now) {
  if (!m.passwords.is_rotated) return;
  const rotation_facts facts = assess_rotation(m, s, now);
  seen.password_trouble = m.passwords.trouble;
  const rotation_phase phase = phase_of(facts);
  if (phase == rotation_phase::unknown) return;
  const password_tags tags = tell_tags(facts);
  seen.passwords = std::string(to_text(phase)) + ": the files name " + tags.use +
                   (tags.also.empty() ? "" : " and " + tags.also) + ", redis accepts " +
                   join(tags.accepted) + ", its link presents " + describe_link(facts, tags);
}

void look_at_lock(journal_view& seen, const memory& m, const settings& s, instant now) {
  const lock_memory& lock = m.lock;
  seen.derived = m.derived;
  seen.primary_name = name_primary(m);
  if (!lock.seen) return;
  const std::string holder(pod_of(lock.seen->holder));
  seen.lock_holder = (holder.empty() ? std::string("nobody") : holder) + " in term " +
                     std::to_string(lock.seen->term);
  const lock_ruling ruling = decide_lock(m, s, now);
  if (ruling.word != lock_word::none) {
    seen.lock_word = std::string(to_text(ruling.word)) + ": " + ruling.evidence;
  }
  if (lock.trouble && *lock.trouble != lock_trouble::conflict) seen.lock_trouble = lock.why;
  seen.route_trouble = lock.route_trouble;
  if (m.lost.kept) seen.lost = describe_lost(m.lost);
  if (lock.move && lock.move->is_over) {
    seen.move = lock.move->outcome.empty() ? "done" : "not done: " + lock.move->outcome;
  }
}

}  // namespace

journal_view view(const memory& m, const settings& s, instant now) {
  const verdict v = decide(m, s, now);
  journal_view seen;
  seen.decision = describe_decision(m, s, now);
  seen.decision_in_short = seen.decision.substr(0, seen.decision.find(':'));
  if (m.volume_is_read) seen.rdb = m.rdb_at_start ? describe(*m.rdb_at_start) : "none";
  seen.refused = standing_refusals(m, now);
  seen.volume_trouble = describe_volume_trouble(m, now);
  seen.certificates = certificate_warnings(m.certificates);
  seen.rdb_trouble = m.rdb_trouble;
  seen.gate_is_in_file = m.gate_is_in_file;
  seen.is_open_to_everybody = m.is_open_to_everybody;
  seen.link_trouble = m.sync.link_trouble;
  seen.link_peer = m.derived == role::replica ? name_primary(m) : to_text(m.sync.followed);
  seen.why = v.why;
  seen.explanation = v.explanation;
  seen.redis = m.redis.condition;
  seen.redis_detail = m.redis.detail;
  seen.redis_failed_as = m.redis.failed_as;
  seen.primary = m.primary.condition;
  seen.primary_detail = m.primary.detail;
  seen.primary_failed_as = m.primary.failed_as;
  if (m.replication) seen.reported_role = m.replication->server_role;
  if (m.server) {
    seen.run_id = m.server->run_id;
    seen.version = m.server->version;
  }
  if (m.replication && m.replication->link) seen.phase = m.sync.phase;
  if (m.ending && m.ending->stands_still) seen.pause = describe_replicas(m);
  const bool is_silent = m.redis.condition != link_condition::up;
  if (const auto proof = prove_end(m, s, now); proof && is_silent) seen.end = describe(*proof);
  seen.resyncs = m.sync.resyncs;
  if (m.primary_name.answer) seen.primary_addresses = m.primary_name.answer->addresses;
  seen.primary_name_trouble = m.primary_name.trouble;
  if (m.service_name.answer) {
    for (const service_target& target : m.service_name.answer->targets) {
      seen.peers.emplace_back(first_label(target.host));
    }
    seen.peers_are_cut = m.service_name.answer->is_cut;
  }
  seen.service_name_trouble = m.service_name.trouble;
  look_at_lock(seen, m, s, now);
  look_at_passwords(seen, m, s, now);
  return seen;
}

std::vector<log_line> describe_changes(const journal_view& before, const journal_view& after,
                                       const settings& s) {
  std::vector<log_line> lines;
  add_volume(lines, before, after);
  add_names(lines, before, after, s);
  add_link(lines, "redis", to_text(endpoint{s.redis_host, s.redis_port}),
           {before.redis, after.redis, before.redis_failed_as, after.redis_detail});
  add_link(lines, "the primary", after.primary_name,
           {before.primary, after.primary, before.primary_failed_as, after.primary_detail});
  add_server(lines, before, after);
  add_end(lines, before, after);
  add_refusals(lines, before, after);
  add_open_door(lines, before, after);
  add_sync(lines, before, after, after.primary_name);
  add_own_link(lines, before, after);
  add_certificates(lines, before, after);
  add_lock(lines, before, after);
  add_passwords(lines, before, after);
  add_decision(lines, before, after);
  add_verdict(lines, before, after);
  return lines;
}

}  // namespace redis_agent::core
