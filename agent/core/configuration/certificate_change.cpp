#include "core/configuration/certificate_change.hpp"

#include "core/base/units.hpp"

namespace redis_agent::core {

certificate_plan plan_change(const certificate_change& change, const certificate_facts& installed,
                             std::int64_t now) {
  if (change.shows_the_same) {
    if (change.brings_authorities) return {certificate_step::trust};
    if (change.drops_authorities) return {certificate_step::drop, true};
    return {};
  }
  const bool is_of_use = find_fault(installed, now) == certificate_fault::none;
  if (!is_of_use || change.has_same_authority) return {certificate_step::show};
  if (change.brings_authorities) return {certificate_step::trust};
  const bool ends = certificate_ends_soon(installed, now) || authority_ends_soon(installed, now);
  return {certificate_step::show, !ends};
}

bool may_take_step(const certificate_plan& plan, duration held,
                   const std::optional<std::vector<std::string>>& refusals) {
  if (plan.step == certificate_step::none) return false;
  return !plan.is_patient || (held >= authority_overlap && refusals && refusals->empty());
}

std::string describe_wait(certificate_step step, const std::vector<std::string>& refusals) {
  const std::string what =
      step == certificate_step::drop
          ? "an authority that the Secret has no more is trusted on"
          : "the Secret's certificate is of a new authority, and not shown yet";
  if (refusals.empty()) return what + ": for " + describe_duration(authority_overlap);
  std::string names;
  for (const std::string& one : refusals) names += (names.empty() ? "" : ", ") + one;
  return what + ": " + names;
}

}  // namespace redis_agent::core
