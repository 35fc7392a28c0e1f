"""What the primary's gate costs at a restart: prints figures, asserts nothing.

usage: gate_price.py REDIS-AGENT [KEYS [RUNS]]     as root; 1,000,000 keys of 100 bytes and 5 runs
       gate_price.py REDIS-AGENT --quick            1,000 keys, one run, to see that it can be done

A primary with two replicas gets SIGTERM, which saves an RDB, and is started again as soon as it has
ended. Measured is the time from the signal until a write is answered at the pod's address: with
agents and the gate, and with the redis.conf of the usual manifests and no agent.
"""
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
# pylint: disable=wrong-import-position
from pods import RedisPod, World, enter, wait_until

_FLAGS = ("--repl-diskless-sync-delay", "0")
_FILL = "for i = ARGV[1], ARGV[2] do redis.call('SET', 'key:' .. i, ARGV[3]) end"
_KEYS_AT_ONCE = 50_000
_SETTINGS = {"REDIS_VERSION": "7.0"}
_NAMES = ("redis-master-0", "redis-slave-0", "redis-slave-1")
_LIMIT_FACTOR, _LIMIT_MORE = 1.5, 1.0


class Side:
    """The pods with agents or without."""

    def __init__(self, world, agent, has_agents):
        self.name = "with agents" if has_agents else "plain"
        self._has_agents = has_agents
        self.pods = [RedisPod(world.add_pod(name), agent, settings=_SETTINGS) for name in _NAMES]
        self._primary = self.pods[0]

    def bring_up(self, keys):
        for pod in self.pods:
            self._start(pod)
        self._wait_for_replicas()
        with self._primary.redis(timeout=60) as redis:
            for first in range(1, keys + 1, _KEYS_AT_ONCE):
                last = min(keys, first + _KEYS_AT_ONCE - 1)
                redis("EVAL", _FILL, "0", first, last, "x" * 100)
                redis("WAIT", 2, 30_000)

    def restart(self):
        """Seconds from the signal until its server has ended, and until a write is answered."""
        begin = time.monotonic()
        if self._has_agents:
            self._primary.sidecar.send_signal(15)
        self._primary.server.stop(60)
        ended = time.monotonic() - begin
        if self._has_agents:
            self._primary.sidecar.stop()
        self._start(self._primary)
        wait_until(lambda: self._write() or True, "a write to be answered", 120, every=0.005,
                   on_failure=self._primary.pod.logs)
        written = time.monotonic() - begin
        self._wait_for_replicas()
        return ended, written

    def _start(self, pod):
        pod.init(*(() if self._has_agents else ("--gate=direct",)))
        pod.start_server(*_FLAGS)
        if self._has_agents:
            pod.start_sidecar()

    def _write(self):
        with self._primary.redis(timeout=1) as redis:
            redis("SET", "written", time.time())

    def _wait_for_replicas(self):
        def look():
            with self._primary.redis() as redis:
                info = redis.info()
            return sum("state=online" in info.get(f"slave{n}", "") for n in range(2)) == 2
        wait_until(look, "both replicas to be linked", 120, every=0.1)
        if self._has_agents:
            for pod in self.pods:
                pod.wait_until_ready(60)


def measure(side, keys, runs):
    """The median of the seconds until a write is answered."""
    side.bring_up(keys)
    figures = []
    for number in range(1, runs + 1):
        ended, written = side.restart()
        figures.append(written)
        print(f"  {side.name:<12} run {number}: ended after "
              f"{ended:.2f} s, takes writes after {written:.2f} s", flush=True)
    with side.pods[0].redis() as redis:
        stats = redis.info("stats")
    print(f"  replicas of the last run: {stats['sync_partial_ok']} went on, "
          f"{stats['sync_full']} copied all", flush=True)
    return statistics.median(figures)


def main(agent, keys="1000000", runs="5"):
    enter()
    print(f"restart of a primary with {keys} keys of 100 bytes and two replicas")
    world = World(ttl=1)
    plain = measure(Side(world, agent, False), int(keys), int(runs))
    world.end_pods()
    ours = measure(Side(world, agent, True), int(keys), int(runs))
    limit = plain * _LIMIT_FACTOR + _LIMIT_MORE
    print(f"  median: plain {plain:.2f} s, with agents {ours:.2f} s, ratio {ours / plain:.2f}; "
          f"wanted is at most {limit:.2f} s")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], *(("1000", "1") if "--quick" in sys.argv else sys.argv[2:]))
