"""What the agent costs: prints figures, asserts nothing.

usage: measure.py REDIS-AGENT [init] [sidecar] [primary]     as root; all three without a name

  init     a whole process of `redis-agent init`, from its start to its end
  sidecar  CPU of a replica's sidecar by itself, for a probe and for a scrape; its memory; latency
  primary  CPU of a primary's Redis with 100 replicas and the agents of 100 replicas
"""
import http.client
import os
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
# pylint: disable=wrong-import-position
from pods import RedisPod, World, enter, wait_until
from replicas import FakeReplicas

PASSWORD = b"a password"


def report(what, value):
    print(f"  {what:<58} {value}", flush=True)


def cpu_seconds(process):
    """To the nanosecond, unlike /proc/PID/stat. The main thread's, and there is no other."""
    with open(f"/proc/{process.pid}/schedstat", encoding="ascii") as schedstat:
        return int(schedstat.read().split()[0]) / 1e9


def cpu_share(process, seconds):
    before, begin = cpu_seconds(process), time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(process) - before) / (time.monotonic() - begin)


def time_processes(command, environment, count=500):
    """Milliseconds of each run, sorted."""
    runs = []
    null = os.open("/dev/null", os.O_RDWR)
    to_null = [(os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)]
    for _ in range(count):
        begin = time.perf_counter()
        child = os.posix_spawn(command[0], command, environment, file_actions=to_null)
        _, status = os.waitpid(child, 0)
        runs.append((time.perf_counter() - begin) * 1000)
        if status != 0:
            raise RuntimeError(f"{command} ended with {status}")
    return sorted(runs)


def measure_init(agent):
    print("init, as a whole process (500 runs)")
    secret = pathlib.Path("/mnt/password")
    secret.write_bytes(PASSWORD)
    environment = {"POD_NAME": "redis-slave-0", "REDIS_AGENT_PASSWORD_FILE": str(secret)}
    for name, command in {"redis-agent init": [agent, "init", "--output=/mnt/redis.conf"],
                          "/bin/true, to compare": ["/bin/true"]}.items():
        runs = time_processes(command, environment)
        report(name, f"median {statistics.median(runs):.2f} ms, p95 {runs[474]:.2f} ms, "
                     f"fastest {runs[0]:.2f} ms")


def probe(address, path):
    """As the kubelet does: a connection of its own."""
    connection = http.client.HTTPConnection(address, 9121, timeout=5)
    connection.request("GET", path)
    connection.getresponse().read()
    connection.close()


def measure_sidecar(agent):
    print("sidecar of a replica that is in sync")
    world = World()
    pods = [RedisPod(world.add_pod(name), agent, PASSWORD).bring_up()
            for name in ("redis-master-0", "redis-slave-0")]
    replica = pods[1]
    replica.wait_for_reason("replica_in_sync", within=20)
    idle = cpu_share(replica.sidecar, 20)
    report("CPU by itself: polls of Redis, of the primary, DNS", f"{idle * 100:.3f} % of a core")
    count = 2000
    for path in ("/readyz", "/livez", "/metrics", "/status", "/"):
        before, begin, times = cpu_seconds(replica.sidecar), time.monotonic(), []
        for _ in range(count):
            asked = time.perf_counter()
            probe(replica.pod.address, path)
            times.append(time.perf_counter() - asked)
        used = cpu_seconds(replica.sidecar) - before - idle * (time.monotonic() - begin)
        report(f"GET {path}, {count} times", f"{used / count * 1e6:.0f} us of CPU, "
               f"median {statistics.median(times) * 1e3:.2f} ms as its client sees it")
    with open(f"/proc/{replica.sidecar.pid}/status", encoding="ascii") as status:
        memory = {line.split(":")[0]: line.split()[1] for line in status if line.startswith("Rss")}
    report("memory after that", f"{replica.sidecar.resident_bytes() / 2**20:.1f} MiB resident, of "
           f"which {int(memory['RssAnon']) / 1024:.1f} MiB its own")
    report("size of /metrics", f"{len(replica.get('/metrics').body)} bytes")
    world.end_pods()
    return world


def measure_primary(agent, world):
    print("Redis of a primary with 100 replicas (fakes that only read and acknowledge)")
    primary = RedisPod(world.add_pod("redis-master-0"), agent, PASSWORD)
    primary.init()
    server = primary.start_server("--repl-diskless-sync-delay", "0", "--save", "")
    primary.wait_for_server()
    with FakeReplicas(primary.pod.address, PASSWORD, count=100):
        wait_until(lambda: primary.command("INFO", "replication").count(b"state=online") == 100,
                   "100 replicas to be online", 30)
        report("CPU without agents", f"{cpu_share(server, 10) * 100:.2f} % of a core")
        follower = RedisPod(world.add_pod("redis-slave-0"), agent, PASSWORD)
        follower.init()
        follower.start_server()
        agents = [follower.start_sidecar("--listen", f":{10000 + number}") for number in range(100)]
        wait_until(lambda: primary.command("CLIENT", "LIST").count(b"name=redis-agent") >= 100,
                   "100 agents to be connected", 60)
        time.sleep(5)
        primary.command("CONFIG", "RESETSTAT")
        share = f"{cpu_share(server, 10) * 100:.2f} % of a core"
        report("CPU with the agents of 100 replicas", share)
        with primary.redis() as redis:
            for name, line in sorted(redis.info("commandstats").items()):
                if name in ("cmdstat_info", "cmdstat_role"):
                    values = dict(field.split("=") for field in line.split(","))
                    report(f"{name.removeprefix('cmdstat_')} in 10 s",
                           f"{values['calls']} calls of {values['usec_per_call']} us")
        for sidecar in agents:
            sidecar.kill()


def main(agent, *names):
    enter()
    names = names or ("init", "sidecar", "primary")
    if "init" in names:
        measure_init(agent)
    world = measure_sidecar(agent) if "sidecar" in names else None
    if "primary" in names:
        measure_primary(agent, world or World())


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(str(pathlib.Path(sys.argv[1]).resolve()), *sys.argv[2:])
