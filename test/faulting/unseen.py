"""What no count of keys shows: data that was overwritten, bounds and memories of another time."""
import json
import os
import time

from pods import RespError, wait_until

from .crashes import AOF
from .fault import fault

_MEMORY = "/data/redis-agent.json"
KEYS = 2000


def memory_of(pod):
    return json.loads(pod.pod.path(_MEMORY).read_text(encoding="utf-8"))


def write(run, first, last, value, replicas=2):
    """Numbered keys, all with that value; they are at so many replicas when this returns."""
    with run.primary.redis(timeout=30) as redis:
        redis("EVAL", "for i=ARGV[1],ARGV[2] do redis.call('SET','over:'..i,ARGV[3]) end return 1",
              "0", first, last, value)
        run.check(redis("WAIT", replicas, 5000) == replicas, "the replicas did not get it")


def check_kept(run, pod, value, key=f"over:{KEYS}"):
    """It has that value for as long as a full sync takes to come."""
    def look():
        try:
            return pod.command("GET", key)
        except (OSError, RespError):
            return None
    wait_until(lambda: look() is not None, f"{pod.name} to answer", 20)
    end = time.monotonic() + 3
    while time.monotonic() < end:
        kept = look()
        if kept not in (value, None):
            run.check(False, f"{pod.name} was set back to {kept}")
            return
        time.sleep(0.05)


def restart_all(run, with_agents=True):
    for pod in run.pods:
        run.cluster.kill(pod) if with_agents else pod.server.kill()
    for pod in run.pods:
        if with_agents:
            run.cluster.recreate(pod, is_moved=False)
        else:
            run.cluster.start_server(pod)


def wait_until_bound(run):
    """A replica is away, and the primary's disk has all that it was given."""
    def is_bound():
        kept = memory_of(run.primary)
        return (any(pod.get("bound", -1) >= 0 for pod in kept["pods"])
                and kept["aof_offset"] >= kept["history"]["offset"])
    wait_until(is_bound, "the replica to be bound", 30)


def promote_and_write(run, replica):
    """A person does."""
    run.watch.tolerated.add("two primaries")
    with replica.redis() as redis:
        redis("REPLICAOF", "NO", "ONE")
        for number in range(50):
            redis("SET", f"hand:{number}", "1")


def promote(run, replica):
    """While its agent looks on, and notes whose stream that is."""
    promote_and_write(run, replica)
    replica.wait_for_reason("role_mismatch", within=5)


@fault("promoted-by-hand-and-written-to", has_plain=False, heals=False)
def promoted_and_written_to(run):
    """While the primary serves, a person promotes a replica and writes to it at once."""
    run.writer.pause()
    replica = run.replicas[0]
    promote(run, replica)
    check_kept(run, replica, b"1", "hand:49")


@fault("bound-of-an-earlier-absence", arguments=AOF, replicas=1, has_plain=False, heals=False,
       settings={"PEER_WAIT": "4s"})
def bound_of_an_earlier_absence(run):
    """A primary's older volume has a bound of a replica that has been back since, and has more."""
    run.writer.pause()
    replica = run.replicas[0]
    write(run, 1, KEYS, "early", replicas=1)
    run.cluster.delete(replica)
    wait_until_bound(run)
    copy = run.cluster.copy_volume(run.primary)
    run.cluster.recreate(replica, is_moved=False)
    run.cluster.wait_until_in_sync()
    write(run, 1, KEYS, "late", replicas=1)
    time.sleep(1.5)  # the disk has the AOF
    run.cluster.kill(replica)
    run.cluster.kill(run.primary)
    run.cluster.put_back(run.primary, copy)
    run.cluster.recreate(run.primary, is_moved=False)
    run.primary.wait_for_reason("primary_serving", within=15)
    run.cluster.recreate(replica, is_moved=False)
    check_kept(run, replica, b"late")


@fault("overwritten-since-an-older-aof", arguments=AOF, has_plain=False, heals=False)
def overwritten_since_an_older_aof(run):
    """The primary's volume is an older one, and has as many keys."""
    run.writer.pause()
    write(run, 1, KEYS, "early")
    wait_until(lambda: memory_of(run.primary)["keys"] > KEYS, "the memory to be written", 15)
    then = memory_of(run.primary)["history"]["offset"]
    copy = run.cluster.copy_volume(run.primary)
    write(run, 1, KEYS, "late")
    for replica in run.replicas:
        wait_until(lambda pod=replica: memory_of(pod).get("noted", {}).get("offset", 0) > then,
                   f"{replica.name} to hear what the primary has noted", 20)
    for pod in run.pods:
        run.cluster.kill(pod)
    run.cluster.put_back(run.primary, copy)
    for pod in run.pods:
        run.cluster.recreate(pod, is_moved=False)
    run.cluster.wait_until_in_sync()
    for pod in run.pods:
        check_kept(run, pod, b"late")


