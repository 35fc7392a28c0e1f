#include "wire/least_rights.hpp"

#include <algorithm>
#include <array>

#include "core/base/text.hpp"

namespace redis_agent::wire {
namespace {

constexpr std::array<std::string_view, 13> of_agent = {
    "+ping",       "+info",           "+role",        "+replicaof",    "+config|get",
    "+config|set", "+client|setname", "+client|kill", "+client|pause", "+client|unpause",
    "+multi",      "+exec",           "+acl|dryrun"};
constexpr std::array<std::string_view, 2> of_rotation = {"+acl|getuser", "+acl|setuser"};
constexpr std::array<std::string_view, 2> of_replication = {"+psync", "+replconf"};
constexpr std::array<std::string_view, 6> of_peer = {"+info",  "+client|setname", "+replicaof",
                                                     "+multi", "+exec",           "+acl|dryrun"};
constexpr std::array<std::string_view, 1> of_peer_failover = {"+client|kill"};
constexpr std::array<std::string_view, 3> of_metrics = {"+slowlog|get", "+slowlog|len",
                                                        "+latency|latest"};

}  // namespace

std::span<const std::string_view> rights_of(acl_role role) {
  switch (role) {
    case acl_role::agent: return of_agent;
    case acl_role::rotation: return of_rotation;
    case acl_role::replication: return of_replication;
    case acl_role::metrics: return of_metrics;
    case acl_role::peer: return of_peer;
    case acl_role::peer_failover: return of_peer_failover;
  }
  return of_agent;
}

std::string rules_of(acl_role role, bool with_channels) {
  std::string rules = with_channels ? "resetkeys resetchannels -@all" : "resetkeys -@all";
  for (const std::string_view right : rights_of(role)) rules.append(" ").append(right);
  return rules;
}

bool is_allowed(std::span<const std::string_view> rights, const command& sent) {
  if (sent.empty()) return false;
  const std::string verb = "+" + core::to_lower(sent[0]);
  const std::string with_subcommand = sent.size() > 1 ? verb + "|" + core::to_lower(sent[1]) : verb;
  return std::any_of(rights.begin(), rights.end(), [&](std::string_view right) {
    return right == verb || right == with_subcommand;
  });
}

}  // namespace redis_agent::wire
