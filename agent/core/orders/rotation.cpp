#include "core/orders/rotation.hpp"

#include <algorithm>
#include <utility>

namespace redis_agent::core {
namespace {

// Before 6.0 a server takes one password: pods that do not say that they see the next one are
// waited for as long as a kubelet may need for a Secret.
constexpr duration kubelets_delay = std::chrono::minutes(2);

bool takes(const rotation_facts& f, const std::string& hash) {
  return contains(*f.seen.own->accepted, hash);
}

std::vector<std::string> wanted(const password_memory& seen) {
  std::vector<std::string> hashes = {seen.use.hash};
  if (seen.also) hashes.push_back(seen.also->hash);
  for (const kept_password& k : seen.kept) {
    if (!k.is_released) hashes.push_back(k.what.hash);
  }
  return hashes;
}

bool is_one_of_ours(const password_memory& seen, const std::string& hash) {
  const std::vector<known_password> logins = logins_of(seen);
  const bool is_kept = std::any_of(seen.kept.begin(), seen.kept.end(),
                                   [&](const kept_password& k) { return k.what.hash == hash; });
  return is_kept || std::any_of(logins.begin(), logins.end(),
                                [&](const known_password& l) { return l.hash == hash; });
}

// Another agent has seen the file change before this one, and says so.
std::vector<std::string> brought_by_others(const rotation_facts& f) {
  std::vector<std::string> brought;
  if (!f.seen.own || !f.seen.own->accepted) return brought;
  for (const std::string& hash : *f.seen.own->accepted) {
    const std::string tag = tag_of(hash);
    const bool is_theirs =
        (f.primary_says && f.primary_says->use == tag) ||
        std::any_of(f.others.begin(), f.others.end(), [&](const rotation_facts::pod& pod) {
          return pod.says && pod.says->use == tag;
        });
    if (is_theirs && !is_one_of_ours(f.seen, hash)) brought.push_back(hash);
  }
  return brought;
}

order order_with(step what, const known_password& password, std::string why) {
  order o{.steps = {what}, .why = std::move(why)};
  o.password = password;
  return o;
}

std::optional<order> accept_own(const rotation_facts& f) {
  for (const std::string& hash : wanted(f.seen)) {
    if (takes(f, hash)) continue;
    order o = order_with(step::accept_password, {{}, hash},
                         hash == f.seen.use.hash ? "the file has another password"
                                                 : "its clients have not all followed");
    o.user = f.user;
    return o;
  }
  return std::nullopt;
}

bool everybody_accepts(const rotation_facts& f, const std::string& hash) {
  return std::all_of(f.others.begin(), f.others.end(), [&](const rotation_facts::pod& pod) {
    return !pod.says || contains(pod.says->accepted, tag_of(hash));
  });
}

// The next one is presented when the primary's agent knows it, too: what another agent has brought
// its server is gone with a restart until then.
bool may_be_presented(const rotation_facts& f, const std::string& hash) {
  const bool is_next = hash == f.seen.use.hash && f.seen.own->link != hash;
  const bool is_known = !f.primary_says || contains(f.primary_says->accepted, tag_of(hash));
  return contains(f.taken_by_followed, hash) && (is_known || !is_next);
}

// What the server is to present to whom it follows; a primary, to whom it might.
std::optional<known_password> link_to_be(const rotation_facts& f) {
  if (f.follows) {
    for (const known_password& login : logins_of(f.seen)) {
      if (may_be_presented(f, login.hash)) return login;
    }
    return std::nullopt;
  }
  const bool is_ready = f.is_primary && everybody_accepts(f, f.seen.use.hash);
  return is_ready ? std::optional(f.seen.use) : std::nullopt;
}

// A masterauth that no file has named is somebody's own.
std::optional<order> use_own(const rotation_facts& f) {
  const auto& link = f.seen.own->link;
  if (!link || !is_one_of_ours(f.seen, *link)) return std::nullopt;
  const auto next = link_to_be(f);
  if (!next || next->hash == *link) return std::nullopt;
  return order_with(step::use_password, *next,
                    f.follows ? "its primary takes it" : "every pod takes it");
}

std::optional<order> drop_own(const rotation_facts& f) {
  for (const kept_password& k : f.seen.kept) {
    if (!k.is_released || !takes(f, k.what.hash)) continue;
    order o = order_with(step::drop_password, {{}, k.what.hash}, "nobody is to use it any more");
    o.user = f.user;
    return o;
  }
  return std::nullopt;
}

// The others take it at once, whenever their kubelets bring it: only who has seen the file change
// knows that it is the next one, and not the last.
void tell_others(const rotation_facts& f, std::vector<order>& orders) {
  if (!f.seen.changed_at) return;
  for (const rotation_facts::pod& pod : f.others) {
    if (!pod.accepted || contains(*pod.accepted, f.seen.use.hash)) continue;
    order o = order_with(step::accept_password, {{}, f.seen.use.hash},
                         "this pod's file has another password");
    o.who = pod.is_the_primary ? peer::primary : peer::pod;
    o.pod = pod.is_the_primary ? "" : pod.name;
    o.user = f.user;
    orders.push_back(std::move(o));
  }
}

bool everybody_sees(const rotation_facts& f) {
  const std::string tag = tag_of(f.seen.use.hash);
  return f.knows_all_pods &&
         std::all_of(f.others.begin(), f.others.end(), [&](const rotation_facts::pod& pod) {
           return pod.says && pod.says->use == tag;
         });
}

order switch_over(const rotation_facts& f, std::string why) {
  order o = order_with(step::use_password, f.seen.use, std::move(why));
  o.steps.push_back(step::require_password);
  return o;
}

// Before 6.0: the primary's agent alone begins, on all servers in the same moment; a replica that
// did not hear it follows its primary.
std::vector<order> choose_in_one_go(const rotation_facts& f, instant now) {
  const bool is_done = takes(f, f.seen.use.hash);
  if (f.follows && contains(f.taken_by_followed, f.seen.use.hash)) {
    const bool presents = f.seen.own->link == f.seen.use.hash;
    if (is_done && presents) return {};
    return {switch_over(f, "its primary asks for it")};
  }
  if (!f.is_primary || is_done) return {};
  const bool has_waited = f.seen.changed_at && now - *f.seen.changed_at >= kubelets_delay;
  if (!everybody_sees(f) && !has_waited) return {};
  std::vector<order> orders = {switch_over(f, "every pod sees it, or has had the time to")};
  for (const rotation_facts::pod& pod : f.others) {
    if (!pod.accepted || contains(*pod.accepted, f.seen.use.hash)) continue;
    order o = switch_over(f, "the primary asks for it from now on");
    o.who = peer::pod;
    o.pod = pod.name;
    orders.push_back(std::move(o));
  }
  return orders;
}

bool is_presented_by(const rotation_facts::pod& pod, const std::string& tag) {
  if (!pod.says) return !pod.is_gone;
  return pod.says->use == tag || pod.says->link == tag;
}

bool may_be_released(const rotation_facts& f, const kept_password& k, instant now) {
  const bool is_over = !k.was_used || now - k.since >= f.overlap;
  if (!is_over || f.seen.own->link == k.what.hash) return false;
  const std::string tag = tag_of(k.what.hash);
  if (f.is_primary) {
    return f.knows_all_pods &&
           std::none_of(f.others.begin(), f.others.end(),
                        [&](const rotation_facts::pod& pod) { return is_presented_by(pod, tag); });
  }
  // The primary knows them all; and who has dropped one cannot become a primary that takes less
  // than its replicas present.
  return f.follows && f.primary_says && f.primary_says->use != tag &&
         !contains(f.primary_says->accepted, tag);
}

bool is_known(const rotation_facts& f) {
  return f.is_rotated && f.seen.own && f.seen.own->accepted && !f.seen.own->takes_any &&
         !f.seen.use.empty();
}

std::string describe_wait(const rotation_facts& f, const kept_password& k, instant now) {
  if (k.is_released) return "is being dropped";
  if (k.was_used && now - k.since < f.overlap) return "until the overlap is over";
  if (f.seen.own->link == k.what.hash) return "its own link presents it";
  if (!f.is_primary) return "until the primary has dropped it";
  if (!f.knows_all_pods) return "not all pods are known";
  for (const rotation_facts::pod& pod : f.others) {
    if (!pod.says && !pod.is_gone) return pod.name + " does not say what it uses";
    if (is_presented_by(pod, tag_of(k.what.hash))) return pod.name + " uses it";
  }
  return "until it is dropped";
}

}  // namespace

std::vector<order> choose_for_passwords(const rotation_facts& f, instant now) {
  if (!is_known(f)) return {};
  if (!f.seen.own->knows_users) return choose_in_one_go(f, now);
  std::vector<order> orders;
  auto own = accept_own(f);
  if (!own) own = use_own(f);
  if (!own) own = drop_own(f);
  if (own) orders.push_back(std::move(*own));
  tell_others(f, orders);
  return orders;
}

std::vector<std::string> to_be_released(const rotation_facts& f, instant now) {
  std::vector<std::string> released;
  if (!is_known(f) || !f.seen.is_recalled) return released;
  for (const kept_password& k : f.seen.kept) {
    if (!k.is_released && may_be_released(f, k, now)) released.push_back(k.what.hash);
  }
  return released;
}

passwords_in_file choose_for_file(const rotation_facts& f) {
  const password_memory& seen = f.seen;
  passwords_in_file to_be;
  to_be.accepted = wanted(seen);
  for (const kept_password& k : seen.kept) {
    if (k.is_released) to_be.dropped.push_back(k.what.hash);
    if (!k.is_released && !k.what.clear.empty()) to_be.earlier.push_back(k.what.clear);
  }
  if (!seen.own) return to_be;
  // A server that restarts takes what it took, whoever has brought it.
  for (const std::string& hash : seen.own->accepted.value_or(std::vector<std::string>())) {
    const bool is_new = !contains(to_be.accepted, hash) && !contains(to_be.dropped, hash);
    if (is_new) to_be.accepted.push_back(hash);
  }
  for (const known_password& login : logins_of(seen)) {
    const bool is_taken = seen.own->accepted && contains(*seen.own->accepted, login.hash);
    if (is_taken && to_be.required.empty()) to_be.required = login.clear;
    if (seen.own->link == login.hash) to_be.link = login.clear;
  }
  return to_be;
}

password_tags tell_tags(const rotation_facts& f) {
  const password_memory& p = f.seen;
  password_tags tags{tag_of(p.use.hash), p.also ? tag_of(p.also->hash) : std::string(), {}, {}};
  if (!p.own) return tags;
  if (p.own->link) tags.link = tag_of(*p.own->link);
  if (!p.own->accepted) return tags;
  const std::vector<std::string> brought = brought_by_others(f);
  std::vector<std::string> known;
  for (const std::string& hash : *p.own->accepted) {
    if (is_one_of_ours(p, hash) || contains(brought, hash)) known.push_back(hash);
  }
  tags.accepted = tags_of(known);
  return tags;
}

std::string_view to_text(rotation_phase phase) {
  switch (phase) {
    case rotation_phase::unknown: return "unknown";
    case rotation_phase::settled: return "settled";
    case rotation_phase::accepting: return "accepting";
    case rotation_phase::using_next: return "using";
    case rotation_phase::dropping: return "dropping";
  }
  return "unknown";
}

rotation_phase phase_of(const rotation_facts& f) {
  if (!is_known(f)) return rotation_phase::unknown;
  const std::vector<std::string> hashes = wanted(f.seen);
  const bool takes_one = !f.seen.own->knows_users;
  const bool lacks_one = takes_one ? !takes(f, f.seen.use.hash)
                                   : std::any_of(hashes.begin(), hashes.end(),
                                                 [&](const auto& h) { return !takes(f, h); });
  if (lacks_one) return rotation_phase::accepting;
  const auto& link = f.seen.own->link;
  if (link && *link != f.seen.use.hash && is_one_of_ours(f.seen, *link)) {
    return rotation_phase::using_next;
  }
  return f.seen.kept.empty() ? rotation_phase::settled : rotation_phase::dropping;
}

namespace {

std::string describe_what_goes_on(const rotation_facts& f, instant now) {
  const rotation_phase phase = phase_of(f);
  if (!f.is_rotated || phase == rotation_phase::settled) return {};
  if (!f.seen.own || !f.seen.own->accepted) return "it is not known which passwords Redis takes";
  if (f.seen.own->takes_any) return "Redis takes any password";
  const std::string next = tag_of(f.seen.use.hash);
  if (phase == rotation_phase::accepting) {
    return f.seen.own->knows_users ? next + " is not accepted yet"
                                   : next + " waits until every pod sees it";
  }
  if (phase == rotation_phase::using_next) {
    return "the link presents " + tag_of(*f.seen.own->link) + " until " +
           (f.is_primary ? "every pod" : "the primary") + " takes " + next;
  }
  std::string text;
  for (const kept_password& k : f.seen.kept) {
    if (!text.empty()) text += "; ";
    text += tag_of(k.what.hash) + " is still accepted: " + describe_wait(f, k, now);
  }
  return text;
}

}  // namespace

std::string describe_rotation(const rotation_facts& f, instant now) {
  std::string text = describe_what_goes_on(f, now);
  if (f.links_other_user.empty()) return text;
  if (!text.empty()) text += "; ";
  return text + "masterauth is left alone: masteruser is " + f.links_other_user + ", and not " +
         f.user;
}

}  // namespace redis_agent::core
