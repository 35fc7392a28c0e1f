"""A pod falls silent for a moment while the primary's gate is closed because of it.

By then the primary has waited longer than --peer-wait. What a pod was heard to have stays a fact
until it says otherwise, and patience begins when it fell silent.
"""
import time

from pods import wait_until

from .catching_up import INTO_THE_COPY
from .fault import fault

_SILENT = 4.0  # longer than a pod may be silent and still count as one that answers
_PEER_WAIT = 5.0  # longer than that silence: a primary that opens in it has not been patient
_AFTERWARDS = 1.5  # in which a gate that was fooled opens
_HOLDING = {"FIRST_START_WAIT": "0s", "PEER_WAIT": f"{_PEER_WAIT:g}s",
            "PEER_WAIT_EMPTY": f"{_PEER_WAIT:g}s"}
_COPYING = {"FIRST_START_WAIT": "0s", "PEER_WAIT": "2s", "PEER_WAIT_EMPTY": "2s",
            "AFTER_PEER_WAIT": "hold"}


# --- the hiccups, each of which ends by itself ---

def be_silent(_run, pod):
    for process in (pod.server, pod.sidecar):
        process.pause()
    time.sleep(_SILENT)
    for process in (pod.server, pod.sidecar):
        process.resume()


def answer_late(_run, pod):
    """Longer than an answer may take, and only once."""
    pod.command("DEBUG", "SLEEP", "1.5")


def lose_connections(_run, pod):
    pod.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


def be_deleted(run, pod):
    """DNS lists it no more: it is gone when the gate is looked at, see come_back()."""
    run.cluster.kill(pod)
    run.cluster.world.list_pods(run.primary.name)
    run.cluster.world.dns.set_address(pod.name)
    time.sleep(_SILENT)


def come_back(run, pod):
    """On its volume, as a StatefulSet makes it: as a replica, whatever it was."""
    run.cluster.world.list_pods(run.primary.name, pod.name)
    run.cluster.recreate(pod)


_HICCUPS = {"silent": be_silent, "late": answer_late, "connection-lost": lose_connections,
            "deleted": be_deleted}


# --- why the gate is closed ---

def promote_replica(run):
    """Rule 2: somebody promoted the replica by hand while the primary was down."""
    replica = run.replicas[0]
    run.cluster.kill(run.primary)
    wait_until(lambda: replica.status()["decision"].startswith("no_contact"), "it to know", 5)
    replica.command("REPLICAOF", "NO", "ONE")
    replica.command("SET", "by-hand", "1")
    replica.command("SAVE")
    run.cluster.recreate(run.primary)


def write_another_history(run):
    """Rule 6: the primary's volume was emptied, and somebody in its pod has written to it since."""
    run.cluster.kill(run.primary)
    run.cluster.empty(run.primary)
    run.cluster.start_server(run.primary)
    for number in range(5):
        wait_until(lambda number=number: run.primary.pod.run(
            "redis-cli", "SET", f"other:{number}", "1").stdout == b"OK\n", "a write within", 5)
    run.cluster.start_agent(run.primary)


_HOLDS = {2: promote_replica, 6: write_another_history}


def hold(run, rule):
    run.writer.pause()
    run.cluster.wait_until_equal()
    for pod in run.pods:
        pod.command("SAVE")
    _HOLDS[rule](run)
    wait_until(lambda: f"rule {rule}" in run.primary.status()["explanation"], f"rule {rule}", 10)
    time.sleep(_PEER_WAIT + 0.5)


def check_still_held(run):
    status = run.primary.status()
    run.check(status["reason"] == "gate_closed", f"not held, but {status['reason']}")
    opened = [line for line in run.primary.sidecar.log().splitlines()
              if "gives an order to=redis" in line and "CONFIG SET bind" in line]
    run.check(not opened, f"it opened: {opened[-1:]}")


def check_keys(run, keys):
    time.sleep(_AFTERWARDS)
    wait_until(lambda: run.replicas[0].command("DBSIZE"), "the replica to answer", 5)
    left = run.replicas[0].command("DBSIZE")
    run.check(left >= keys, f"the replica has {left} keys of {keys}")


def register_hold(rule, hiccup):
    @fault(f"rule-{rule}-holds-{hiccup}", settings=_HOLDING, replicas=1, has_plain=False,
           heals=False)
    def strike(run):
        hold(run, rule)
        replica = run.replicas[0]
        keys = replica.command("DBSIZE")
        _HICCUPS[hiccup](run, replica)
        if hiccup == "deleted":
            check_still_held(run)
            come_back(run, replica)
        else:
            time.sleep(_AFTERWARDS)
            check_still_held(run)
        check_keys(run, keys)
    return strike


for _hiccup in _HICCUPS:
    for _rule in _HOLDS:
        register_hold(_rule, _hiccup)


# --- in the middle of a copy ---

def register_copy(hiccup):
    @fault(f"copy-{hiccup}", replicas=1, has_plain=False, writable_within=30, healed_within=30,
           settings=_COPYING)
    def strike(run):
        donor = run.replicas[0]
        run.writer.pause()
        run.cluster.wait_until_equal()
        donor.command("SAVE")
        donor.command("CONFIG", "SET", "rdb-key-save-delay", "1500")
        run.strike()
        run.cluster.kill(run.primary)
        run.cluster.empty(run.primary)
        run.cluster.recreate(run.primary)
        run.cluster.wait_for_order(run.primary, r"to=redis order=\"REPLICAOF \S+ 6379")
        time.sleep(INTO_THE_COPY)
        _HICCUPS[hiccup](run, donor)
        run.writer.resume()
        if hiccup == "deleted":
            come_back(run, donor)
    return strike


for _hiccup in ("silent", "deleted"):
    register_copy(_hiccup)
