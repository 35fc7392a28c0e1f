"""A scrape of the agent and one of redis_exporter, beside the same Redis.

The agent tells the peer's families of INFO and its own; what these add is a row.
"""
import time

from cost import cost_of, get, latencies, median_of, percentile, shares
from effort import PACE
from peers import EXPORTER, EXPORTER_PORT, start_exporter, start_pod
from pods import http_get
from pods.exposition import Exposition

WHAT = "a GET /metrics, beside the same of redis_exporter at the same Redis"
PROGRAMS = (EXPORTER,)
_GZIP = "Accept-Encoding: gzip\r\n"
_CHEAPER, _CHEAPER_IN_REDIS, _P99 = 20, 5, 0.5
_OF_THE_EXPORTER = ("go_", "redis_exporter_", "process_", "redis_target_",
                    "redis_last_key_groups_")


def use(pod):
    """A server that is used tells more than an empty one."""
    pod.fill(1000)
    with pod.redis() as redis:
        for command in (("HSET", "hash", "field", "1"), ("LPUSH", "list", "1"),
                        ("ZADD", "sorted", "1", "one"), ("SADD", "set", "1"), ("GET", "key:1"),
                        ("EXPIRE", "key:1", "1000"), ("XADD", "stream", "*", "field", "1"),
                        ("PUBLISH", "channel", "1"), ("INCR", "number"), ("SCAN", "0")):
            redis(*command)


class Side:
    """The agent or the exporter."""

    def __init__(self, pod, process, port):
        self.process, self._port, self._pod = process, port, pod

    def scrape(self, headers=""):
        return get(self._pod.pod.address, "/metrics", self._port, headers)

    def back_to_back(self, effort, headers):
        return median_of(effort.rounds, lambda: cost_of(
            effort.requests, lambda: self.scrape(headers), self.process))[0]

    def paced(self, effort, headers):
        """Microseconds in the program and in Redis, and commands of Redis."""
        processes = (self.process, self._pod.server)

        def act():
            self.scrape(headers)
            time.sleep(PACE)

        def measure_round():
            quiet = effort.paced * PACE
            asked = self._commands()
            by_itself = shares(quiet, *processes)
            rate = (self._commands() - asked - 1) / quiet
            begin, asked = time.monotonic(), self._commands()
            used = cost_of(effort.paced, act, *processes, idle=by_itself)
            more = self._commands() - asked - 1 - rate * (time.monotonic() - begin)
            return [*used, more / effort.paced]
        return median_of(effort.rounds, measure_round)

    def _commands(self):
        return int(self._pod.command("INFO", "stats").split(b"total_commands_processed:")[1]
                   .split(b"\r")[0])

    def text(self):
        return http_get(self._pod.pod.address, "/metrics", port=self._port).text


def compare_families(table, ours, theirs):
    mine, peers = (Exposition(side.text()).types for side in (ours, theirs))
    told = {name for name in peers if not name.startswith(_OF_THE_EXPORTER)}
    own = sum(name.startswith(("redis_agent_", "process_")) for name in mine)
    table.note(f"{len(told & set(mine))} of {len(told)} families of the exporter's, and {own} of "
               "the agent's own")
    table.row("text", "bytes", len(ours.text()), len(theirs.text()))


def measure(table, world, agent, effort):
    pod = start_pod(world, agent)
    use(pod)
    theirs = Side(pod, start_exporter(pod), EXPORTER_PORT)
    ours = Side(pod, pod.sidecar, 9121)
    compare_families(table, ours, theirs)
    for name, headers in {"plain": "", "gzip": _GZIP}.items():
        table.row(f"CPU of one, back to back, {name}", "us", ours.back_to_back(effort, headers),
                  theirs.back_to_back(effort, headers), cheaper=_CHEAPER)
    for name, headers in {"plain": "", "gzip": _GZIP}.items():
        mine, peers = ours.paced(effort, headers), theirs.paced(effort, headers)
        table.row(f"CPU of one, paced, {name}", "us", mine[0], peers[0], cheaper=_CHEAPER)
        if name == "plain":
            table.row("CPU inside Redis of one, paced", "us", mine[1], peers[1],
                      cheaper=_CHEAPER_IN_REDIS)
            table.row("commands of one, paced", "", mine[2], peers[2])
    for name, pause in {"back to back": 0.0, "paced": PACE}.items():
        count = effort.latencies if pause == 0 else effort.paced * effort.rounds
        times = [latencies(count, side.scrape, pause) for side in (ours, theirs)]
        for percent in (50, 99):
            goals = {"at_most": _P99} if percent == 99 else {}
            table.row(f"latency, {name}, p{percent}", "ms",
                      *(percentile(each, percent) for each in times), **goals)
