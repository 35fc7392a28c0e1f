"""How long a replica's old data is there when its file names an empty primary: prints a table.

usage: window.py REDIS-AGENT [RUNS [VERSION...]]     as root; 8 runs on 5.0, 6.2 and 7.0
       window.py REDIS-AGENT --quick                 one run of one kind, to see that it can be done

A replica with an RDB is started while the primary that its file names is empty. Its own log says
when it accepts commands, which is when it can be parked, and when it empties itself. Measured
without an agent; and with the replica's agent, which was there before, how often it was quicker.
"""
import datetime
import itertools
import pathlib
import re
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
# pylint: disable=wrong-import-position
from faulting.cluster import find_server, what_is_lacking
from pods import CONFIG_PATH, RedisPod, World, enter, wait_until

_SYNCS = {"disk-based": ("--repl-diskless-sync", "no"),
          "diskless, at once": ("--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0")}
_SIZES = {"100 KB": (1000, 100), "200 MB": (200_000, 1000)}
_QUICK = ("diskless, at once", "100 KB")
_SAVE = "\nsave 3600 1\n"
_LONG_ENOUGH = 4.0  # until an unhindered sync has begun on every version
_READY, _FLUSHED = "eady to accept connections", "Flushing old data"
_ROW = "{:<8}{:<20}{:<8}{:>8}{:>8}{:>8}   {}"


class Trial:
    def __init__(self, world, agent, version, sync):
        self._program = find_server(version)
        self._sync = sync
        self.primary, self.replica = (
            RedisPod(world.add_pod(name), agent, settings={"REDIS_VERSION": version})
            for name in ("redis-master-0", "redis-slave-0"))
        self._debug = ("--enable-debug-command", "yes") if version == "7.0" else ()

    def run(self, keys, size, number, with_agent):
        """Milliseconds from when the replica accepts commands until it empties itself, or None."""
        self._make_data(keys, size)
        self.primary.init("--gate=direct")
        self.primary.start_server(*self._sync, program=self._program)
        self.primary.wait_for_server()
        if with_agent:
            self.replica.start_sidecar()
        time.sleep(0.1 * (number % 10 + 1))  # Redis does much once a second: not all in one phase
        self.replica.start_server(program=self._program)
        self.replica.wait_for_server(30)
        try:
            wait_until(lambda: self._moment(_FLUSHED), "it to be emptied", _LONG_ENOUGH)
        except AssertionError:
            return None
        return 1000 * (self._moment(_FLUSHED) - self._moment(_READY))

    def _make_data(self, keys, size):
        """The replica's RDB, by its server as a primary. Leaves the file that names the primary."""
        self.replica.init()
        path = self.replica.pod.path(CONFIG_PATH)
        text = path.read_text()
        path.write_text(re.sub(r"(?m)^(replicaof|slaveof).*$", "", text) + _SAVE)
        self.replica.start_server(*self._debug, program=self._program)
        self.replica.wait_for_server()
        with self.replica.redis(timeout=60) as redis:
            redis("DEBUG", "POPULATE", keys, "key", size)
            redis("SAVE")
        self.replica.server.kill()
        path.write_text(text + _SAVE)

    def _moment(self, text):
        """Seconds of the day at which the replica's log has it; None as long as it has not."""
        for line in self.replica.server.log().splitlines():
            if text in line:
                hour, minute, second = re.search(r"(\d\d):(\d\d):(\d\d\.\d+)", line).groups()
                return datetime.timedelta(hours=int(hour), minutes=int(minute),
                                          seconds=float(second)).total_seconds()
        return None


def measure(world, agent, version, runs, kinds):
    for sync, arguments in _SYNCS.items():
        for name, (keys, size) in _SIZES.items():
            if (sync, name) not in kinds:
                continue
            seen = {False: [], True: []}
            for number in range(runs):
                for with_agent, windows in seen.items():
                    trial = Trial(world, agent, version, arguments)
                    windows.append(trial.run(keys, size, number, with_agent))
                    world.end_pods()
            plain = [window for window in seen[False] if window is not None] or [float("nan")]
            figures = (min(plain), statistics.median(plain), max(plain))
            kept = sum(window is None for window in seen[True])
            print(_ROW.format(version, sync, name, *(f"{figure:.0f}" for figure in figures),
                              f"{kept} of {runs}"), flush=True)


def main(agent, runs=8, *versions, kinds=tuple(itertools.product(_SYNCS, _SIZES))):
    enter()
    world = World(ttl=1)
    print(_ROW.format("Redis", "sync", "data", "min ms", "median", "max", "kept by the agent"))
    for version in versions or ("5.0", "6.2", "7.0"):
        print(what_is_lacking(version), end="")
        if not what_is_lacking(version):
            measure(world, agent, version, int(runs), kinds)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if "--quick" in sys.argv:
        main(sys.argv[1], 1, "7.0", kinds=(_QUICK,))
    else:
        main(*sys.argv[1:])
