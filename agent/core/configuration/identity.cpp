#include "core/configuration/identity.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/base/text.hpp"

namespace redis_agent::core {
namespace {

constexpr std::size_t hostname_max = 63;  // a pod's hostname is one DNS label

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || is_digit(c); }

failure refusal(std::string_view why) {
  return failure{std::string(why) +
                 "; expected the name of a StatefulSet's pod, like redis-master-0: "
                 "lower-case letters, digits and hyphens, at most 63, ending in -<ordinal>"};
}

}  // namespace

std::string_view to_text(role r) { return r == role::primary ? "primary" : "replica"; }

result<pod_name> parse_pod_name(std::string_view text) {
  if (text.empty()) return refusal("it is empty");
  if (text.size() > hostname_max) {
    return refusal("it has " + std::to_string(text.size()) + " characters");
  }
  const auto strange = std::find_if(text.begin(), text.end(),
                                    [](char c) { return !is_lower_alphanumeric(c) && c != '-'; });
  if (strange != text.end()) {
    return refusal(*strange == '.' ? "it has a dot" : "it has a character that pod names lack");
  }
  const auto hyphen = text.rfind('-');
  if (hyphen == std::string_view::npos) return refusal("it has no -<ordinal> at its end");
  const std::string_view statefulset = text.substr(0, hyphen);
  const std::string_view ordinal = text.substr(hyphen + 1);
  if (ordinal.empty() || !std::all_of(ordinal.begin(), ordinal.end(), is_digit)) {
    return refusal("it has no -<ordinal> at its end");
  }
  if (statefulset.empty() || statefulset.front() == '-' || statefulset.back() == '-') {
    return refusal("it has no StatefulSet's name before its ordinal");
  }
  if (ordinal.size() > 1 && ordinal.front() == '0') return refusal("its ordinal has leading zeros");
  pod_name parsed{std::string(statefulset), 0};
  // Kubernetes keeps ordinals in an int32 (apps/v1 StatefulSetSpec.replicas, ordinals.start).
  constexpr std::uint32_t ordinal_max = std::numeric_limits<std::int32_t>::max();
  const auto [end, error] =
      std::from_chars(ordinal.data(), ordinal.data() + ordinal.size(), parsed.ordinal);
  if (error != std::errc() || end != ordinal.data() + ordinal.size() ||
      parsed.ordinal > ordinal_max) {
    return refusal("its ordinal is too large");
  }
  return parsed;
}

role derive_role(std::string_view pod, const endpoint& primary) {
  if (is_ip_literal(primary.host)) return role::replica;
  const std::string_view named = first_label(primary.host);
  // DNS does not care for case (RFC 4343), and somebody may have typed the address by hand.
  const bool is_named = std::equal(named.begin(), named.end(), pod.begin(), pod.end(),
                                   [](char a, char b) { return to_lower(a) == to_lower(b); });
  return is_named ? role::primary : role::replica;
}

}  // namespace redis_agent::core
