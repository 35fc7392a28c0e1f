"""The primary's server dies, is ended or comes back with less than it had."""
import time

from .fault import fault

AOF = ("--appendonly", "yes")


def save_early(run):
    """An RDB now, and none later."""
    run.primary.command("CONFIG", "SET", "save", "")
    run.primary.command("SAVE")


@fault("aof-kill-9", arguments=AOF)
def kill_server(run):
    """The primary's server is killed under load."""
    run.load()
    run.strike()
    run.primary.server.kill()
    run.cluster.start_server(run.primary)


@fault("aof-kill-9-agent-too", arguments=AOF)
def kill_pod(run):
    """The same, its agent is killed with it, and the pod comes back at another address."""
    run.load()
    run.strike()
    run.cluster.kill(run.primary)
    run.cluster.recreate(run.primary)


@fault("kill-9-old-rdb")
def kill_server_with_an_old_rdb(run):
    """Its RDB is from long before."""
    save_early(run)
    kill_server(run)


@fault("kill-9-old-rdb-agent-too")
def kill_pod_with_an_old_rdb(run):
    save_early(run)
    kill_pod(run)


@fault("aof-emptied", arguments=AOF)
@fault("emptied")
def emptied(run):
    """The pod comes back with an empty volume."""
    run.load()
    run.strike()
    run.cluster.kill(run.primary)
    run.cluster.empty(run.primary)
    run.cluster.recreate(run.primary)


@fault("emptied-agent-stays")
def emptied_under_its_agent(run):
    """Only the server restarts, and finds nothing."""
    run.load()
    run.strike()
    run.primary.server.kill()
    run.cluster.empty(run.primary)
    run.cluster.start_server(run.primary)


@fault("older-volume-aof", arguments=AOF)
def put_back_a_volume(run):
    """A volume from before, with what the agent remembered then, is put back."""
    copy = run.cluster.copy_volume(run.primary)
    run.load()
    run.strike()
    run.cluster.kill(run.primary)
    run.cluster.put_back(run.primary, copy)
    run.cluster.recreate(run.primary)


@fault("older-volume")
def older_volume(run):
    run.primary.command("SAVE")
    put_back_a_volume(run)


@fault("aof-sigterm", arguments=AOF)
@fault("sigterm")
def ended(run):
    """A rolling update's step."""
    run.load()
    run.strike()
    run.cluster.delete(run.primary)
    run.cluster.recreate(run.primary)


@fault("emptied-and-a-replica-restarted")
def emptied_and_a_replica_restarted(run):
    """The one that comes back has an RDB of its end, but no place in a stream that goes on."""
    run.load()
    run.strike()
    run.cluster.kill(run.primary)
    run.replicas[0].server.stop()
    run.cluster.empty(run.primary)
    run.cluster.start_server(run.replicas[0])
    run.cluster.recreate(run.primary)


@fault("old-rdb-and-a-replica-killed")
def old_rdb_and_a_replica_killed(run):
    save_early(run)
    run.load()
    run.strike()
    run.cluster.kill(run.primary)
    run.cluster.kill(run.replicas[1])
    time.sleep(0.5)
    run.cluster.recreate(run.primary)
    run.cluster.recreate(run.replicas[1])
