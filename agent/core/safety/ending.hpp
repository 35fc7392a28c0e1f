// The planned end of a primary's server, which is to lose nothing: until every replica has all that
// was written, no client may write more, and the server must not go.
//
// Redis 7 and later sees to that itself: at SIGTERM it pauses writes and waits for its replicas up
// to shutdown-timeout (redis.io/docs/reference/signals), also for one that is stuck or in a full
// sync and will not have it in time. Older ones end at once. For them a preStop hook tells the
// agent first (/prestop); it pauses the server's clients and answers the hook when the replicas
// have all. The pause ends by itself: whatever becomes of the agent, and if no end comes, writes go
// on.
#pragma once

#include <optional>
#include <string>

#include "core/configuration/settings.hpp"
#include "core/memory/memory.hpp"
#include "core/memory/volume_memory.hpp"
#include "core/server/replication.hpp"

namespace redis_agent::core {

// Of a primary: at least one replica lacks something, and every one that does is beyond hope: not
// online, or without an acknowledgement for so long that it is stuck.
bool waits_for_the_hopeless(const replication_report& report);

// It has been announced and may still come, or the server waits for its replicas.
bool end_is_under_way(const memory& m, const settings& s, instant now);

// For how long the server's clients have to be paused now; nullopt: not at all.
std::optional<duration> choose_pause(const memory& m, const settings& s, instant now);

// Why the preStop hook has nothing to wait for, or no more time; nullopt while it has to wait.
std::optional<std::string> release_hook(const memory& m, const settings& s, instant now);

// How many of the replicas have all, as far as is known, and which are not waited for, and why.
std::string describe_replicas(const memory& m);

// The agent is told to end, and its server is about to.
bool end_is_awaited(const memory& m, const settings& s, instant now);

// Whatever is written comes after the end: the server's clients are paused, or it ends, or is gone.
bool has_all_that_it_will_have(const memory& m);

// What is known while an end is under way, and after it.
std::optional<end_proof> prove_end(const memory& m, const settings& s, instant now);

// What the volume knows of the end of the run before this one, if that was a planned one.
std::optional<end_proof> recall_last_end(const memory& m);

// "at offset 403982, which 2 of 2 replicas have".
std::string describe(const end_proof& proof);

}  // namespace redis_agent::core
