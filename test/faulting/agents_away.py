"""What servers do while the agent beside one of them is away or stopped, and nobody notes it."""
import os
import signal
import time

from pods import wait_until

from .crashes import AOF
from .fault import fault
from .unseen import KEYS, check_kept, end_of_aof, memory_of, wait_until_bound, write

_LATE = 300  # writes that no agent beside the replica has seen


def write_late(run):
    """To both, and the disks have them."""
    with run.primary.redis() as redis:
        for number in range(_LATE):
            redis("SET", f"late:{number}", "1")
        run.check(redis("WAIT", 1, 3000) == 1, "the replica did not get it")
    time.sleep(2.2)


def lose_power(run, file, size):
    """All that is not on a disk is gone: what the primary's AOF has got since."""
    for pod in run.pods:
        run.cluster.kill(pod)
    os.truncate(file, size)
    for pod in run.pods:
        run.cluster.recreate(pod, is_moved=False)


def is_in_sync(pod):
    return pod.redis().info("replication")["master_link_status"] == "up"


@fault("replica-visits-unseen", arguments=AOF, replicas=1, has_plain=False, heals=False,
       settings={"PEER_WAIT": "10s"})
def replica_visits_unseen(run):
    """The primary's agent is dead while a replica that it has noted to be away is back."""
    run.writer.pause()
    replica = run.replicas[0]
    write(run, 1, KEYS, "early", replicas=1)
    wait_until(lambda: "noted" in memory_of(replica), "the replica to note the primary's", 20)
    run.cluster.kill(replica)
    wait_until_bound(run)
    run.primary.sidecar.kill()
    run.cluster.recreate(replica, is_moved=False)
    wait_until(lambda: is_in_sync(replica), "the replica to be in sync", 20)
    wait_until(lambda: replica.redis().info("persistence")["aof_rewrite_in_progress"] == "0",
               "its AOF to be made", 10)
    time.sleep(1.5)  # the disk has the AOF
    file, size = end_of_aof(run.primary)
    write_late(run)
    lose_power(run, file, size)
    check_kept(run, replica, b"1", f"late:{_LATE - 1}")


@fault("replica-goes-on-unseen", arguments=AOF, replicas=1, has_plain=False, heals=False,
       settings={"PEER_WAIT": "4s"})
def replica_goes_on_unseen(run):
    """Its agent is dead while its Redis follows the primary into that one's next stream."""
    run.writer.pause()
    replica = run.replicas[0]
    write(run, 1, KEYS, "early", replicas=1)
    former = memory_of(run.primary)["history"]["id"]
    replica.sidecar.kill()
    run.cluster.delete(run.primary)
    run.cluster.recreate(run.primary, is_moved=False)
    run.primary.wait_for_reason("primary_serving", within=50)
    wait_until(lambda: is_in_sync(replica), "the replica to be in sync", 20)

    def is_noted():
        kept = memory_of(run.primary)
        present = kept["history"]["id"]
        return present != former and [pod["history_id"] for pod in kept["pods"]] == [present]
    wait_until(is_noted, "the primary's volume to note in what stream it is", 20)
    file, size = end_of_aof(run.primary)
    write_late(run)
    lose_power(run, file, size)
    check_kept(run, replica, b"1", f"late:{_LATE - 1}")


def has_them(primary):
    """What the replica lacks is served, or a person is asked whose data is to be kept."""
    status = primary.status()
    if status["reason"] != "primary_serving":
        return "the gate holds (rule 6)" in status["explanation"]
    return primary.command("GET", f"over:{KEYS + 1000}") == b"late"


@fault("server-dies-unseen", arguments=AOF, replicas=1, has_plain=False, heals=False)
def server_dies_unseen(run):
    """The primary's agent is stopped, and its Redis takes writes that a replica does not get.

    It has them in its AOF when it is back: what the agent saw last was not the end."""
    run.writer.pause()
    replica = run.replicas[0]
    write(run, 1, KEYS, "early", replicas=1)
    run.primary.sidecar.send_signal(signal.SIGSTOP)
    with run.primary.redis() as redis:
        redis("SET", "seen:by-the-replica", "1")
        run.check(redis("WAIT", 1, 3000) == 1, "the replica did not get it")
    replica.pod.drop_from(run.primary.pod)
    run.primary.pod.drop_from(replica.pod)
    time.sleep(3)
    write(run, KEYS + 1, KEYS + 1000, "late", replicas=0)
    time.sleep(4)
    run.primary.server.kill()
    run.cluster.start_server(run.primary)
    replica.pod.heal()
    run.primary.pod.heal()
    time.sleep(1.5)
    run.primary.sidecar.send_signal(signal.SIGCONT)
    wait_until(lambda: has_them(run.primary), "it to serve them, or to ask a person", 20)
