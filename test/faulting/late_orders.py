"""An order that is decided and cannot be sent yet, since the server that it is for stands still.

When that goes on the order is no more right: what is sent has to be weighed then.
"""
import re
import time

from pods import wait_until

from .fault import fault
from .less import check_parked, watch_keys

_PEER_WAIT = 4.0
_NOTICED = 0.45  # seconds in which an agent has noticed that a server is gone


@fault("opening-comes-late", replicas=1, has_plain=False,
       settings={"FIRST_START_WAIT": "0s", "PEER_WAIT": f"{_PEER_WAIT:g}s"})
def open_late(run):
    """When the wait is over the primary's server stands still; before that has gone on the replica
    that was waited for is back, with more."""
    run.primary.command("SAVE")
    copy = run.cluster.copy_volume(run.primary)
    run.load()
    run.writer.pause()
    run.cluster.wait_until_equal()
    replica = run.replicas[0]
    replica.server.pause()
    run.strike()
    run.cluster.kill(run.primary)
    run.cluster.put_back(run.primary, copy)
    run.cluster.recreate(run.primary)
    wait_until(lambda: "rule 7" in run.primary.status()["explanation"], "it to wait", 5,
               every=0.005)
    begin = time.monotonic()
    for moment, deed in ((-0.3, run.primary.server.pause), (0.5, replica.server.resume),
                         (0.85, run.primary.server.resume)):
        time.sleep(max(0.0, begin + _PEER_WAIT + moment - time.monotonic()))
        deed()
    run.writer.resume()


@fault("following-comes-late", replicas=1, has_plain=False, heals=False,
       settings={"FIRST_START_WAIT": "0s", "GATE": "direct"})
def follow_late(run):
    """The primary has proven itself while the replica's server stands still; before that has gone
    on the primary is killed, and is back without anything. No gate keeps it from that."""
    run.watch.tolerated.add("ready and empty")
    run.load()
    run.writer.pause()
    run.cluster.wait_until_equal()
    replica = run.replicas[0]
    keys = replica.command("DBSIZE")
    run.primary.server.stop()
    run.cluster.wait_for_order(replica, "REPLICAOF 127.0.0.1 1")
    since = len(replica.sidecar.log())
    replica.server.pause()
    time.sleep(0.3)  # a question has been asked since, and is not answered
    run.cluster.start_server(run.primary)
    try:
        run.cluster.wait_for_order(replica, r"REPLICAOF \S+ 6379", since, within=0.4)
    except AssertionError:
        pass  # it says so when it is sent
    run.primary.server.kill()
    run.cluster.empty(run.primary)
    run.cluster.start_server(run.primary)
    time.sleep(_NOTICED)
    said = len(replica.server.log())
    replica.server.resume()
    watch_keys(run, replica, keys, 1)
    check_parked(run, replica)
    obeyed = re.findall(r"REPLICAOF \S+:6379 enabled", replica.server.log()[said:])
    run.check(not obeyed, f"it was still ordered to follow: {obeyed[:1]}")
