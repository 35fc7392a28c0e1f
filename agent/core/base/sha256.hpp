// SHA-256 (FIPS 180-4) of a few bytes: an ACL file may have a password as its hash alone, and init
// has to know whether that is the one it was given. Not for large data.
#pragma once

#include <string>
#include <string_view>

namespace redis_agent::core {

// 64 hexadecimal digits, lower case: as ACL rules have it after '#'.
std::string sha256_of(std::string_view bytes);

}  // namespace redis_agent::core
