"""A primary that has opened with less than a replica has, which was away then and comes back."""
import re
import time

from pods import PARKING_PLACE, RespClient, RespError, wait_until


def count_keys(run):
    with run.primary.redis() as redis:
        return redis("DBSIZE")


def watch_keys(run, pod, keys, seconds):
    """From when the pod has loaded it has no fewer keys for so long; it is looked at each 20 ms."""
    loaded = wait_until(lambda: pod.command("DBSIZE"), f"{pod.name} to have loaded", 15)
    least = min(keys, loaded)
    end = time.monotonic() + seconds
    while time.monotonic() < end and least >= keys:
        try:
            with RespClient(pod.pod.address, timeout=1) as redis:
                least = min(least, redis("DBSIZE"))
        except (OSError, RespError):
            pass  # it loads again: what is lost shows when it has
        time.sleep(0.02)
    run.check(least >= keys, f"{pod.name} was set back from {keys} to {least} keys")


def open_with_less(run):
    """While the replica is away the primary opens with what it had before; nobody writes to it.

    Returns how many keys the replica will come back with.
    """
    replica = run.replicas[0]
    run.primary.command("SAVE")
    copy = run.cluster.copy_volume(run.primary)
    run.load()
    run.writer.pause()
    run.cluster.wait_until_equal()
    replica.command("SAVE")
    keys = count_keys(run)
    for pod in run.pods:
        run.cluster.kill(pod)
    run.cluster.put_back(run.primary, copy)
    run.cluster.recreate(run.primary)
    run.primary.wait_for_reason("primary_serving", within=10)
    run.primary.command("SET", "another", "history")
    return keys


def check_parked(run, replica):
    host, port = replica.command("ROLE")[1:3]
    run.check((host.decode(), port) == PARKING_PLACE, f"it follows {host.decode()}:{port}")


def check_refused(run, replica):
    """It is parked, its agent has never sent it to the primary, and nobody reads from it."""
    check_parked(run, replica)
    orders = [line for line in replica.sidecar.log().splitlines()
              if re.search(r'gives an order.*"REPLICAOF \S+ 6379"', line)]
    run.check(not orders, f"it was ordered to follow: {orders[:1]}")
    run.check(not replica.is_ready(), "a replica whose primary has less is ready")
