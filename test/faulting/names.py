"""DNS is silent, denies or lies while links break; no server may stand still for it."""
import time

from pods import Pings, RedisPod, wait_until

from .fault import fault

_PING_MAX = 0.050
_FOLLOW_MAX = 2.0
# A new pod waits for as long as the link to the one before, which nobody has closed, may be alive.
_FOLLOW_WITHOUT_FIN_MAX = 14.0


def end_pings(run, pings):
    for address, seconds in pings.end().items():
        run.check(seconds < _PING_MAX, f"a PING to {address} took {1000 * seconds:.0f} ms")
        run.note(f"slowest PING to {address}: {1000 * seconds:.1f} ms")


def lose_primary(run, without_fin):
    """It comes back at another address, of which DNS does not tell yet."""
    pod = run.primary.pod
    if without_fin:
        for replica in run.replicas:
            replica.pod.drop_from(pod)
    run.cluster.kill(run.primary)
    old = pod.address, pod.address6
    run.cluster.world.move_pod(pod)
    run.cluster.world.dns.set_address(pod.name, *old)


def check_following(run, told_at, without_fin):
    most = _FOLLOW_WITHOUT_FIN_MAX if without_fin else _FOLLOW_MAX
    for replica in run.replicas:
        wait_until(lambda replica=replica: is_following(run, replica),
                   f"{replica.name} to follow the new address", 15)
    seconds = time.monotonic() - told_at
    run.check(seconds < most, f"the replicas followed {seconds:.1f} s after DNS told it")
    run.note(f"the replicas followed {seconds:.1f} s after DNS told it")


def is_following(run, replica):
    with replica.redis() as redis:
        info = redis.info()
    addresses = (run.primary.pod.address, run.primary.pod.address6)
    return info["master_host"] in addresses and info["master_link_status"] == "up"


def tell(run):
    run.cluster.world.dns.set_address(run.primary.name, run.primary.pod.address,
                                      run.primary.pod.address6)
    return time.monotonic()


def trouble(run, begin, end, without_fin=False):
    """`begin` and `end` are what DNS does; between them the primary is lost and serves again."""
    run.load()
    pings = Pings(run.cluster.world.dns.pod, [replica.pod.address for replica in run.replicas])
    run.strike()
    lose_primary(run, without_fin)
    begin()
    time.sleep(4)
    end_pings(run, pings)
    end()
    told_at = tell(run)
    run.cluster.recreate(run.primary, is_moved=False)
    if not run.is_plain:
        check_following(run, told_at, without_fin)


def nothing():
    pass


@fault("dns-moves-the-primary")
def moved(run):
    trouble(run, nothing, nothing)


@fault("dns-moves-the-primary-without-fin", healed_within=90)
def moved_without_fin(run):
    trouble(run, nothing, nothing, without_fin=True)


@fault("dns-silent", healed_within=60)
def silent(run):
    dns = run.cluster.world.dns
    trouble(run, dns.pause, dns.resume)


@fault("dns-silent-without-fin", healed_within=90)
def silent_without_fin(run):
    dns = run.cluster.world.dns
    trouble(run, dns.pause, dns.resume, without_fin=True)


@fault("dns-nxdomain")
def denied(run):
    trouble(run, lambda: run.cluster.world.dns.set_address(run.primary.name), nothing)


def start_stranger(run):
    """Somebody's empty Redis."""
    stranger = RedisPod(run.cluster.world.add_pod("stranger-0", is_listed=False), "/none")
    stranger.pod.path("/run/redis-agent/redis.conf").write_text("protected-mode no\n")
    stranger.start_server("--repl-diskless-sync-delay", "0")
    stranger.wait_for_server()
    return stranger


@fault("dns-lies")
def lied(run):
    """DNS gives the address of a stranger."""
    stranger = start_stranger(run)
    trouble(run, lambda: run.cluster.world.dns.set_address(run.primary.name, stranger.pod.address),
            nothing)
