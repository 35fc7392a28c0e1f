"""CPU by itself: polls of Redis and of the primary, and DNS, with nobody who asks."""
from cost import median_of, share
from peers import start_pod

WHAT = "CPU by itself: polls of Redis and of the primary, and DNS"
PROGRAMS = ()
_AT_MOST = 0.1
_DAY = 24 * 3600


def measure(table, world, agent, effort):
    pods = [start_pod(world, agent, name) for name in ("redis-master-0", "redis-slave-0")]
    for role, pod in zip(("primary", "replica"), pods):
        used = median_of(effort.rounds, lambda p=pod: [share(p.sidecar, effort.seconds)])[0]
        table.row(f"of a {role}'s agent", "%", used * 100, at_most=_AT_MOST)
        table.row("the same, in a day", "s", used * _DAY)
    used = median_of(effort.rounds, lambda: [share(pods[0].server, effort.seconds)])[0]
    table.row("of the primary's Redis, with both agents", "%", used * 100)