@fault("power-lost-after-a-while", arguments=AOF)
def power_lost(run):
    """All die at once in the middle of writes, and the volumes' memories are of different moments.

    None of them is older than what another has heard: the primary opens by itself."""
    run.load(13)
    run.strike()
    for pod in run.pods:
        run.cluster.kill(pod)
    for pod in run.pods:
        run.cluster.recreate(pod)


def replace_keys(run, gone, added):
    """Fewer keys than before, at a later offset."""
    run.watch.tolerated.add("wiped")  # keys go at all of them; whose are kept is looked at by name
    with run.primary.redis(timeout=30) as redis:
        redis("EVAL", "for i=1,ARGV[1] do redis.call('DEL','over:'..i) end", "0", gone)
        redis("EVAL", "for i=1,ARGV[1] do redis.call('SET','new:'..i,'1') end", "0", added)


@fault("fewer-keys-than-a-replica-that-was-away", arguments=AOF, replicas=1, has_plain=False,
       heals=False)
def fewer_keys(run):
    """Keys go while the replica restarts, and the primary's Redis is killed as it comes back."""
    run.writer.pause()
    replica = run.replicas[0]
    write(run, 1, KEYS, "early", replicas=1)
    wait_until(lambda: "noted" in memory_of(replica), "the replica to note the primary's", 20)
    run.cluster.delete(replica)
    replace_keys(run, 1500, 500)
    wait_until(lambda: any(pod.get("bound", -1) >= 0 for pod in memory_of(run.primary)["pods"]),
               "the replica to be bound", 20)
    run.primary.server.kill()
    run.cluster.recreate(replica)
    run.cluster.start_server(run.primary)
    run.cluster.wait_until_in_sync()
    check_kept(run, run.primary, b"1", "new:500")


@fault("fewer-keys-than-a-replica-after-a-power-loss", arguments=AOF, has_plain=False, heals=False)
def fewer_keys_after_a_power_loss(run):
    """The same, and all lose power long after: the replica that was away has most keys."""
    run.writer.pause()
    away = run.replicas[-1]
    write(run, 1, KEYS, "early")
    wait_until(lambda: "noted" in memory_of(away), "the replica to note the primary's", 20)
    run.cluster.delete(away)
    replace_keys(run, 1500, 500)
    then = run.primary.redis().info("replication")["master_repl_offset"]
    wait_until(lambda: memory_of(run.primary)["aof_offset"] >= int(then), "the AOF's end", 30)
    for pod in run.pods:
        if pod is not away:
            run.cluster.kill(pod)
    for pod in run.pods:
        run.cluster.recreate(pod)
    run.cluster.wait_until_in_sync()
    check_kept(run, run.primary, b"1", "new:500")


def end_of_aof(pod):
    """The file that its AOF grows in, and its size."""
    files = [path for path in pod.pod.path("/data").rglob("*.aof")
             if not path.name.endswith(".base.aof")]
    newest = max(files, key=lambda path: path.stat().st_mtime)
    return newest, newest.stat().st_size


@fault("power-lost-while-keys-go", arguments=AOF, has_plain=False, heals=False)
def power_lost_while_keys_go(run):
    """The primary's disk has not the last deletions; the replicas, which live on, have them."""
    run.writer.pause()
    write(run, 1, KEYS, "early")
    wait_until(lambda: all("noted" in memory_of(pod) for pod in run.replicas),
               "the replicas to note the primary's", 20)
    file, size = end_of_aof(run.primary)
    replace_keys(run, 500, 0)
    run.primary.command("WAIT", 2, 2000)
    run.cluster.kill(run.primary)
    os.truncate(file, size)
    run.cluster.recreate(run.primary)
    run.cluster.wait_until_in_sync()
    run.check(run.primary.command("EXISTS", "over:1") == 0, "what was deleted is back")
    check_kept(run, run.primary, b"early")


@fault("flushed-while-a-replica-is-away", arguments=AOF, has_plain=False, heals=False)
def flushed(run):
    """The emptied primary ends as planned, and the replica that was away is back before it."""
    run.writer.pause()
    run.watch.tolerated.update({"wiped", "ready and empty"})
    away = run.replicas[-1]
    write(run, 1, KEYS, "early")
    run.cluster.delete(away)
    run.primary.command("FLUSHALL")
    wait_until(lambda: memory_of(run.primary)["keys"] == 0, "the memory to be written", 20)
    run.cluster.delete(run.primary)
    run.cluster.recreate(away)
    run.cluster.recreate(run.primary)
    run.cluster.wait_until_in_sync()
    run.check(run.primary.command("DBSIZE") == 0, "what was flushed is back")


