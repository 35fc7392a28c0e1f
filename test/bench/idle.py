"""CPU by itself: polls of Redis and of the primary, and DNS, with nobody who asks."""
from cost import median_of, shares
from peers import start_pod

WHAT = "CPU by itself: polls of Redis and of the primary, and DNS"
PROGRAMS = ()
_AT_MOST = 0.1
_DAY = 24 * 3600


def measure(table, world, agent, effort):
    pods = [start_pod(world, agent, name) for name in ("redis-master-0", "redis-slave-0")]
    processes = (pods[0].sidecar, pods[1].sidecar, pods[0].server)
    *agents, server = median_of(effort.rounds, lambda: shares(effort.seconds, *processes))
    for role, used in zip(("primary", "replica"), agents):
        table.row(f"of a {role}'s agent", "%", used * 100, at_most=_AT_MOST)
        table.row("the same, in a day", "s", used * _DAY)
    table.row("of the primary's Redis, with both agents", "%", server * 100)
