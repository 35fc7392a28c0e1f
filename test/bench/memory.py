"""Memory, idle and after many scrapes, beside redis_exporter."""
from cost import get
from peers import EXPORTER, EXPORTER_PORT, start_exporter, start_pod

WHAT = "resident memory, beside redis_exporter"
PROGRAMS = (EXPORTER,)
_AT_MOST = 8


def own_megabytes(process):
    """Without what it shares with other programs: the libraries' code."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        kilobytes = next(line.split()[1] for line in status if line.startswith("RssAnon"))
    return int(kilobytes) / 1024


def measure(table, world, agent, effort):
    pod = start_pod(world, agent)
    exporter = start_exporter(pod)

    def tell(when, **goals):
        table.row(f"resident, {when}", "MiB", pod.sidecar.resident_bytes() / 2**20,
                  exporter.resident_bytes() / 2**20, **goals)
    tell("idle")
    for _ in range(effort.scrapes_for_memory):
        get(pod.pod.address, "/metrics")
        get(pod.pod.address, "/metrics", EXPORTER_PORT)
    tell(f"after {effort.scrapes_for_memory} scrapes", at_most=_AT_MOST)
    table.row("of that, anonymous", "MiB", own_megabytes(pod.sidecar), own_megabytes(exporter))
