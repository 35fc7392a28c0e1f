"""What a person does at a server: no data of before goes on there, or nobody has seen it go on."""
import signal
import time

from pods import PARKING_PLACE, wait_until

from .crashes import AOF
from .fault import fault
from .names import start_stranger
from .strange_streams import wait_until_noted
from .unseen import KEYS, check_kept, memory_of, promote_and_write, write


def copy_a_stranger(run, pod):
    """He promotes it afterwards. Its agent may break off a copy once or twice."""
    stranger = start_stranger(run)
    stranger.command("SET", "stranger", "1")

    def is_copied():
        pod.command("REPLICAOF", stranger.pod.address, "6379")
        time.sleep(0.2)
        return pod.command("GET", "stranger") == b"1"
    run.watch.tolerated.add("wiped")  # what the others keep is looked at by name
    wait_until(is_copied, f"{pod.name} to copy the stranger", 15)
    pod.command("REPLICAOF", "NO", "ONE")


@fault("replica-copies-a-stranger", has_plain=False, heals=False)
def replica_copies_a_stranger(run):
    """While the primary is away; at its gate that asks to make the promoted one a replica again."""
    run.writer.pause()
    promoted, other = run.replicas
    write(run, 1, KEYS, "early")
    wait_until_noted(promoted)
    run.cluster.delete(run.primary)
    copy_a_stranger(run, promoted)
    wait_until_noted(promoted)
    run.cluster.recreate(run.primary, is_moved=False)
    run.primary.wait_for_reason("gate_closed", within=10)
    promoted.command("REPLICAOF", *PARKING_PLACE)
    wait_until(lambda: "rule 6" in run.primary.status()["explanation"], "a person to be asked", 20)
    check_kept(run, other, b"early")


@fault("aof-switched-off-and-on", arguments=AOF, replicas=1, version="6.2", has_plain=False,
       heals=False)
def switched_off_and_on(run):
    """Between two looks of its agent; until the rewrite ends the volume has the AOF of before."""
    run.writer.pause()
    write(run, 1, KEYS, "early", replicas=1)
    with run.primary.redis() as redis:
        redis("CONFIG", "SET", "rdb-key-save-delay", "20000")  # as if there were much data
        redis("CONFIG", "SET", "appendonly", "no")
        redis("CONFIG", "SET", "appendonly", "yes")
    write(run, 1, KEYS, "late", replicas=1)
    time.sleep(12)  # what moves on is noted each 10 s
    run.primary.server.kill()
    run.cluster.start_server(run.primary)
    run.primary.wait_for_reason("gate_closed", within=10)
    run.primary.wait_for_reason("primary_serving", within=50)
    check_kept(run, run.primary, b"late")
    check_kept(run, run.replicas[0], b"late")


@fault("replica-is-promoted-behind-its-agent", arguments=AOF, replicas=1, has_plain=False,
       heals=False, settings={"REPLICAOF": "placeholder"})
def promoted_behind_its_agent(run):
    """The primary's agent alone sees in what stream it is written to."""
    run.writer.pause()
    replica = run.replicas[0]
    write(run, 1, KEYS, "early", replicas=1)
    run.cluster.kill_agent(replica)
    promote_and_write(run, replica)
    own = replica.redis().info("replication")["master_replid"]
    wait_until(lambda: [pod["history_id"] for pod in memory_of(run.primary)["pods"]] == [own],
               "the primary's volume to note its stream", 15)
    time.sleep(1.5)  # the disk has the AOF
    replica.server.kill()
    run.cluster.recreate(replica, is_moved=False)
    check_kept(run, replica, b"1", "hand:49")


@fault("primary-hangs-in-the-handshake", arguments=("--repl-diskless-sync-delay", "6"), replicas=1,
       has_plain=False, heals=False)
def hangs_in_the_handshake(run):
    """As one does that forks: whom it was asked by waits, and asks no second time."""
    run.writer.pause()
    replica = run.replicas[0]
    run.cluster.delete(replica)
    run.primary.command("CONFIG", "SET", "repl-backlog-size", "16384")
    write(run, 1, KEYS, "late", replicas=0)
    run.cluster.recreate(replica, is_moved=False)
    wait_until(lambda: run.primary.redis().info("replication")["connected_slaves"] == "1",
               "the primary to be asked", 15)
    log = len(replica.sidecar.log())
    run.primary.server.send_signal(signal.SIGSTOP)
    time.sleep(4)
    run.primary.server.send_signal(signal.SIGCONT)
    run.cluster.wait_until_in_sync()
    parked = f"REPLICAOF {' '.join(map(str, PARKING_PLACE))}"
    run.check(parked not in replica.sidecar.log()[log:], "it was parked meanwhile")
