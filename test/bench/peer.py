"""The agent side by side with what it replaces, in one run: prints figures and ratios.

usage: peer.py REDIS-AGENT [--quick]     as root; needs the package prometheus-redis-exporter

  scrape   of the agent and of redis_exporter, both beside the same Redis: CPU of the program and of
           Redis, memory. Both tell the same families of INFO.
  probe    GET /readyz of the agent, and `redis-cli ping` as an exec probe runs it (without what
           the container runtime adds to that)

--quick does each a few times, to see that it can be done.
"""
import os
import pathlib
import resource
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
# pylint: disable=wrong-import-position
from measure import PASSWORD, probe, report
from pods import RedisPod, World, enter, http_get, wait_until

SCRAPES, PROBES = 500, 200
EXPORTER = "prometheus-redis-exporter"
EXPORTER_PORT = 9200  # its own, 9121, is the agent's as well


def cpu_seconds(process):
    """Of all its threads: the peer is a Go program."""
    tasks = pathlib.Path(f"/proc/{process.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def cost_of(count, act, *processes):
    """Microseconds of CPU for one act, for each of the processes."""
    before = [cpu_seconds(process) for process in processes]
    for _ in range(count):
        act()
    return [(cpu_seconds(process) - begin) / count * 1e6
            for process, begin in zip(processes, before)]


def ratio(what, ours, theirs):
    report(what, f"{ours:.0f} to {theirs:.0f}, 1 to {theirs / ours:.1f}")


def compare_scrapes(pod, exporter, scrapes):
    print(f"scrape, {scrapes} times (the agent to redis_exporter)")
    address = pod.pod.address
    ours = cost_of(scrapes, lambda: http_get(address, "/metrics"), pod.sidecar, pod.server)
    theirs = cost_of(scrapes, lambda: http_get(address, "/metrics", port=EXPORTER_PORT), exporter,
                     pod.server)
    ratio("us of CPU in the program", ours[0], theirs[0])
    ratio("us of CPU in the program and in Redis", sum(ours), sum(theirs))
    ratio("KiB resident", pod.sidecar.resident_bytes() / 1024, exporter.resident_bytes() / 1024)
    ratio("bytes of text", len(pod.get("/metrics").body),
          len(http_get(address, "/metrics", port=EXPORTER_PORT).body))


def compare_probes(pod, probes):
    print(f"probe, {probes} times (GET /readyz to redis-cli ping)")
    ours = cost_of(probes, lambda: probe(pod.pod.address, "/readyz"), pod.sidecar)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(probes):
        child = os.posix_spawnp("redis-cli", ["redis-cli", "-h", pod.pod.address, "ping"],
                                {**os.environ, "REDISCLI_AUTH": PASSWORD.decode()},
                                file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null",
                                               os.O_WRONLY, 0)])
        os.waitpid(child, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    ratio("us of CPU", ours[0], used / probes * 1e6)


def main(agent, is_quick):
    if shutil.which(EXPORTER) is None:
        sys.exit(f"peer.py: there is no {EXPORTER} (a Debian package of that name)")
    enter()
    pod = RedisPod(World().add_pod("redis-master-0"), agent, PASSWORD).bring_up()
    pod.wait_until_ready()
    exporter = pod.pod.start(EXPORTER, "-web.listen-address", f":{EXPORTER_PORT}",
                             name="exporter",
                             variables={"REDIS_PASSWORD": PASSWORD.decode()})
    wait_until(lambda: "redis_up 1" in http_get(pod.pod.address, "/metrics",
                                                port=EXPORTER_PORT).text,
               "the exporter to see Redis", 10, on_failure=exporter.log)
    compare_scrapes(pod, exporter, 5 if is_quick else SCRAPES)
    compare_probes(pod, 5 if is_quick else PROBES)


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--quick"]
    if len(words) != 1:
        sys.exit(__doc__)
    main(str(pathlib.Path(words[0]).resolve()), "--quick" in sys.argv)
