// The certificate, key and authorities of a pod: what is wrong with a set of them, in words, and
// whether one that is offered replaces the one that Redis has. Facts in, verdict out: files and
// OpenSSL are io/certificate_files.hpp's business. Times are Unix seconds, as certificates have
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redis_agent::core {

struct certificate_facts {
  std::string unread;  // which file is of no use, and why; "" if all are
  bool key_fits = false;
  std::string untrusted;  // why tls.crt is not of ca.crt, dates aside; "" if it is
  bool may_serve = false;
  bool may_ask = false;  // as a client
  std::int64_t valid_from = 0;
  std::int64_t valid_until = 0;
  std::int64_t authority_from = 0;   // of its authority or an intermediate one: of whose
  std::int64_t authority_until = 0;  // certificate ends first
  bool ends_between = false;         // that is an intermediate one
  std::string fingerprint;           // of the certificate: SHA-256

  friend bool operator==(const certificate_facts&, const certificate_facts&) = default;
};

enum class certificate_fault {
  none,
  unreadable,
  key_mismatch,
  untrusted,
  no_server_usage,
  no_client_usage,
  not_yet_valid,
  expired,
};

certificate_fault find_fault(const certificate_facts& facts, std::int64_t now);

// What is wrong, and what would be right; "" for none.
std::string describe_fault(const certificate_facts& facts, certificate_fault fault);

// Redis starts with such files and they may come to serve: better than none.
constexpr bool is_about_dates(certificate_fault fault) {
  return fault == certificate_fault::not_yet_valid || fault == certificate_fault::expired;
}

// Whether the offered set is to be put in the place of the installed one, if there is one: never a
// bad one for a good one.
bool is_to_be_installed(const certificate_facts& offered,
                        const std::optional<certificate_facts>& installed, std::int64_t now);

// What is warned of: the last tenth of its life has begun, or the last week. cert-manager renews
// with a third of it left.
bool certificate_ends_soon(const certificate_facts& facts, std::int64_t now);
bool authority_ends_soon(const certificate_facts& facts, std::int64_t now);

// "ca.crt", or the one between that and tls.crt: whose end is authority_until.
std::string_view name_of_authority(const certificate_facts& facts);

// "2026-12-24T18:00:00Z".
std::string describe_unix_time(std::int64_t seconds);

}  // namespace redis_agent::core
