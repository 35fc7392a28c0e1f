"""How much is measured: for figures, or for a moment."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Effort:
    rounds: int = 5           # the median of which is told
    requests: int = 200       # in a round
    paced: int = 10           # in a round, PACE apart
    processes: int = 60       # in a round
    latencies: int = 500
    scrapes_for_memory: int = 1000
    seconds: float = 10       # in which a process is left alone
    replicas: tuple = (1, 16, 64, 256)
    agents: int = 100
    exec_probes: int = 600    # on a cluster
    exporter_flags: tuple = ()  # beside a Redis that hangs


WHOLE = Effort()
QUICK = Effort(rounds=1, requests=5, paced=2, processes=2, latencies=10, scrapes_for_memory=10,
               seconds=0.3, replicas=(1, 4), agents=3, exec_probes=20,
               exporter_flags=("-connection-timeout", "1s"))
PACE = 0.3  # longer than what a scrape takes for new: each of them asks Redis
