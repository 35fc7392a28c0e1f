// Host names, pod names and addresses: what a person or Kubernetes puts into the settings.
#include "core/base/address.hpp"
#include "core/configuration/identity.hpp"
#include "fuzzing.hpp"

using namespace redis_agent::core;
using redis_agent::fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const std::string_view text = redis_agent::fuzz::input(bytes, count);
  const auto name = parse_pod_name(text);
  if (name) {
    promise(name->statefulset + "-" + std::to_string(name->ordinal) == text,
            "a pod's name is its StatefulSet and its ordinal");
    promise(derive_role(text, endpoint{std::string(text), 6379}) == role::primary,
            "the pod that the address names is the primary");
  }
  const auto address = parse_endpoint(text, 6379);
  if (address) {
    promise(is_dns_name(address->host) || is_ip_literal(address->host),
            "a host is a name or an IP");
    const auto again = parse_endpoint(to_text(*address), 1);
    promise(again && *again == *address, "an address that is written is read back");
    derive_role("redis-0", *address);
  }
  const auto listen = parse_listen_address(text, 9121);
  if (listen) promise(listen->port != 0, "a port is not 0");
  promise(first_label(text).size() + parent_domain(text).size() <= text.size(), "labels are parts");
  return 0;
}
