// Bytes as gzip (RFC 1952), by libdeflate, quickly rather than small.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace redis_agent::wire {

// nullopt: there is no memory for it.
std::optional<std::string> compress_gzip(std::string_view bytes);

}  // namespace redis_agent::wire
