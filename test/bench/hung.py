"""A Redis that hangs: how long a scrape and a probe take meanwhile."""
from cost import get, latencies, percentile
from effort import PACE
from peers import EXPORTER, EXPORTER_PORT, start_exporter, start_pod

WHAT = "a scrape and a probe while Redis hangs"
PROGRAMS = (EXPORTER,)
_AT_MOST = 55  # 50 of waiting for Redis, and the answer's own time


def measure(table, world, agent, effort):
    pod = start_pod(world, agent)
    start_exporter(pod, *effort.exporter_flags)
    pod.server.pause()
    address = pod.pod.address
    ours = latencies(effort.paced, lambda: get(address, "/metrics"), PACE)
    theirs = latencies(1, lambda: get(address, "/metrics", EXPORTER_PORT))
    table.row("a scrape, median (of the exporter: one)", "ms", percentile(ours, 50), theirs[0],
              at_most=_AT_MOST)
    probes = latencies(effort.paced, lambda: get(address, "/readyz"), PACE)
    table.row("a probe, p99 (redis-cli ping never ends)", "ms", percentile(probes, 99))
    pod.server.resume()
