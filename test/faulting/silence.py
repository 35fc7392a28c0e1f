"""A replica that is there and says nothing while the primary starts."""
import time

from .fault import fault
from .whole_cluster import save_everywhere

SHORT = {"PEER_WAIT": "3s", "PEER_WAIT_EMPTY": "5s"}


def silence(run, *replicas):
    save_everywhere(run)
    for replica in replicas:
        replica.server.pause()
    run.strike()
    run.cluster.kill(run.primary)


def check_seconds(run, least, most):
    run.wait_for_writes(most + 5)
    seconds = run.writer.first_answer_after(run.struck_at) - run.struck_at
    run.check(least <= seconds <= most, f"writable after {seconds:.1f} s, not {least} to {most}")


def resume(*replicas):
    for replica in replicas:
        replica.server.resume()


@fault("one-silent", settings=SHORT, has_plain=False)
def one_silent(run):
    """The primary has its data: it opens after the wait."""
    silence(run, run.replicas[1])
    run.cluster.recreate(run.primary)
    run.writer.resume()
    check_seconds(run, 2.5, 6)
    resume(run.replicas[1])


@fault("both-silent", settings=SHORT, has_plain=False)
def both_silent(run):
    silence(run, *run.replicas)
    run.cluster.recreate(run.primary)
    run.writer.resume()
    check_seconds(run, 2.5, 6)
    resume(*run.replicas)


@fault("one-silent-emptied", settings=SHORT, has_plain=False)
def one_silent_emptied(run):
    """After the longer wait the one that answers is copied from."""
    silence(run, run.replicas[1])
    run.cluster.empty(run.primary)
    run.cluster.recreate(run.primary)
    run.writer.resume()
    check_seconds(run, 4.5, 10)
    resume(run.replicas[1])


def lose_all_but_the_memory(run):
    for path in run.primary.pod.path("/data").iterdir():
        if path.name != "redis-agent.json":
            path.unlink()


@fault("both-silent-rdb-lost", settings=SHORT, has_plain=False, writable_within=30)
def both_silent_rdb_lost(run):
    """The volume remembers that there was data: the primary holds until one is back."""
    silence(run, *run.replicas)
    lose_all_but_the_memory(run)
    run.cluster.recreate(run.primary)
    run.writer.resume()
    time.sleep(8)
    run.check(run.writer.first_answer_after(run.struck_at) is None, "it opened empty")
    status = run.primary.status()
    run.check(status["reason"] == "gate_closed", f"not held, but {status['reason']}")
    run.check("rule 7" in status["explanation"], f"says: {status['explanation']}")
    resume(*run.replicas)
    run.strike()


@fault("both-silent-emptied", settings=SHORT, has_plain=False, writable_within=30)
def both_silent_emptied(run):
    """An empty volume remembers nothing: it may open, and closes again when one with data is back.

    Nobody writes until then: what is written to it would be a history of its own.
    """
    run.watch.tolerated.add("ready and empty")
    silence(run, *run.replicas)
    run.cluster.empty(run.primary)
    run.cluster.recreate(run.primary)
    time.sleep(7)
    run.note(f"after 7 s: {run.primary.status()['explanation']}")
    resume(*run.replicas)
    run.cluster.wait_for_order(run.primary, r"to=redis order=\"REPLICAOF \S+ 6379", within=15)
    run.writer.resume()
