// From --tls=allow to both to only and back without a restart: what the file of --tls-file says,
// the settings by it, and the redis.conf that a server finds which restarts in its place.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/configuration/settings.hpp"

namespace redis_agent::core {

// allow, both or only; the failure says what stands there. A server that was started with TLS off
// may not have it built in, and would die of being told to speak it.
result<tls_mode> read_tls_mode(std::string_view text);

// "both"
std::string_view to_text(tls_mode mode);

// One step at a time: where some have plain TCP alone, nobody is without it.
tls_mode next_way(tls_mode from, tls_mode to);

// The same pod where links go that way.
settings with_tls(settings s, tls_mode mode);

// The way in force: init has written it, and each step renews it. nullopt where no TLS is spoken.
std::optional<tls_mode> way_in(std::string_view redis_conf);

// The redis.conf with which Redis goes the way of the settings; nullopt where it does already.
std::optional<std::string> renew_way(std::string_view redis_conf, const settings& s);

}  // namespace redis_agent::core
