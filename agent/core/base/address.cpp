#include "core/base/address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace redis_agent::core {
namespace {

constexpr std::size_t label_max = 63;  // RFC 1035, 2.3.4
constexpr std::size_t name_max = 253;  // 255 octets on the wire less the root and a length octet

constexpr std::string_view endpoint_form =
    "expected HOST, HOST:PORT, [IPV6] or [IPV6]:PORT with a port from 1 to 65535";

bool parses_as(int family, std::string_view host) {
  if (host.find('\0') != std::string_view::npos) return false;  // inet_pton would stop there
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(family, std::string(host).c_str(), bytes) == 1;
}

bool is_label(std::string_view label) {
  const auto is_inner = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  return !label.empty() && label.size() <= label_max && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), is_inner);
}

// No top-level domain is one (RFC 3696, 2): 10.0.0.256 is a typing error.
bool is_number(std::string_view label) {
  return std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > 65535) {
    return false;
  }
  port = static_cast<std::uint16_t>(value);
  return true;
}

// Splits without judging the host.
bool split(std::string_view text, endpoint& into) {
  if (!text.empty() && text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return false;
    into.host = text.substr(1, close - 1);
    if (!parses_as(AF_INET6, into.host)) return false;
    text.remove_prefix(close + 1);
    return text.empty() || (text.front() == ':' && parse_port(text.substr(1), into.port));
  }
  if (std::count(text.begin(), text.end(), ':') > 1) {  // a bare IPv6 literal
    into.host = text;
    return parses_as(AF_INET6, text);
  }
  const auto colon = text.find(':');
  into.host = text.substr(0, colon);
  return colon == std::string_view::npos || parse_port(text.substr(colon + 1), into.port);
}

}  // namespace

bool is_ip_literal(std::string_view host) {
  return parses_as(AF_INET, host) || parses_as(AF_INET6, host);
}

bool is_dns_name(std::string_view host) {
  if (!host.empty() && host.back() == '.') host.remove_suffix(1);
  if (host.empty() || host.size() > name_max) return false;
  while (true) {
    const auto dot = host.find('.');
    const std::string_view label = host.substr(0, dot);
    if (!is_label(label)) return false;
    if (dot == std::string_view::npos) return !is_number(label);
    host.remove_prefix(dot + 1);
  }
}

result<endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port) {
  endpoint parsed{"", default_port};
  if (!split(text, parsed)) return failure{std::string(endpoint_form)};
  if (!is_ip_literal(parsed.host) && !is_dns_name(parsed.host)) {
    return failure{
        "expected a DNS name of at most 253 characters (labels of letters, digits and "
        "hyphens, 63 each) or an IP address"};
  }
  parsed.host = canonical_host(parsed.host);
  return parsed;
}

result<endpoint> parse_listen_address(std::string_view text, std::uint16_t default_port) {
  endpoint parsed{"", default_port};
  if (text.empty() || !split(text, parsed) ||
      (!parsed.host.empty() && !is_ip_literal(parsed.host))) {
    return failure{
        "expected :PORT (all addresses), IP:PORT or [IPV6]:PORT with a port from 1 to "
        "65535"};
  }
  return parsed;
}

std::string_view first_label(std::string_view host) { return host.substr(0, host.find('.')); }

std::string_view parent_domain(std::string_view host) {
  const auto dot = host.find('.');
  return dot == std::string_view::npos ? std::string_view() : host.substr(dot + 1);
}

std::string canonical_host(std::string_view host) {
  in6_addr address{};
  const bool is_ipv6 = host.find(':') != std::string_view::npos && parses_as(AF_INET6, host) &&
                       inet_pton(AF_INET6, std::string(host).c_str(), &address) == 1;
  if (!is_ipv6) return std::string(host);
  char text[INET6_ADDRSTRLEN];
  constexpr std::size_t before_ipv4 = sizeof(in6_addr) - sizeof(in_addr);
  const bool is_mapped = IN6_IS_ADDR_V4MAPPED(&address);
  const void* const bytes = is_mapped ? address.s6_addr + before_ipv4 : address.s6_addr;
  return inet_ntop(is_mapped ? AF_INET : AF_INET6, bytes, text, sizeof(text));
}

std::string to_text(const endpoint& e) {
  const bool brackets = e.host.find(':') != std::string::npos;
  return (brackets ? "[" + e.host + "]" : e.host) + ":" + std::to_string(e.port);
}

}  // namespace redis_agent::core
