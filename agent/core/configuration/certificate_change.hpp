// How certificates of a new authority come to be shown on running servers: it is trusted first, its
// certificate is shown later, and the old one is dropped last. Each side of a link has to trust
// what the other shows, and the kubelets bring a Secret to their pods up to two minutes apart.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/configuration/certificates.hpp"

namespace redis_agent::core {

// What the Secret has, beside what Redis has.
struct certificate_change {
  bool shows_the_same = false;      // certificate and key
  bool has_same_authority = false;  // one that is trusted has signed both certificates
  bool brings_authorities = false;  // that are not trusted yet
  bool drops_authorities = false;   // that are
};

enum class certificate_step {
  none,
  trust,  // the Secret's authorities beside those that are trusted; what is shown stays
  show,   // the Secret's certificate; what is trusted is trusted on
  drop,   // the Secret's files as they are
};

struct certificate_plan {
  certificate_step step = certificate_step::none;
  bool is_patient = false;  // time and the other pods have a say
};

// Of an offered set that is to be installed (is_to_be_installed), over one that is.
certificate_plan plan_change(const certificate_change& change, const certificate_facts& installed,
                             std::int64_t now);

// As long as it takes at most until all kubelets have brought a Secret, to clients too.
inline constexpr duration authority_overlap = std::chrono::minutes(2);

// `held`: for how long that very step has been the next one; `refusals`: why which pods do not get
// on yet with who shows and trusts what it makes; nullopt: they have not been asked.
bool may_take_step(const certificate_plan& plan, duration held,
                   const std::optional<std::vector<std::string>>& refusals);

// A sentence for whoever looks what it waits for.
std::string describe_wait(certificate_step step, const std::vector<std::string>& refusals);

}  // namespace redis_agent::core
