// Base64 (RFC 4648) of a few bytes: what a login by HTTP is wrapped in. Strict: the alphabet alone,
// whole groups, padded.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace redis_agent::core {

std::optional<std::string> decode_base64(std::string_view text);

std::string encode_base64(std::string_view bytes);

}  // namespace redis_agent::core
