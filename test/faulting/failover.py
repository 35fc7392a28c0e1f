"""The design's table of faults for a primary that moves: on pods and servers."""
import time

from .moving_cluster import DURATION, FENCE, RENEWAL, SILENCE, takes_writes
from .moving_run import Expected, moving_fault

TAKEN = {"least": DURATION - RENEWAL - 0.2, "most": DURATION + RENEWAL + 0.5}
MORE = "failover_more"  # what is not a row of the design's
CLOSED = 3.0  # by min-replicas-to-write


@moving_fault("redis-killed", Expected(None, most=4), beside=True)
def redis_killed(run):
    """Its container restarts with all that it had."""
    run.strike()
    run.primary.server.kill()
    time.sleep(0.5)
    run.cluster.start_server(run.primary)


@moving_fault("redis-killed-emptied", Expected(True, most=4), beside=True)
def redis_killed_emptied(run):
    run.strike()
    run.primary.server.kill()
    run.cluster.empty(run.primary)
    time.sleep(0.5)
    run.cluster.start_server(run.primary)


@moving_fault("redis-killed-older", Expected(True, most=4), group=MORE)
def redis_killed_older(run):
    """Its volume has less than the others."""
    copy = run.cluster.copy_volume(run.primary)
    time.sleep(1.0)
    run.strike()
    run.primary.server.kill()
    run.cluster.put_back(run.primary, copy)
    run.cluster.start_server(run.primary)


@moving_fault("pod-deleted", Expected(True), beside=True)
def pod_deleted(run):
    """A drain, a rolling update: it hands over, ends, and is made anew."""
    run.strike()
    run.cluster.delete(run.primary)
    time.sleep(0.5)
    run.cluster.recreate(run.primary, is_moved=run.is_ours)


@moving_fault("node-lost", Expected(True, lost=None, **TAKEN))
def node_lost(run):
    run.strike()
    run.cluster.lose_node(run.primary)
    run.wait_for_another()
    run.cluster.heal()
    run.cluster.recreate(run.primary)


@moving_fault("node-lost-replaced-empty", Expected(True, lost=None, **TAKEN))
def node_lost_replaced_empty(run):
    """Force-deleted, and at once elsewhere under its name, without its volume: it is no holder."""
    run.strike()
    run.cluster.lose_node(run.primary)
    run.cluster.heal()
    run.cluster.empty(run.primary)
    run.cluster.recreate(run.primary)


@moving_fault("agent-killed", Expected(False))
def agent_killed(run):
    run.strike()
    run.primary.sidecar.kill()
    time.sleep(0.5)
    run.primary.start_sidecar()
    run.stays_open(DURATION + 2)


@moving_fault("agent-gone", Expected(True, **TAKEN))
def agent_gone(run):
    """Its server lives on, and is closed by who takes the lock."""
    run.strike()
    run.primary.sidecar.kill()
    run.wait_for_another()
    run.primary.start_sidecar()


@moving_fault("agent-frozen", Expected(True, **TAKEN))
def agent_frozen(run):
    run.strike()
    run.primary.sidecar.pause()
    run.wait_for_another()
    run.check(not takes_writes(run.primary), "the old server takes writes")
    run.primary.sidecar.resume()


@moving_fault("redis-frozen", Expected(True, SILENCE - 0.2, SILENCE + 2, lost=2), beside=True)
def redis_frozen(run):
    """Given up after failover-after; woken it takes nothing but what waits in its sockets."""
    run.strike()
    run.primary.server.pause()
    run.wait_for_another()
    time.sleep(1)
    run.primary.server.resume()


@moving_fault("pod-frozen", Expected(True, lost=2, **TAKEN), beside=True)
def pod_frozen(run):
    run.strike()
    run.cluster.freeze(run.primary)
    run.wait_for_another()
    time.sleep(1)
    run.cluster.thaw(run.primary)


@moving_fault("pod-frozen-for-2-s", Expected(False, 1.5, 2.5), beside=True)
def pod_frozen_shortly(run):
    """Shorter than what anybody waits for: nothing is to move."""
    run.strike()
    run.cluster.freeze(run.primary)
    time.sleep(2)
    run.cluster.thaw(run.primary)
    run.stays_open(DURATION)


@moving_fault("cut-off", Expected(True, lost=None, closed=CLOSED, **TAKEN), beside=True)
def cut_off(run):
    """From the other pods and the API server; its clients are beside it."""
    run.strike()
    run.cluster.isolate(run.primary)
    run.wait_for_another()
    time.sleep(1)
    run.cluster.heal()


@moving_fault("cut-off-hears-nobody", Expected(True, lost=None, closed=CLOSED, **TAKEN), group=MORE)
def cut_off_hears_nobody(run):
    run.strike()
    run.primary.pod.drop_from(*(pod for pod in run.cluster.world.pods.values()
                                if pod is not run.primary.pod))
    run.wait_for_another()
    run.cluster.heal()


@moving_fault("cut-off-heard-by-nobody", Expected(True, lost=None, closed=CLOSED, **TAKEN),
              group=MORE)
def cut_off_heard_by_nobody(run):
    run.strike()
    for pod in run.cluster.world.pods.values():
        if pod is not run.primary.pod:
            pod.drop_from(run.primary.pod)
    run.wait_for_another()
    run.cluster.heal()


@moving_fault("cut-off-from-replicas", Expected(False, 1.5, 4.5))
def cut_off_from_replicas(run):
    """Redis closes it, and its agent, which renews, opens it again."""
    run.strike()
    run.cluster.isolate_from_pods(run.primary)
    run.stays_open(DURATION + 3)
    run.cluster.heal()


@moving_fault("both-replicas-lost", Expected(False, 1.5, 4.5))
def both_replicas_lost(run):
    run.strike()
    for replica in run.replicas:
        run.cluster.lose_node(replica)
    run.stays_open(DURATION + 3)
    run.cluster.heal()
    for replica in run.replicas:
        run.cluster.recreate(replica)


@moving_fault("one-replica-lost", Expected(False))
def one_replica_lost(run):
    run.strike()
    run.cluster.lose_node(run.replicas[0])
    run.stays_open(DURATION + 3)
    run.cluster.heal()
    run.cluster.recreate(run.replicas[0])


@moving_fault("all-pods-killed", Expected(None, DURATION - RENEWAL - 0.2, DURATION + 5))
def all_pods_killed(run):
    """With an AOF each: who takes it has all that any of them has."""
    run.strike()
    for pod in run.pods:
        run.cluster.kill(pod)
    for pod in run.pods:
        run.cluster.recreate(pod)


@moving_fault("holder-and-a-replica-lost", Expected(True, DURATION - RENEWAL - 0.2, DURATION + 4,
                                                    lost=None), group=MORE)
def holder_and_a_replica_lost(run):
    """A member that is silent is waited for, no longer than candidate-wait."""
    run.strike()
    for pod in (run.primary, run.replicas[0]):
        run.cluster.lose_node(pod)
    run.wait_for_another()
    run.cluster.heal()
    for pod in (run.primary, run.replicas[0]):
        run.cluster.recreate(pod)


def _hand_over(version, expected):
    @moving_fault(f"pod-deleted-{version}", expected, version=version, group=MORE)
    def other_age(run):
        pod_deleted(run)
    return other_age


# A server of 5.0 connects to a new primary once a second, and the new one is closed by
# min-replicas-to-write until one has.
HAND_OVERS = [_hand_over("5.0", Expected(True, 0, 2)), _hand_over("6.2", Expected(True)),
              _hand_over("8.0", Expected(True))]
assert FENCE + 1 < DURATION
