#include "core/readiness/advice.hpp"

namespace redis_agent::core {

std::string_view advise(reason why) {
  switch (why) {
    case reason::primary_serving:
    case reason::replica_in_sync: return "";
    case reason::replica_stale:
      return "Bring the primary back, or its network: this pod serves what it has until "
             "--max-staleness is over.";
    case reason::starting: return "Wait: the agent has just started.";
    case reason::redis_not_answering:
      return "Look at the redis container's log and restarts. A Redis that stays silent is "
             "restarted by its liveness probe.";
    case reason::redis_loading: return "Wait: Redis reads its data from the disk.";
    case reason::redis_busy: return "Wait, or end the script: SCRIPT KILL, FUNCTION KILL.";
    case reason::too_many_clients:
      return "Raise maxclients, or close connections of clients that hold too many.";
    case reason::password_refused:
      return "Give the agent Redis's password: after a change of the Secret all pods have to be "
             "restarted, unless --password-rotation is on.";
    case reason::password_not_required:
      return "Set a password in Redis: requirepass, or the default user of its ACL.";
    case reason::cluster_mode: return "Set cluster-enabled no.";
    case reason::role_mismatch:
      return "Find out who has given this server another role (REPLICAOF by hand?). The agent puts "
             "it right where it is safe.";
    case reason::gate_closed:
      return "Wait for the pods that are named, or bring them back. If a person has to decide: "
             "redis-agent resolve, in this pod.";
    case reason::fenced:
      return "Look at the API server and the way to it: the primary takes no writes until it can "
             "renew its lock.";
    case reason::too_few_replicas:
      return "Bring the replicas back: min-replicas-to-write asks for them.";
    case reason::writes_refused: return "Make room on the primary's disk, then BGSAVE.";
    case reason::never_in_sync:
      return "Look at the primary first. If it is well, the word after the reason says what keeps "
             "this replica from it.";
    case reason::replication_refused:
      return "Compare masterauth, masteruser, maxclients and TLS of this pod and its primary.";
    case reason::wrong_primary: return "Find out who has sent REPLICAOF to this server.";
    case reason::full_sync: return "Wait: the replica copies the primary's data.";
    case reason::lag_too_large:
      return "Look at the network and the disk of this pod, and at the write load of the primary.";
    case reason::reads_refused:
      return "Bring the primary back: replica-serve-stale-data no refuses reads without it.";
    case reason::too_stale: return "Bring the primary back, or the network between the two.";
    case reason::primary_refused:
      return "Compare both pods' data before anything else: the primary lacks what is here. "
             "redis-agent resolve decides.";
    case reason::observation_too_old:
      return "Look at the CPU that the agent gets: it has not heard Redis for too long.";
  }
  return "";
}

}  // namespace redis_agent::core
