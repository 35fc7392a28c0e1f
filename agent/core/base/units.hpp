// Sizes and durations as people write them, in both directions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"

namespace redis_agent::core {

inline constexpr std::string_view size_form = "a size like 1048576, 512KiB, 16MiB or 1GiB";
inline constexpr std::string_view duration_form = "a duration like 250ms, 1.5s, 2m or 1h";

// Bytes, or a number with k, M, G or T, with or without i and B, upper or lower case, always powers
// of 1024 as redis.conf, Kubernetes' Ki and Patroni's lag parameter have them.
std::optional<std::uint64_t> parse_size(std::string_view text);

// A number with ms, s, m or h; "0" needs no unit. Negative and over ten years is refused.
std::optional<duration> parse_duration(std::string_view text);

// "0 B", "17 KiB", "1.4 GiB": rounded for the eye.
std::string describe_size(std::uint64_t bytes);

// "250 ms", "1.5 s", "3 min", "2.1 h": rounded for the eye.
std::string describe_duration(duration d);

// The same for seconds that came from somewhere else: any number, also one that no duration holds.
std::string describe_seconds(double seconds);

// "1 key", "7 keys".
std::string describe_keys(std::int64_t keys);

// "2026-11-24 15:21:08 UTC", of seconds since 1970 up to the year 9999.
std::string describe_utc(std::int64_t unix_seconds);

// A real number with at most that many digits behind the point, without trailing zeros.
std::string describe_number(double value, int digits);

}  // namespace redis_agent::core
