"""How long nobody takes writes while the primary moves: prints figures, asserts nothing.

usage: hand_over.py REDIS-AGENT [RUNS [VERSION...]]   as root; 20 runs with each of Redis 5.0 to 8.0
       hand_over.py REDIS-AGENT --quick                two runs with one

The lock of a small API server gives the role. A client beside each of two servers writes some 2,000
times a second in all, wherever it is taken, and looks at no route: what is measured is the time
between the last answer of the one server and the first of the other.
"""
import math
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
# pylint: disable=wrong-import-position
from faulting.cluster import what_is_lacking
from faulting.fault import Fault
from faulting.moving_cluster import LockCluster, takes_writes
from pods import enter, wait_until
from pods.http_get import http_get

_VERSIONS = ("5.0", "6.2", "7.0", "8.0")
_WRITER = pathlib.Path(__file__).resolve().parents[1] / "pods/write_loop.py"
_ARGUMENTS = ("--save", "")
_WANTED = 0.1


class Writers:
    """In a process of their own: one connection to each server."""

    def __init__(self, pod, pods):
        self._pod, self._addresses = pod, [one.pod.address for one in pods]
        self._process = None

    def __enter__(self):
        self._process = self._pod.start(sys.executable, "-B", _WRITER, *self._addresses)
        self._process.wait_for_log("ready")
        return self

    def __exit__(self, *_):
        self._process.stop()

    def acknowledged(self):
        """(address, key, when it was sent, when it was answered), in the order of the answers."""
        lines = [line.split() for line in self._process.log().splitlines()[1:]]
        return sorted(((address, key, float(sent), float(answered))
                       for address, key, sent, answered in lines), key=lambda one: one[3])


def move(cluster, source, target):
    """(seconds without writes, writes a second before, lost, how long the command took)"""
    with Writers(cluster.api.pod, (source, target)) as writers:
        time.sleep(0.6)
        begin = time.monotonic()
        answer = http_get(source.pod.address, f"/switchover?to={target.name}", port=9123, within=15)
        took = time.monotonic() - begin
        wait_until(lambda: takes_writes(target), f"{target.name} to take writes", 10)
        time.sleep(0.3)
    if answer.status != 200:
        raise RuntimeError(answer.text)
    writes = writers.acknowledged()
    last = max(at for address, _, _, at in writes if address == source.pod.address)
    first = min(at for address, _, _, at in writes if address == target.pod.address)
    rate = sum(begin - 0.5 < at < begin for _, _, _, at in writes) / 0.5
    with target.redis(timeout=20) as redis:
        there = set(redis("KEYS", "*"))
    lost = sum(key.encode() not in there for _, key, _, _ in writes)
    return first - last, rate, lost, took


def measure(agent, version, runs):
    kind = Fault(f"hand-over-{version}", "bench", None, version=version, arguments=_ARGUMENTS)
    cluster = LockCluster(agent, kind)
    cluster.bring_up()
    source, target, _ = cluster.pods
    gaps, rates, lost, times = [], [], 0, []
    for _ in range(runs):
        gap, rate, its_lost, took = move(cluster, source, target)
        gaps.append(gap)
        rates.append(rate)
        times.append(took)
        lost += its_lost
        cluster.wait_until_settled(30)
        source, target = target, source
    cluster.world.end_pods()
    gaps.sort()
    p95 = gaps[math.ceil(len(gaps) * 0.95) - 1]
    print(f"  Redis {version}: no writes for {statistics.median(gaps) * 1000:.0f} ms (p50), "
          f"{p95 * 1000:.0f} ms (p95), {gaps[-1] * 1000:.0f} ms (most); {lost} lost; "
          f"{statistics.median(rates):.0f} writes/s; the command took "
          f"{statistics.median(times) * 1000:.0f} ms", flush=True)


def main(agent, runs="20", *versions):
    if len(versions) == 1:
        lacking = what_is_lacking(versions[0])
        if lacking:
            print(f"  Redis {versions[0]}: {lacking}", flush=True)
            return
        enter()
        measure(agent, versions[0], int(runs))
        return
    print(f"the primary moves, {runs} times; wanted is at most {_WANTED * 1000:.0f} ms (p95)",
          flush=True)
    for version in versions or _VERSIONS:  # each in a world of its own
        subprocess.run([sys.executable, "-B", __file__, agent, runs, version], check=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], *(("2", "7.0") if "--quick" in sys.argv else sys.argv[2:]))
