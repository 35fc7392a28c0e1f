"""What the agent costs: prints figures, asserts nothing.

usage: measure.py REDIS-AGENT [--quick] [init] [sidecar] [primary]     as root; without a name all

  init     a whole process of `redis-agent init`, from its start to its end
  sidecar  CPU of a replica's sidecar by itself, for a probe and for a scrape; its memory; latency
  primary  CPU of a primary's Redis with 100 replicas and the agents of 100 replicas

--quick does each for a moment, to see that it can be done.
"""
import dataclasses
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


@dataclasses.dataclass(frozen=True)
class Effort:
    runs: int = 500
    seconds: float = 10
    requests: int = 2000
    replicas: int = 100


QUICK = Effort(runs=5, seconds=0.3, requests=10, replicas=5)


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


def time_processes(command, environment, count):
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


def measure_init(agent, effort):
    print(f"init, as a whole process ({effort.runs} runs)")
    secret = pathlib.Path("/mnt/password")
    secret.write_bytes(PASSWORD)
    environment = {"POD_NAME": "redis-slave-0", "REDIS_AGENT_PASSWORD_FILE": str(secret)}
    for name, command in {"redis-agent init": [agent, "init", "--output=/mnt/redis.conf"],
                          "/bin/true, to compare": ["/bin/true"]}.items():
        runs = time_processes(command, environment, effort.runs)
        p95 = runs[len(runs) * 95 // 100]
        report(name, f"median {statistics.median(runs):.2f} ms, p95 {p95:.2f} ms, "
                     f"fastest {runs[0]:.2f} ms")


def probe(address, path):
    """As the kubelet does: a connection of its own."""
    connection = http.client.HTTPConnection(address, 9121, timeout=5)
    connection.request("GET", path)
    connection.getresponse().read()
    connection.close()


def measure_sidecar(agent, effort):
    print("sidecar of a replica that is in sync")
    world = World()
    pods = [RedisPod(world.add_pod(name), agent, PASSWORD).bring_up()
            for name in ("redis-master-0", "redis-slave-0")]
    replica = pods[1]
    replica.wait_for_reason("replica_in_sync", within=20)
    idle = cpu_share(replica.sidecar, 2 * effort.seconds)
    report("CPU by itself: polls of Redis, of the primary, DNS", f"{idle * 100:.3f} % of a core")
    count = effort.requests
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


def measure_primary(agent, world, effort):
    count = effort.replicas
    print(f"Redis of a primary with {count} replicas (fakes that only read and acknowledge)")
    primary = RedisPod(world.add_pod("redis-master-0"), agent, PASSWORD)
    primary.init("--gate=direct")  # no agent opens it
    server = primary.start_server("--repl-diskless-sync-delay", "0", "--save", "")
    primary.wait_for_server()
    with FakeReplicas(primary.pod.address, PASSWORD, count=count):
        wait_until(lambda: primary.command("INFO", "replication").count(b"state=online") == count,
                   f"{count} replicas to be online", 30)
        report("CPU without agents", f"{cpu_share(server, effort.seconds) * 100:.2f} % of a core")
        follower = RedisPod(world.add_pod("redis-slave-0"), agent, PASSWORD)
        follower.init()
        follower.start_server()
        agents = [follower.start_sidecar("--listen", f":{10000 + number}", "--prestop-port", "0")
                  for number in range(count)]
        wait_until(lambda: primary.command("CLIENT", "LIST").count(b"name=redis-agent") >= count,
                   f"{count} agents to be connected", 60)
        time.sleep(effort.seconds / 2)
        primary.command("CONFIG", "RESETSTAT")
        share = f"{cpu_share(server, effort.seconds) * 100:.2f} % of a core"
        report(f"CPU with the agents of {count} replicas", share)
        with primary.redis() as redis:
            for name, line in sorted(redis.info("commandstats").items()):
                if name in ("cmdstat_info", "cmdstat_role"):
                    values = dict(field.split("=") for field in line.split(","))
                    report(f"{name.removeprefix('cmdstat_')} in {effort.seconds:g} s",
                           f"{values['calls']} calls of {values['usec_per_call']} us")
        for sidecar in agents:
            sidecar.kill()


def main(agent, names, effort):
    enter()
    names = names or ("init", "sidecar", "primary")
    if "init" in names:
        measure_init(agent, effort)
    world = measure_sidecar(agent, effort) if "sidecar" in names else None
    if "primary" in names:
        measure_primary(agent, world or World(), effort)


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--quick"]
    if not words:
        sys.exit(__doc__)
    main(str(pathlib.Path(words[0]).resolve()), words[1:],
         QUICK if "--quick" in sys.argv else Effort())
