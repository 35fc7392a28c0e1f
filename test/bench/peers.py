"""What the agent replaces: redis_exporter, redis-cli as an exec probe, and runc, which runs one."""
import json
import os
import pathlib
import resource
import shutil

from pods import RedisPod, http_get, wait_until

PASSWORD = b"a password"
EXPORTER = "prometheus-redis-exporter"
EXPORTER_PORT = 9200  # its own, 9121, is the agent's as well
_PACKAGES = {"redis-cli": "redis-tools"}
_FOLDERS = ("usr", "bin", "sbin", "lib", "lib64")


class Missing(RuntimeError):
    pass


def check_programs(names):
    for name in names:
        if shutil.which(name) is None:
            raise Missing(f"there is no {name}: apt-get install {_PACKAGES.get(name, name)}, or "
                          "leave its rows out by --only")


def start_pod(world, agent, name="redis-master-0"):
    pod = RedisPod(world.add_pod(name), agent, PASSWORD).bring_up()
    pod.wait_until_ready()
    return pod


def start_exporter(pod, *flags):
    exporter = pod.pod.start(EXPORTER, "-web.listen-address", f":{EXPORTER_PORT}",
                             "-include-system-metrics", *flags, name="exporter",
                             variables={"REDIS_PASSWORD": PASSWORD.decode()})
    wait_until(lambda: "redis_up 1" in http_get(pod.pod.address, "/metrics",
                                                port=EXPORTER_PORT).text,
               "the exporter to see Redis", 10, on_failure=exporter.log)
    return exporter


def run_child(command, variables=None, folder=None):
    """To its end, with its output dropped. Raises where it fails."""
    null = os.open("/dev/null", os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)]
    try:
        command = ["/usr/bin/env", "-C", str(folder), *command] if folder else command
        child = os.posix_spawnp(command[0], command, {**os.environ, **(variables or {})},
                                file_actions=actions)
        _, status = os.waitpid(child, 0)
    finally:
        os.close(null)
    if status != 0:
        raise RuntimeError(f"{command} ended with {os.waitstatus_to_exitcode(status)}")


def children_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ping(pod):
    """As an exec probe asks, without what the container's runtime adds."""
    run_child(["redis-cli", "-h", pod.pod.address, "ping"],
              {"REDISCLI_AUTH": PASSWORD.decode()})


class Container:
    """One of runc's, in the pod's network, with this machine's programs."""

    def __init__(self, pod, folder="/mnt/container"):
        self._pod, self._folder = pod, pathlib.Path(folder)
        self._name = f"bench-{os.getpid()}"
        self._process = None

    def __enter__(self):
        (self._folder / "rootfs").mkdir(parents=True)
        run_child(["runc", "spec"], folder=self._folder)
        path = self._folder / "config.json"
        spec = json.loads(path.read_text(encoding="utf-8"))
        spec["process"].update(terminal=False, args=["sleep", "infinity"])
        spec["process"]["env"].append(f"REDISCLI_AUTH={PASSWORD.decode()}")
        for name in _FOLDERS:
            if os.path.isdir(f"/{name}"):
                spec["mounts"].append({"destination": f"/{name}", "source": f"/{name}",
                                       "type": "bind", "options": ["rbind", "ro"]})
        for kind in spec["linux"]["namespaces"]:
            if kind["type"] == "network":
                kind["path"] = f"/proc/{self._pod.server.pid}/ns/net"
        path.write_text(json.dumps(spec), encoding="utf-8")
        run_child(["runc", "--root", str(self._folder / "state"), "run", "--detach",
                   "--bundle", str(self._folder), self._name])
        return self

    def __exit__(self, *_):
        run_child(["runc", "--root", str(self._folder / "state"), "delete", "--force", self._name])

    def ping(self):
        run_child(["runc", "--root", str(self._folder / "state"), "exec", self._name,
                   "redis-cli", "-h", self._pod.pod.address, "ping"])