@fault("two-of-three-lost-at-once", arguments=AOF)
def two_of_three(run):
    """The primary's node dies with a replica on it; the other one goes on, and nobody is asked."""
    run.load(13)
    run.strike()
    for pod in (run.replicas[-1], run.primary):
        run.cluster.kill(pod)
    for pod in (run.replicas[-1], run.primary):
        run.cluster.recreate(pod)


@fault("power-lost-and-one-comes-late", arguments=AOF, settings={"PEER_WAIT": "4s"},
       has_plain=False, heals=False)
def one_comes_late(run):
    """The gate has opened without it by then, and has been written behind."""
    run.writer.pause()
    late = run.replicas[-1]
    write(run, 1, KEYS, "early")
    wait_until(lambda: memory_of(run.primary)["keys"] >= KEYS, "the memory to be written", 20)
    then = memory_of(run.primary)["history"]["offset"]
    wait_until(lambda: memory_of(late).get("noted", {}).get("offset", 0) >= then,
               "the replica to note that", 20)
    for pod in run.pods:
        run.cluster.kill(pod)
    for pod in run.pods:
        if pod is not late:
            run.cluster.recreate(pod)
    run.primary.wait_for_reason("primary_serving", within=20)
    run.primary.command("SET", "since", "1")
    run.cluster.recreate(late)
    run.cluster.wait_until_in_sync()


@fault("agent-gone-beside-an-aof", arguments=AOF, settings={"PEER_WAIT": "4s"}, has_plain=False,
       heals=False)
def agent_gone(run):
    """All restart from AOFs, and one agent does not come back: it is waited for, by name."""
    run.writer.pause()
    last = run.replicas[-1]
    for pod in run.pods:
        run.cluster.kill(pod)
    for pod in run.pods:
        run.cluster.init(pod)
        run.cluster.start_server(pod)
        if pod is not last:
            run.cluster.start_agent(pod)
    waits = f"{last.name} has data, and its agent has not said yet what that is; waiting up to 4 s"
    wait_until(lambda: waits in run.primary.status()["explanation"], "rule 7", 10)
    run.primary.wait_for_reason("primary_serving", within=10)
    wait_until(lambda: last.redis().info("replication")["master_link_status"] == "up",
               "its Redis to follow the name", 10)
    run.cluster.start_agent(last)
    run.cluster.wait_until_in_sync()


@fault("stream-ended-without-a-trace", arguments=("--repl-backlog-ttl", "1"), has_plain=False,
       heals=False)
def without_a_trace(run):
    """The primary's id changes while its replicas and its agent are away."""
    run.writer.pause()
    run.cluster.kill_agent(run.primary)
    write(run, 1, KEYS, "late")
    for replica in run.replicas:
        run.cluster.kill_agent(replica)
        replica.server.stop()
    before = run.primary.redis().info("replication")["master_replid"]
    wait_until(lambda: run.primary.redis().info("replication")["master_replid"] != before,
               "another id", 10)
    run.cluster.start_agent(run.primary)
    run.primary.wait_for_reason("primary_serving")
    for replica in run.replicas:
        run.cluster.start(replica)
    run.cluster.wait_until_in_sync()


@fault("volume-refuses-and-the-primary-is-emptied", replicas=1, has_plain=False, heals=False,
       settings={"PEER_WAIT_EMPTY": "3s", "PEER_WAIT": "3s"})
def volume_refuses(run):
    """A replica whose volume is read-only keeps what its primary has lost."""
    run.writer.pause()
    run.watch.tolerated.add("ready and empty")
    replica = run.replicas[0]
    replica.pod.run("sh", "-c", "cp -a /data /run/kept; mount -t tmpfs t /data; "
                    "cp -a /run/kept/. /data; mount -o remount,ro /data")
    for _ in range(2):  # streams of which the volume knows nothing
        run.cluster.delete(run.primary)
        run.cluster.recreate(run.primary, is_moved=False)
        run.cluster.wait_until_in_sync()
    write(run, 1, KEYS, "late", replicas=1)
    run.cluster.kill(run.primary)
    replica.pod.drop_from(run.primary.pod)
    run.cluster.empty(run.primary)
    run.cluster.recreate(run.primary, is_moved=False)
    run.primary.wait_for_reason("primary_serving", within=15)
    run.primary.command("SET", "another", "history")
    wait_until(lambda: run.primary.status()["keys"] == 1, "it to be known to be written to", 5)
    replica.pod.heal()
    wait_until(lambda: "another_history" in replica.status()["decision"], "it to be kept apart", 45)
    check_kept(run, replica, b"late")
