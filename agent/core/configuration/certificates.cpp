#include "core/configuration/certificates.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace redis_agent::core {
namespace {

bool ends_soon(std::int64_t from, std::int64_t until, std::int64_t now) {
  constexpr std::int64_t week = std::int64_t{7} * 24 * 3600;
  return until - now < std::min(week, (until - from) / 10);
}

}  // namespace

certificate_fault find_fault(const certificate_facts& facts, std::int64_t now) {
  if (!facts.unread.empty()) return certificate_fault::unreadable;
  if (!facts.key_fits) return certificate_fault::key_mismatch;
  if (!facts.untrusted.empty()) return certificate_fault::untrusted;
  if (!facts.may_serve) return certificate_fault::no_server_usage;
  if (!facts.may_ask) return certificate_fault::no_client_usage;
  if (now < facts.valid_from) return certificate_fault::not_yet_valid;
  if (now >= facts.valid_until || now >= facts.authority_until) return certificate_fault::expired;
  return certificate_fault::none;
}

std::string describe_fault(const certificate_facts& facts, certificate_fault fault) {
  switch (fault) {
    case certificate_fault::none: return "";
    case certificate_fault::unreadable: return facts.unread;
    case certificate_fault::key_mismatch:
      return "tls.key is not the key of tls.crt; expected a pair";
    case certificate_fault::untrusted:
      return "tls.crt is not of ca.crt (" + facts.untrusted +
             "); expected the authority that has signed it, and intermediate ones in tls.crt";
    case certificate_fault::no_server_usage:
      return "tls.crt is not for servers; expected the usage server auth";
    case certificate_fault::no_client_usage:
      return "tls.crt is not for clients, and replicas and agents show it as theirs; expected the "
             "usages server auth and client auth";
    case certificate_fault::not_yet_valid:
      return "tls.crt is valid from " + describe_unix_time(facts.valid_from) + " on only";
    case certificate_fault::expired:
      if (facts.authority_until < facts.valid_until) {
        return std::string(name_of_authority(facts)) + " has expired at " +
               describe_unix_time(facts.authority_until);
      }
      return "tls.crt has expired at " + describe_unix_time(facts.valid_until);
  }
  return "";
}

bool certificate_ends_soon(const certificate_facts& facts, std::int64_t now) {
  return ends_soon(facts.valid_from, facts.valid_until, now);
}

bool authority_ends_soon(const certificate_facts& facts, std::int64_t now) {
  return ends_soon(facts.authority_from, facts.authority_until, now);
}

std::string_view name_of_authority(const certificate_facts& facts) {
  return facts.ends_between ? "an intermediate certificate in tls.crt" : "ca.crt";
}

bool is_to_be_installed(const certificate_facts& offered,
                        const std::optional<certificate_facts>& installed, std::int64_t now) {
  const certificate_fault fault = find_fault(offered, now);
  if (fault == certificate_fault::none) return true;
  if (!is_about_dates(fault)) return false;
  return !installed || find_fault(*installed, now) != certificate_fault::none;
}

std::string describe_unix_time(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  std::array<char, 40> text{};
  if (gmtime_r(&time, &parts) == nullptr) return std::to_string(seconds);
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace redis_agent::core
