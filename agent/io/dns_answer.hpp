// What c-ares has found, as the project's own values. The bytes come from whoever answers on the
// DNS server's address: nothing in them is believed before it is checked. The failures say only
// what is wrong; whoever asked knows what the question was.
#pragma once

#include <ares.h>
#include <span>

#include "core/base/result.hpp"
#include "core/memory/dns.hpp"

namespace redis_agent::io {

core::result<core::address_answer> read_addresses(const ares_addrinfo& found);
core::result<core::service_answer> read_service(std::span<const unsigned char> packet);

}  // namespace redis_agent::io
