#include "command/certificate_install.hpp"

#include <algorithm>
#include <ctime>
#include <utility>
#include <vector>

#include "core/base/sha256.hpp"
#include "core/configuration/tls_places.hpp"
#include "io/certificate_files.hpp"

namespace redis_agent::command {
namespace {

using core::certificate_step;
using texts = std::vector<std::string>;

struct two_sets {
  io::certificate_files present;  // where Redis reads them
  io::certificate_files offered;  // by the Secret
};

bool show_the_same(const io::certificate_files& a, const io::certificate_files& b) {
  return a.certificate == b.certificate && a.key.reveal() == b.key.reveal();
}

bool are_the_same(const io::certificate_files& a, const io::certificate_files& b) {
  return show_the_same(a, b) && a.authorities == b.authorities;
}

bool contains(const texts& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool contains_all(const texts& all, const texts& some) {
  return std::all_of(some.begin(), some.end(),
                     [&](const std::string& one) { return contains(all, one); });
}

bool is_of(const io::certificate_files& files, const std::string& authority) {
  const core::certificate_facts facts = io::look_into({files.certificate, files.key, authority});
  return facts.unread.empty() && facts.untrusted.empty();
}

core::certificate_change compare(const two_sets& sets) {
  const texts trusted = io::split_authorities(sets.present.authorities);
  const texts to_trust = io::split_authorities(sets.offered.authorities);
  const auto has_signed_both = [&](const std::string& authority) {
    return is_of(sets.present, authority) && is_of(sets.offered, authority);
  };
  return {.shows_the_same = show_the_same(sets.present, sets.offered),
          .has_same_authority = std::any_of(trusted.begin(), trusted.end(), has_signed_both),
          .brings_authorities = !contains_all(trusted, to_trust),
          .drops_authorities = !contains_all(to_trust, trusted)};
}

std::string trust_both(const two_sets& sets) {
  const texts to_trust = io::split_authorities(sets.offered.authorities);
  std::string all;
  for (const std::string& one : to_trust) all += one;
  for (const std::string& one : io::split_authorities(sets.present.authorities)) {
    if (!contains(to_trust, one)) all += one;
  }
  return all;
}

io::certificate_files made_by(certificate_step step, const two_sets& sets) {
  if (step == certificate_step::drop) return sets.offered;
  const bool stays = step == certificate_step::trust;
  const io::certificate_files& shown = stays ? sets.present : sets.offered;
  return {shown.certificate, shown.key, trust_both(sets)};
}

std::string mark_of(certificate_step step, const io::certificate_files& made) {
  const char* const word = step == certificate_step::drop ? "drop\n" : "show\n";
  return core::sha256_of(word + made.certificate + made.authorities);
}

void install(certificate_look& seen, const core::settings& s, const io::certificate_files& files,
             const core::certificate_facts& facts) {
  const bool is_for_group = (s.output_mode & 0060) != 0;
  const auto done = io::install_certificates(core::own_certificates(s), files, is_for_group);
  if (!done) {
    seen.trouble = done.error().text;
    return;
  }
  seen.installed = facts;
  seen.is_new = true;
}

// One step from what is there to what the Secret has.
void change(certificate_look& seen, const core::settings& s, const two_sets& sets,
            const std::string& due) {
  const core::certificate_plan plan = core::plan_change(compare(sets), *seen.installed, seen.now);
  if (plan.step == certificate_step::none) return;
  const io::certificate_files made = made_by(plan.step, sets);
  auto tls = io::make_tls(made);
  if (!tls) {
    seen.trouble = tls.error().text;
    return;
  }
  // Of two authorities of one name without identifiers OpenSSL may look at the wrong one.
  const core::certificate_facts facts = io::look_into(made);
  const auto fault = core::find_fault(facts, seen.now);
  const bool is_of_use =
      core::find_fault(*seen.installed, seen.now) == core::certificate_fault::none;
  if (fault != core::certificate_fault::none && is_of_use) {
    seen.trouble = core::describe_fault(facts, fault);
    return;
  }
  std::string mark = mark_of(plan.step, made);
  if (!plan.is_patient || mark == due) return install(seen, s, made, facts);
  seen.next = certificate_look::patient_step{plan, std::move(mark), std::move(tls->client)};
}

}  // namespace

certificate_look install_from_secret(const core::settings& s, const std::string& due) {
  certificate_look seen{.now = std::time(nullptr)};
  const auto present = io::read_certificates(core::own_certificates(s));
  if (present) seen.installed = io::look_into(*present);
  const auto offered = io::read_certificates(s.tls_folder);
  if (!offered) {
    seen.trouble = offered.error().text;
    return seen;
  }
  if (present && are_the_same(*present, *offered)) return seen;
  const core::certificate_facts facts = io::look_into(*offered);
  if (!core::is_to_be_installed(facts, seen.installed, seen.now)) {
    seen.trouble = core::describe_fault(facts, core::find_fault(facts, seen.now));
    return seen;
  }
  if (present) {
    change(seen, s, {*present, *offered}, due);
  } else if (const auto tls = io::make_tls(*offered); !tls) {
    seen.trouble = tls.error().text;
  } else {
    install(seen, s, *offered, facts);
  }
  return seen;
}

}  // namespace redis_agent::command
