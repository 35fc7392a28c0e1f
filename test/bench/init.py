"""redis-agent init as a process, from its start to its end."""
import pathlib

from cost import latencies, percentile
from peers import PASSWORD, run_child

WHAT = "redis-agent init as a process, from its start to its end"
PROGRAMS = ()
_AT_MOST = 3


def measure(table, _, agent, effort):
    secret = pathlib.Path("/mnt/bench-password")
    secret.write_bytes(PASSWORD)
    environment = {"POD_NAME": "redis-slave-0", "REDIS_AGENT_PASSWORD_FILE": str(secret)}
    count = effort.processes * effort.rounds
    ours, nothing = (latencies(count, lambda c=command: run_child(c, environment))
                     for command in ([agent, "init", "--output=/mnt/bench.conf"], ["/bin/true"]))
    table.row("the whole process, median, to /bin/true", "ms", percentile(ours, 50),
              percentile(nothing, 50), at_most=_AT_MOST)
    table.row("the same, fastest", "ms", ours[0], nothing[0])
    secret.unlink()
