// The version of the server that a configuration is written for, and what that one knows.
#pragma once

#include <optional>
#include <string_view>

namespace redis_agent::core {

struct redis_version {
  int major = 5;
  int minor = 0;

  friend auto operator<=>(const redis_version&, const redis_version&) = default;

  // "bind * -::*", the form that tolerates a machine without IPv6 (Redis 6.2 release notes).
  bool knows_optional_bind() const { return *this >= redis_version{6, 2}; }
  // CLIENT PAUSE WRITE, and UNPAUSE (Redis 6.2 release notes).
  bool can_pause_writes() const { return *this >= redis_version{6, 2}; }
  // shutdown-timeout (Redis 7.0 release notes).
  bool knows_shutdown_timeout() const { return *this >= redis_version{7, 0}; }
  // CONFIG SET bind (Redis 7.0 release notes).
  bool can_change_bind() const { return *this >= redis_version{7, 0}; }
  // ACL users, and masteruser with them (Redis 6.0 release notes).
  bool knows_users() const { return *this >= redis_version{6, 0}; }
  // tls-port (Redis 6.0 release notes).
  bool knows_tls() const { return *this >= redis_version{6, 0}; }
  // &*, without which a user of 7.0 has no channel (Redis 6.2 release notes).
  bool knows_channel_rules() const { return *this >= redis_version{6, 2}; }
};

// "5", "6.2", "7.0.15", "redis-8.0", "valkey-8.1": Valkey counts on from Redis 7.2. Below 5 is
// refused: replicaof is not known there.
std::optional<redis_version> parse_redis_version(std::string_view text);

// As server_report has it: "7.0.15", "8.0-rc1", "valkey 8.1.1".
std::optional<redis_version> parse_reported_version(std::string_view text);

}  // namespace redis_agent::core
