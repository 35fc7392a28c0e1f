"""A disk-based full sync takes its time, and the old data is there until all of it has come."""
import os

from pods import wait_until

from .fault import fault
from .less import check_refused, open_with_less, watch_keys

_DATA = 6  # values of 1 MiB, which no RDB makes smaller
_RATE = "8mbit"  # so that they travel for six seconds
_AT_ONCE = {"FIRST_START_WAIT": "0s", "PEER_WAIT": "1s"}


def has_begun_to_receive(pod):
    with pod.redis() as redis:
        info = redis.info()
    return info["master_sync_in_progress"] == "1" and int(info["master_sync_left_bytes"]) > 0


def register(version, agent_is_first):
    name = f"disk-based-{version}{'-agent-first' * agent_is_first}"

    @fault(name, version=version, replicas=1, heals=False, has_plain=False, settings=_AT_ONCE,
           arguments=("--repl-diskless-sync", "no"))
    def strike(run):
        """The replica's server follows the name in its file. Its agent is there and parks it at
        first sight, or begins to look when it receives already."""
        with run.primary.redis() as redis:
            for number in range(_DATA):
                redis("SET", f"big:{number}", os.urandom(1 << 20))
            redis("WAIT", 1, 5000)
        keys = open_with_less(run)
        replica = run.replicas[0]
        run.primary.pod.limit_rate(_RATE)
        run.cluster.init(replica)
        if agent_is_first:
            run.cluster.start_agent(replica)
        run.cluster.start_server(replica)
        if not agent_is_first:
            wait_until(lambda: has_begun_to_receive(replica), "it to receive", 10)
            run.cluster.start_agent(replica)
        watch_keys(run, replica, keys, 10)
        check_refused(run, replica)
    return strike


for _version in ("5.0", "6.2", "7.0"):
    register(_version, agent_is_first=False)
register("5.0", agent_is_first=True)
