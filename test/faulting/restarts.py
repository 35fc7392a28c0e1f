"""The long run: restarts of the primary, each of a kind by chance, and not one set may be lost."""
import random
import time

from .fault import FAULTS, Fault

RESTARTS = "restarts"


def end(run):
    run.cluster.delete(run.primary)


def kill_server(run):
    run.primary.server.kill()


def kill_pod(run):
    run.cluster.kill(run.primary)


def empty(run):
    run.cluster.kill(run.primary)
    run.cluster.empty(run.primary)


_KINDS = (end, kill_server, kill_pod, empty)


def restart_often(run):
    chance = random.Random(run.kind.seed)
    slowest = 0.0
    for number in range(1, run.kind.restarts + 1):
        kind = chance.choice(_KINDS)
        print(f"{number}: {kind.__name__}", flush=True)
        run.load(chance.uniform(0.2, 1.5))
        run.strike()
        kind(run)
        if run.primary.sidecar.is_running:
            run.cluster.start_server(run.primary)
        else:
            run.cluster.recreate(run.primary, is_moved=False)
        run.wait_for_writes()
        slowest = max(slowest, time.monotonic() - run.struck_at)
        run.cluster.wait_until_in_sync()
        check_writes(run, number, kind)
        if run.report.problems:
            return
    run.note(f"{run.kind.restarts} restarts with seed {run.kind.seed}, the slowest writable after "
             f"{slowest:.1f} s")


def check_writes(run, number, kind):
    safe = run.writer.safe()
    with run.primary.redis(timeout=10) as redis:
        missing = safe - set(redis("KEYS", "*"))
    run.check(not missing, f"restart {number} ({kind.__name__}, seed {run.kind.seed}) lost "
                           f"{len(missing)} writes")


def register_restarts(count, seed):
    if seed is None:
        seed = random.randrange(1_000_000)
    FAULTS[RESTARTS] = Fault(RESTARTS, RESTARTS, restart_often, has_plain=False,
                             writable_within=30.0, healed_within=30.0, restarts=count, seed=seed)
