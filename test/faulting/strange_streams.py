"""A link that is dead and seems up, and streams that a person begins at a replica."""
import time

from pods import PARKING_PLACE, wait_until

from .crashes import AOF
from .fault import fault
from .unseen import KEYS, check_kept, memory_of, promote, write


def wait_until_noted(replica):
    def look():
        told = replica.redis().info("replication")
        noted = memory_of(replica)["history"]
        return (noted["id"] == told["master_replid"]
                and noted["offset"] >= int(told["master_repl_offset"]))
    wait_until(look, f"{replica.name} to note its stream", 15)


@fault("cut-off-while-the-primary-is-set-back", replicas=1, has_plain=False, heals=False,
       settings={"PEER_WAIT": "6s", "REPLICAOF": "placeholder"})
def cut_off(run):
    """The replica is reached again before its Redis finds out that the link is dead.

    TCP sends again 6.2, 12.6 and 25.4 s after what had no answer, which Redis sends each second;
    Redis itself gives up after a minute."""
    run.writer.pause()
    run.watch.tolerated.add("wiped")  # the primary; what the replica keeps is looked at by name
    replica = run.replicas[0]
    run.primary.command("CONFIG", "SET", "save", "")
    write(run, 1, KEYS, "early", replicas=1)
    run.primary.command("SAVE")
    write(run, 1, KEYS, "late", replicas=1)
    replica.pod.drop_from(run.primary.pod)
    run.primary.pod.drop_from(replica.pod)
    cut_at = time.monotonic()
    run.primary.server.kill()
    run.cluster.start_server(run.primary)
    run.primary.wait_for_reason("gate_closed", within=10)
    run.primary.wait_for_reason("primary_serving", within=20)
    run.primary.command("SET", "another", "history")
    since = time.monotonic() - cut_at
    time.sleep(max(0, (8 if since < 10 else 15) - since))  # no packet is due for a while
    log = len(replica.sidecar.log())
    replica.pod.heal()
    run.primary.pod.heal()
    run.cluster.wait_for_order(replica, f"REPLICAOF {' '.join(map(str, PARKING_PLACE))}", log, 8)
    check_kept(run, replica, b"late")


@fault("promoted-by-hand-and-restarted", arguments=AOF, replicas=1, has_plain=False, heals=False)
def promoted_and_restarted(run):
    """While the primary serves; its AOF has what was written there."""
    run.writer.pause()
    replica = run.replicas[0]
    promote(run, replica)
    wait_until_noted(replica)
    run.cluster.kill(replica)
    run.cluster.recreate(replica, is_moved=False)
    check_kept(run, replica, b"1", "hand:49")


@fault("promoted-by-hand-and-without-a-backlog", arguments=(*AOF, "--repl-backlog-ttl", "1"),
       has_plain=False, heals=False)
def promoted_without_a_backlog(run):
    """Its Redis forgets whose stream that was, and the primary's goes on. Then all lose power."""
    run.writer.pause()
    promoted, other = run.replicas
    write(run, 1, KEYS, "early")
    promote(run, promoted)
    own = promoted.redis().info("replication")["master_replid"]
    wait_until(lambda: promoted.redis().info("replication")["master_replid"] != own, "another id",
               10)
    wait_until_noted(promoted)
    write(run, 1, KEYS, "late", replicas=1)
    then = int(run.primary.redis().info("replication")["master_repl_offset"])
    for pod in (run.primary, other):
        wait_until(lambda pod=pod: memory_of(pod)["aof_offset"] >= then,
                   f"{pod.name} to note the AOF's end", 20)
    for pod in run.pods:
        run.cluster.kill(pod)
    for pod in run.pods:
        run.cluster.recreate(pod, is_moved=False)
    wait_until(lambda: "rule 6" in run.primary.status()["explanation"], "a person to be asked", 10)
    check_kept(run, other, b"late")
    check_kept(run, promoted, b"1", "hand:49")
