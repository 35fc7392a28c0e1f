"""A second primary made by hand, and a stranger at the primary's address."""
import time

from pods import RedisPod, wait_until

from .fault import fault

_STALE_DNS = 3.0


@fault("second-primary-while-the-first-serves", has_plain=False)
def second_primary(run):
    """It is sent back to its place. Nobody writes to it, and the first one is never interrupted."""
    run.watch.tolerated.add("two primaries")
    replica = run.replicas[0]
    run.strike()
    replica.command("REPLICAOF", "NO", "ONE")
    wait_until(lambda: replica.command("ROLE")[0] == b"slave", "it to be sent back", 5)
    run.note(f"sent back after {time.monotonic() - run.struck_at:.1f} s")
    run.writer.pause()  # what is measured is the time after a pause, and there was none
    run.strike()
    run.writer.resume()


@fault("second-primary-while-the-first-is-down", has_plain=False)
def second_primary_while_down(run):
    """Somebody promotes a replica by hand and writes to it: the first one holds when it is back."""
    run.writer.pause()
    run.strike()
    run.cluster.kill(run.primary)
    replica, other = run.replicas
    # Until its agent knows that the primary is gone it would send the replica back.
    wait_until(lambda: replica.status()["decision"].startswith("no_contact"), "it to know", 5)
    replica.command("REPLICAOF", "NO", "ONE")
    other.command("REPLICAOF", replica.pod.address, "6379")
    replica.command("SET", "by-hand", "1")
    run.cluster.recreate(run.primary)
    run.writer.resume()
    status = run.primary.wait_for_reason("gate_closed", within=10)
    wait_until(lambda: "rule 2" in run.primary.status()["explanation"], "rule 2", 5)
    time.sleep(2)
    run.check(run.writer.first_answer_after(run.struck_at) is None, "two primaries took writes")
    run.note(status["explanation"])
    replica.command("REPLICAOF", "127.0.0.1", "1")
    run.strike()
    run.wait_for_writes()
    run.check(run.primary.command("GET", "by-hand") == b"1", "what was written by hand is lost")


def put_stranger(run, password, keys):
    """Somebody else's Redis gets the address that the primary had, and DNS still tells it."""
    pod = run.primary.pod
    old, old6 = pod.address, pod.address6
    run.cluster.kill(run.primary)
    run.cluster.world.move_pod(pod)
    run.cluster.world.dns.set_address(pod.name, old, old6)
    stranger = RedisPod(run.cluster.world.add_pod("stranger-0", is_listed=False), "/none")
    stranger.pod.network(f"address add {old}/24 dev eth0\naddress add {old6}/64 dev eth0 nodad\n")
    arguments = ("--requirepass", password) if password else ()
    stranger.pod.path("/run/redis-agent/redis.conf").write_text("protected-mode no\n")
    stranger.start_server("--repl-diskless-sync-delay", "0", *arguments)
    stranger.password = password.encode()
    stranger.wait_for_server()
    if keys:
        stranger.fill(keys)


def meet_stranger(run, password="", keys=0):
    run.load()
    run.strike()
    put_stranger(run, password, keys)
    time.sleep(_STALE_DNS)
    run.cluster.world.dns.set_address(run.primary.name, run.primary.pod.address,
                                      run.primary.pod.address6)
    run.cluster.recreate(run.primary, is_moved=False)


@fault("stranger-empty")
def empty_stranger(run):
    meet_stranger(run)


@fault("stranger-with-data")
def stranger_with_data(run):
    meet_stranger(run, keys=100_000)


@fault("stranger-with-password")
def stranger_with_password(run):
    meet_stranger(run, password="theirs")
