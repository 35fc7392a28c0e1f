"""The emptied primary gets its data back; in the middle of it something else dies or is cut off.

The moments are those at which the primary's agent says that it gives an order. Copying is slow, so
that there is a middle.
"""
import re
import time

from .fault import fault

_ANCHORS = r"to=(redis-slave-\d) order=\"(?:REPLICAOF NO ONE; )?REPLICAOF \S+ 9122"
_MOMENTS = {
    "donor-is-held": _ANCHORS,
    "copying-begins": r"to=redis order=\"REPLICAOF \S+ 6379",
    "copying": r"to=redis order=\"REPLICAOF \S+ 6379",
    "gate-opens": r"to=redis order=\"\S+.*CONFIG SET bind",
}
INTO_THE_COPY = 0.7


def begin_to_catch_up(run, moment):
    """Empties the primary, waits for the moment and returns the donor."""
    for replica in run.replicas:
        replica.command("CONFIG", "SET", "rdb-key-save-delay", "500")
    run.load()
    run.strike()
    run.cluster.kill(run.primary)
    run.cluster.empty(run.primary)
    run.cluster.recreate(run.primary)
    end = run.cluster.wait_for_order(run.primary, _MOMENTS[moment])
    if moment == "copying":
        time.sleep(INTO_THE_COPY)
    log = run.primary.sidecar.log()[:end]
    name = re.findall(_ANCHORS, log)[-1]
    return next(replica for replica in run.replicas if replica.name == name)


def kill_donor(run, donor):
    donor.server.kill()
    time.sleep(1)
    run.cluster.start_server(donor)


def kill_donor_for_long(run, donor):
    run.cluster.kill(donor)
    time.sleep(4)
    run.cluster.recreate(donor)


def kill_agent(run, _donor):
    run.primary.sidecar.kill()
    time.sleep(1)
    run.primary.start_sidecar()


def kill_primary(run, _donor):
    run.primary.server.kill()
    time.sleep(1)
    run.cluster.start_server(run.primary)


def kill_primary_pod(run, _donor):
    run.cluster.kill(run.primary)
    run.cluster.recreate(run.primary)


def cut_off(run, donor):
    """No packet between the two for two seconds, and nobody is told."""
    for one, other in ((run.primary.pod, donor.pod), (donor.pod, run.primary.pod)):
        one.drop_from(other)
    time.sleep(2)
    run.primary.pod.heal()
    donor.pod.heal()


_DEEDS = {
    "donor-killed": kill_donor,
    "donor-pod-killed": kill_donor_for_long,
    "agent-killed": kill_agent,
    "primary-killed": kill_primary,
    "primary-pod-killed": kill_primary_pod,
    "cut-off": cut_off,
}


_OF_THE_DONOR = ("donor-killed", "donor-pod-killed", "cut-off")


def register(deed, moment):
    group = "donor_lost" if deed in _OF_THE_DONOR else "primary_lost"

    @fault(f"{deed}-when-{moment}", group=group, has_plain=False, writable_within=30,
           healed_within=30)
    def strike(run):
        donor = begin_to_catch_up(run, moment)
        _DEEDS[deed](run, donor)
    return strike


for _deed in _DEEDS:
    for _moment in _MOMENTS:
        register(_deed, _moment)


@fault("donors-agent-missing", group="donor_lost", has_plain=False, writable_within=10)
def donors_agent_missing(run):
    """The primary's agent sees the servers themselves; the replicas are back when theirs are."""
    run.load()
    for replica in run.replicas:
        replica.sidecar.kill()
    run.strike()
    run.cluster.kill(run.primary)
    run.cluster.empty(run.primary)
    run.cluster.recreate(run.primary)
    run.wait_for_writes()
    for replica in run.replicas:
        replica.start_sidecar()
