"""A probe: GET /readyz, beside redis-cli ping as a process and within runc exec.

The peer's CPU is that of the processes that a probe starts, and of nobody who starts them.
"""
from cost import cost_of, get, latencies, median_of, percentile
from peers import Container, children_seconds, ping, start_pod

WHAT = "a GET /readyz, beside redis-cli ping as a process and by runc exec"
PROGRAMS = ("redis-cli", "runc")
_CHEAPER = 300


def children_cost(count, act):
    before = children_seconds()
    for _ in range(count):
        act()
    return [(children_seconds() - before) / count * 1e6]


def measure(table, world, agent, effort):
    pod = start_pod(world, agent)
    ask = lambda: get(pod.pod.address, "/readyz")  # noqa: E731
    ours = median_of(effort.rounds, lambda: cost_of(effort.requests, ask, pod.sidecar))[0]
    plain = median_of(effort.rounds, lambda: children_cost(effort.processes, lambda: ping(pod)))
    table.row("CPU of one, to redis-cli ping", "us", ours, plain[0])
    try:
        with Container(pod) as container:
            inside = median_of(effort.rounds,
                               lambda: children_cost(effort.processes, container.ping))[0]
            table.row("CPU of one, to runc exec redis-cli ping", "us", ours, inside,
                      cheaper=_CHEAPER)
    except RuntimeError as error:
        table.note(f"runc cannot run a container here: {error}")
    times = latencies(effort.latencies, ask)
    theirs = latencies(effort.processes, lambda: ping(pod))
    for percent in (50, 99):
        table.row(f"latency, p{percent}, to redis-cli ping", "ms", percentile(times, percent),
                  percentile(theirs, percent))
