// `redis-agent check`: whether this pod has what the agent needs, in words: DNS and the headless
// Service, the volume, the password, the user's redis.conf, and with --failover=lease the rights in
// Kubernetes. Changes nothing: for an init container while a StatefulSet is made fit for the agent,
// for `helm test` and for `kubectl exec`.
#pragma once

#include "core/configuration/settings.hpp"

namespace redis_agent::command {

int run_check(const core::settings& s);

}  // namespace redis_agent::command
