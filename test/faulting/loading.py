"""Servers take their time to load. While one does, its INFO is not about its data.

Until it has loaded it says another replication id, offset 0 and no AOF, under the run id that it
keeps: what is then believed of it is a proof of nothing.
"""
from pods import wait_until

from .crashes import AOF
from .fault import fault
from .less import check_refused, count_keys, open_with_less, watch_keys
from .whole_cluster import save_everywhere


def slowly(seconds, keys):
    """Arguments with which a server loads that many keys in that many seconds, and answers."""
    return ("--key-load-delay", str(int(1e6 * seconds / keys)),
            "--loading-process-events-interval-bytes", "1024")


_DELAY = 1  # before a diskless sync: in it a server that follows a name can be parked
AT_ONCE = {"FIRST_START_WAIT": "0s", "PEER_WAIT": "1s"}


def set_back(run, with_agents):
    """All servers are killed; the primary's volume is from before, and both load for a second."""
    copy = run.cluster.copy_volume(run.primary)
    run.load()
    run.writer.pause()
    keys = count_keys(run)
    run.strike()
    for pod in run.pods:
        pod.server.kill()
        if with_agents:
            run.cluster.kill_agent(pod)
    run.cluster.put_back(run.primary, copy)
    for pod in run.pods:
        run.cluster.start_server(pod, *slowly(1.0, keys))
        if with_agents:
            run.cluster.start_agent(pod)
    run.writer.resume()


@fault("both-load-over-an-older-aof", replicas=1, arguments=AOF, settings=AT_ONCE)
def both_load(run):
    """The agents stay, and have seen more of both servers than these have when they load."""
    set_back(run, with_agents=False)


@fault("both-load-over-an-older-aof-agents-too", replicas=1, arguments=AOF, settings=AT_ONCE)
def both_load_agents_too(run):
    set_back(run, with_agents=True)


def come_back_loading(run):
    keys = open_with_less(run)
    run.primary.command("CONFIG", "SET", "repl-diskless-sync-delay", _DELAY)
    replica = run.replicas[0]
    run.cluster.init(replica)
    run.cluster.start_server(replica, *slowly(2.0, keys))
    run.cluster.start_agent(replica)
    wait_until(lambda: replica.command("DBSIZE"), "the replica to have loaded", 15)
    replica.command("CONFIG", "SET", "key-load-delay", "0")
    watch_keys(run, replica, keys, 3)
    check_refused(run, replica)


@fault("replica-loads-and-has-more", replicas=1, heals=False, settings=AT_ONCE, has_plain=False)
def replica_loads(run):
    """Its file names the primary: it has to be parked as soon as it has loaded."""
    come_back_loading(run)


@fault("replica-loads-and-has-more-placeholder", replicas=1, heals=False, has_plain=False,
       settings={**AT_ONCE, "REPLICAOF": "placeholder"})
def replica_loads_parked(run):
    come_back_loading(run)


@fault("all-load-the-primary-less", settings={**AT_ONCE, "PEER_WAIT": "3s"}, writable_within=30)
def all_load(run):
    """The primary has an older RDB, and has loaded it long before the others have."""
    run.primary.command("SAVE")
    copy = run.cluster.copy_volume(run.primary)
    run.load()
    save_everywhere(run)
    keys = count_keys(run)
    run.strike()
    for pod in run.pods:
        run.cluster.kill(pod)
    run.cluster.put_back(run.primary, copy)
    for pod, seconds in zip(run.pods, (4.0, 9.0, 9.0)):
        run.cluster.init(pod)
        run.cluster.start_server(pod, *slowly(seconds, keys))
        run.cluster.start_agent(pod)
    run.writer.resume()
