// What the memory has for the rotation's rules.
#include <algorithm>

#include "core/orders/rotation.hpp"

namespace redis_agent::core {
namespace {

std::vector<std::string> taken_of(const password_report& report,
                                  const std::vector<known_password>& logins) {
  if (!report.takes_any) return report.accepted.value_or(std::vector<std::string>());
  std::vector<std::string> all;
  for (const known_password& login : logins) all.push_back(login.hash);
  return all;
}

std::string rotated_user(const settings& s) { return s.username.empty() ? "default" : s.username; }

// masteruser, if it is not the one whose password changes: its password is somebody else's
// business, and the new one would be refused.
std::string other_user_of(const password_report& own, const std::string& rotated) {
  const std::string name = own.links_user.empty() ? "default" : own.links_user;
  return name == rotated ? std::string() : name;
}

bool is_reached(const link_memory& link) { return link.condition == link_condition::up; }

// As DNS says now: it lists pods that are not ready, too. One that comes back starts with what its
// files say then.
bool is_gone(const memory& m, const std::string& pod) {
  const auto& answer = m.service_name.answer;
  return answer && !answer->is_cut && m.service_name.trouble.empty() && !lists(*answer, pod);
}

// At its gate a primary follows a pod; else a replica the primary, by whatever name.
const pod_memory* followed_pod(const memory& m) {
  const auto& link = m.replication ? m.replication->link : std::nullopt;
  if (!link) return nullptr;
  for (const auto& [name, pod] : m.pods) {
    if (is_reached(pod.link) && pod.report.server_address == link->primary.host) return &pod;
  }
  return nullptr;
}

void add_followed(rotation_facts& f, const memory& m) {
  const bool is_replica = m.replication && m.replication->link;
  if (!is_replica) return;
  if (m.derived == role::replica && is_reached(m.primary) &&
      leads_to_the_primary(m, *m.replication)) {
    f.follows = true;
    const bool is_told = m.passwords.primarys && m.passwords.primarys->accepted;
    if (is_told) f.taken_by_followed = taken_of(*m.passwords.primarys, logins_of(m.passwords));
    if (!is_told && m.passwords.tried_run == m.primary_run_id) {
      f.taken_by_followed = m.passwords.taken_by_primary;
    }
    if (m.passwords.primary_says_of == m.primary_run_id) {
      f.primary_says = m.passwords.primary_says;
    }
    return;
  }
  const pod_memory* const pod = followed_pod(m);
  if (pod == nullptr || !pod->report.passwords) return;
  f.follows = true;
  f.taken_by_followed = taken_of(*pod->report.passwords, logins_of(m.passwords));
}

}  // namespace

rotation_facts assess_rotation(const memory& m, const settings& s, instant now) {
  rotation_facts f;
  f.is_rotated = m.passwords.is_rotated;
  if (!f.is_rotated) return f;
  f.user = rotated_user(s);
  f.overlap = s.password_overlap;
  f.seen = m.passwords;
  if (!is_reached(m.redis)) f.seen.own.reset();
  if (f.seen.own) f.links_other_user = other_user_of(*f.seen.own, f.user);
  if (!f.links_other_user.empty()) f.seen.own->link.reset();
  f.is_primary = serves_as_primary(m);
  add_followed(f, m);
  f.knows_all_pods = m.service_name.answer && !m.service_name.answer->is_cut;
  for (const service_target& target : pods_to_ask(m, s.headless_service)) {
    const std::string name(first_label(target.host));
    if (name == m.pod) continue;
    rotation_facts::pod other{name};
    other.is_gone = is_gone(m, name);
    if (const auto found = m.pods.find(name); found != m.pods.end()) {
      const pod_memory& pod = found->second;
      if (agent_answers(pod, now)) other.says = pod.passwords;
      // One that takes anybody is given none: that would shut its clients out.
      const auto& told = pod.report.passwords;
      if (is_reached(pod.link) && told && !told->takes_any) {
        other.accepted = told->accepted;
      }
    }
    f.others.push_back(std::move(other));
  }
  const bool asks_primary = m.derived == role::replica && is_reached(m.primary);
  if (asks_primary && m.passwords.primarys && !m.passwords.primarys->takes_any) {
    f.others.push_back({"the primary", f.primary_says, m.passwords.primarys->accepted, true});
  }
  return f;
}

std::optional<endpoint> primary_to_be_tried(const memory& m, const settings& s) {
  const password_memory& p = m.passwords;
  const bool is_told = p.primarys && p.primarys->accepted;
  const bool follows = m.derived == role::replica && m.replication && m.replication->link &&
                       is_reached(m.primary) && !m.primary_address.empty();
  if (!p.is_rotated || is_told || !follows || !p.own || !p.own->link) return std::nullopt;
  if (!p.own->accepted || !other_user_of(*p.own, rotated_user(s)).empty()) return std::nullopt;
  const bool is_up = m.replication->link->is_up;
  const bool is_settled = *p.own->link == p.use.hash && is_up;
  // Before 6.0 what is required has to follow, too.
  const bool requires_it = contains(*p.own->accepted, p.use.hash);
  if (is_settled && requires_it) return std::nullopt;
  return endpoint{m.primary_address, s.primary.port};
}

}  // namespace redis_agent::core
