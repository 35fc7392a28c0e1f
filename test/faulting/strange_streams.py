"""Streams that a person begins at a replica."""
from pods import wait_until

from .crashes import AOF
from .fault import fault
from .unseen import check_kept, memory_of, write

_KEYS = 2000


def promote(run, replica):
    """A person does, and writes to it; its agent looks on, and notes whose stream that is."""
    run.watch.tolerated.add("two primaries")
    with replica.redis() as redis:
        redis("REPLICAOF", "NO", "ONE")
        for number in range(50):
            redis("SET", f"hand:{number}", "1")
    replica.wait_for_reason("role_mismatch", within=5)


def wait_until_noted(replica):
    def look():
        told = replica.redis().info("replication")
        noted = memory_of(replica)["history"]
        return (noted["id"] == told["master_replid"]
                and noted["offset"] >= int(told["master_repl_offset"]))
    wait_until(look, f"{replica.name} to note its stream", 15)


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
    write(run, 1, _KEYS, "early")
    promote(run, promoted)
    own = promoted.redis().info("replication")["master_replid"]
    wait_until(lambda: promoted.redis().info("replication")["master_replid"] != own, "another id",
               10)
    wait_until_noted(promoted)
    write(run, 1, _KEYS, "late", replicas=1)
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
