"""The same where it is the API server that is away, wrong, or has lost the lock, or a clock."""
import pathlib
import subprocess
import time

from pods import wait_until

from .failover import MORE
from .moving_cluster import DURATION, FENCE, RENEWAL
from .moving_run import Expected, moving_fault

_CLOCK = pathlib.Path(__file__).with_name("wall_clock.c")


@moving_fault("api-server-cut-off", Expected(False))
def api_server_cut_off(run):
    """From the holder alone: who could take it has promised not to."""
    run.strike()
    run.cluster.cut_from_api(run.primary)
    run.stays_open(2 * DURATION)
    run.cluster.heal()


@moving_fault("api-server-down", Expected(False))
def api_server_down(run):
    run.strike()
    run.cluster.api.call("stop")
    run.stays_open(2 * DURATION)
    run.cluster.api.call("start")


@moving_fault("api-server-refuses", Expected(False), group=MORE)
def api_server_refuses(run):
    """Each for as long as half a fence; and answers that are lost, and tokens that are replaced."""
    run.strike()
    api = run.cluster.api
    for code in (401, 403, 409, 410, 429, 500, 503):
        api.call("answer_with", code, 6)
        time.sleep(FENCE / 2)
        api.call("heal")
        time.sleep(RENEWAL)
    api.call("lose_answers", 4)
    for pod in run.cluster.pods:
        api.admit(pod.pod)
    time.sleep(FENCE)


@moving_fault("api-server-slow", Expected(False), group=MORE)
def api_server_slow(run):
    run.strike()
    run.cluster.api.call("slow", 0.8 * RENEWAL)
    run.stays_open(2 * DURATION)
    run.cluster.api.call("heal")


@moving_fault("api-server-down-replica-lost",
              Expected(False, 2 * DURATION - 0.5, 2 * DURATION + 3))
def api_server_down_replica_lost(run):
    """Not all can promise: it closes after F, until the API server is back."""
    run.strike()
    run.cluster.api.call("stop")
    run.cluster.lose_node(run.replicas[0])
    run.primary.wait_for_reason("fenced", within=2 * FENCE)
    run.note(f"fenced after {run.since():.1f} s")
    time.sleep(max(0, 2 * DURATION - run.since()))
    run.cluster.api.call("start")
    run.primary.wait_for_reason("primary_serving", within=10)
    run.cluster.heal()
    run.cluster.recreate(run.replicas[0])


@moving_fault("api-server-down-holder-lost",
              Expected(True, 2 * DURATION - 0.5, 3 * DURATION + 3, lost=None), group=MORE)
def api_server_down_holder_lost(run):
    """Nobody can take over until it is back."""
    run.strike()
    run.cluster.api.call("stop")
    run.cluster.lose_node(run.primary)
    time.sleep(2 * DURATION)
    run.cluster.api.call("start")
    run.wait_for_another(DURATION + 5)
    run.cluster.heal()
    run.cluster.recreate(run.primary)


@moving_fault("lease-deleted", Expected(False, retaken=1))
def lease_deleted(run):
    """All agree that it goes on, and it holds the one that the chart makes anew."""
    api = run.cluster.api
    run.strike()
    api.call("delete_object")
    run.stays_open(2 * FENCE)
    api.call("set_object", {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1", "spec": {},
                            "metadata": {"name": "redis", "namespace": "default"}})


@moving_fault("clocks-jump", Expected(False))
def clocks_jump(run):
    """An hour ahead, a day back: no wall clock is asked."""
    library = pathlib.Path(run.primary.pod.path("/run/wall_clock.so"))
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, _CLOCK], check=True)
    run.primary.sidecar.kill()
    run.primary.variables["LD_PRELOAD"] = "/run/wall_clock.so"
    run.primary.start_sidecar()
    wait_until(lambda: run.primary.is_ready() and run.cluster.lock()["holder"] == run.primary.name,
               "its agent to be there again", 10)
    run.strike()
    before = _renewed_at(run)
    for seconds in (3600, -86400):
        _jump(run, seconds)
        run.stays_open(DURATION)
    run.check(before[:10] != _renewed_at(run)[:10], f"it did not jump: {_renewed_at(run)}")


def _jump(run, seconds):
    run.primary.pod.path("/run/wall_clock").write_text(str(seconds), encoding="ascii")


def _renewed_at(run):
    return run.cluster.api.object("Lease")["spec"]["renewTime"]
