#include "io/dns_answer.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <array>
#include <cctype>
#include <cstdint>
#include <limits>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <vector>

#include "core/base/address.hpp"

namespace redis_agent::io {
namespace {

using std::chrono::seconds;

constexpr std::size_t service_head_bytes = 6;  // priority, weight, port
constexpr std::size_t port_offset = 4;

core::failure malformed() { return core::failure{"the answer is malformed"}; }

// A TTL with the highest bit set means 0 (RFC 2181, 8); c-ares has it as a negative number.
seconds ttl_of(std::int64_t from_the_wire) {
  const bool is_legal =
      from_the_wire >= 0 && from_the_wire <= std::numeric_limits<std::int32_t>::max();
  return seconds(is_legal ? from_the_wire : 0);
}

template <class Value>
void sort_each_once(std::vector<Value>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

std::string literal_of(const ares_addrinfo_node& node) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (node.ai_family == AF_INET) {
    const auto* address = reinterpret_cast<const sockaddr_in*>(node.ai_addr);
    inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
  } else {
    const auto* address = reinterpret_cast<const sockaddr_in6*>(node.ai_addr);
    inet_ntop(AF_INET6, &address->sin6_addr, text.data(), text.size());
  }
  return text.data();
}

// The host without a trailing dot and in lower case; nothing if the record is no SRV record.
std::optional<core::service_target> read_target(const ns_msg& message, const ns_rr& record) {
  if (ns_rr_rdlen(record) <= service_head_bytes) return std::nullopt;
  std::array<char, NS_MAXDNAME> name{};
  const unsigned char* bytes = ns_rr_rdata(record);
  if (ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), bytes + service_head_bytes,
                         name.data(), name.size()) < 0) {
    return std::nullopt;
  }
  core::service_target target;
  target.host = name.data();
  if (target.host.ends_with('.')) target.host.pop_back();
  std::transform(target.host.begin(), target.host.end(), target.host.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  target.port = static_cast<std::uint16_t>(ns_get16(bytes + port_offset));
  return target;
}

}  // namespace

core::result<core::address_answer> read_addresses(const ares_addrinfo& found) {
  core::address_answer answer;
  answer.ttl = seconds::max();
  for (const auto* alias = found.cnames; alias != nullptr; alias = alias->next) {
    answer.ttl = std::min(answer.ttl, ttl_of(alias->ttl));
  }
  for (const auto* node = found.nodes; node != nullptr; node = node->ai_next) {
    answer.addresses.push_back(literal_of(*node));
    answer.ttl = std::min(answer.ttl, ttl_of(node->ai_ttl));
  }
  if (answer.addresses.empty()) return core::failure{"the answer has no address"};
  sort_each_once(answer.addresses);
  return answer;
}

core::result<core::service_answer> read_service(std::span<const unsigned char> packet) {
  ns_msg message{};
  if (ns_initparse(packet.data(), static_cast<int>(packet.size()), &message) != 0) {
    return malformed();
  }
  core::service_answer answer;
  answer.ttl = seconds::max();
  answer.is_cut = ns_msg_getflag(message, ns_f_tc) != 0;
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record{};
    if (ns_parserr(&message, ns_s_an, i, &record) != 0) return malformed();
    answer.ttl = std::min(answer.ttl, ttl_of(ns_rr_ttl(record)));
    if (ns_rr_type(record) != ns_t_srv || ns_rr_class(record) != ns_c_in) continue;
    const auto target = read_target(message, record);
    if (!target) return malformed();
    if (target->host.empty()) continue;  // "." says that the service is not offered (RFC 2782)
    if (!core::is_dns_name(target->host))
      return core::failure{"the answer has a name that is none"};
    answer.targets.push_back(*target);
  }
  if (answer.targets.empty()) return core::failure{"the answer has no SRV record"};
  sort_each_once(answer.targets);
  return answer;
}

}  // namespace redis_agent::io
