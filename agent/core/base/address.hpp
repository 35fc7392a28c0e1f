// Host and port as people write them: "redis-master-0.redis-headless", "10.0.0.7:6380",
// "[fd00::1]:6379". Says what a text is; resolves nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace redis_agent::core {

struct endpoint {
  std::string host;  // a DNS name (a trailing dot is kept: it is an absolute name) or an IP literal
  std::uint16_t port = 0;

  friend bool operator==(const endpoint&, const endpoint&) = default;
};

bool is_ip_literal(std::string_view host);

// A DNS name as RFC 1123 has it: labels of 1 to 63 of [A-Za-z0-9-_], 253 characters in all, without
// counting a trailing dot; the last label is no number. Underscores are let through because service
// names have them.
bool is_dns_name(std::string_view host);

// HOST, HOST:PORT, [IPV6], [IPV6]:PORT or a bare IPv6 literal. The failure says what was expected.
result<endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port);

// The same, but an empty host is allowed and means "all addresses": ":9121", "0.0.0.0:9121".
result<endpoint> parse_listen_address(std::string_view text, std::uint16_t default_port);

// "redis-master-0" of "redis-master-0.redis-headless"; the whole text when it has no dot.
std::string_view first_label(std::string_view host);

// What follows the first label, "" if nothing does.
std::string_view parent_domain(std::string_view host);

// An IPv6 literal as RFC 5952 has it, or the IPv4 address that is mapped into it: what is the same
// address is the same text. Anything else as it is.
std::string canonical_host(std::string_view host);

// An IPv6 literal gets its brackets back.
std::string to_text(const endpoint& e);

}  // namespace redis_agent::core
