"""A primary and two replicas in pods, with agents or without, and what can be done to them."""
import json
import pathlib
import re
import shutil
import tempfile
import time

from pods import RedisPod, World, wait_until

PRIMARY = "redis-master-0"
QUICK = {"DETAIL_INTERVAL": "250ms"}
_DEBUG_IS_FREE = ("5.0", "6.2")
_SERVERS = pathlib.Path("/var/cache/redis-agent-test")  # where test/servers puts them
BASE_KEYS = 2000
_MEMORY = "/data/redis-agent.json"


def find_server(version):
    if version == "7.0":
        return "redis-server"
    return _SERVERS / f"redis-{version}" / "redis-server"


def what_is_lacking(version):
    """Why there can be no servers of that age here; "" if there can."""
    if shutil.which(find_server(version)):
        return ""
    why = _SERVERS / f"redis-{version}.why"
    return why.read_text(encoding="utf-8").strip() if why.exists() else \
        f"redis-{version} is not there: test/servers fetches it"


class Cluster:
    def __init__(self, agent, is_plain, kind):
        """Without agents (`is_plain`) the redis.conf says what the usual manifests' says."""
        self.is_plain = is_plain
        self.world = World(ttl=1)
        self.program = find_server(kind.version)
        debug = () if kind.version in _DEBUG_IS_FREE else ("--enable-debug-command", "yes")
        self.arguments = ["--repl-diskless-sync-delay", "0", *debug, *kind.arguments]
        settings = {**QUICK, "REDIS_VERSION": kind.version, **kind.settings}
        names = [PRIMARY] + [f"redis-slave-{ordinal}" for ordinal in range(kind.replicas)]
        self.pods = [RedisPod(self.world.add_pod(name), agent, settings=settings)
                     for name in names]
        self.primary, *self.replicas = self.pods

    def bring_up(self):
        for pod in self.pods:
            self.init(pod)
            self.start(pod)
        self.wait_until_in_sync()
        self.primary.fill(BASE_KEYS, replicas=len(self.replicas))

    # --- one pod ---

    def init(self, pod):
        pod.init(*(("--gate=direct",) if self.is_plain else ()))

    def start(self, pod):
        self.start_server(pod)
        self.start_agent(pod)

    def start_server(self, pod, *arguments, variables=None):
        """A container's restart: the redis.conf is still there, and init does not run again."""
        pod.start_server(*self.arguments, *arguments, program=self.program, variables=variables)

    def start_agent(self, pod):
        if not self.is_plain:
            pod.start_sidecar()

    def kill_agent(self, pod):
        if not self.is_plain:
            pod.sidecar.kill()

    def kill(self, pod):
        """Server and agent at once."""
        self.kill_agent(pod)
        pod.server.kill()

    def delete(self, pod):
        """A pod's deletion: the preStop hook, then both get SIGTERM at once."""
        if not self.is_plain:
            pod.get("/prestop", port=9123, within=30)
            pod.sidecar.send_signal(15)
        pod.server.stop()
        if not self.is_plain:
            pod.sidecar.stop()

    def recreate(self, pod, is_moved=True):
        """The pod made anew on the volume that is there now, usually with another address."""
        if is_moved:
            self.world.move_pod(pod.pod)
        self.init(pod)
        self.start(pod)

    # --- its volume ---

    def empty(self, pod):
        for path in pod.pod.path("/data").iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def copy_volume(self, pod):
        """A copy of the volume as it is; to be given to put_back()."""
        copy = pathlib.Path(tempfile.mkdtemp(prefix="volume-"))
        shutil.copytree(pod.pod.path("/data"), copy, dirs_exist_ok=True)
        return copy

    def put_back(self, pod, copy):
        self.empty(pod)
        shutil.copytree(copy, pod.pod.path("/data"), dirs_exist_ok=True)
        shutil.rmtree(copy)

    # --- moments ---

    def wait_for_order(self, pod, pattern, since=0, within=20.0):
        """Until the pod's agent gives an order that fits after the first `since` bytes of its log;
        returns how long the log is then."""
        text = re.compile(rf"gives an order.*{pattern}")

        def look():
            log = pod.sidecar.log()
            found = text.search(log, since)
            return found and found.end()
        return wait_until(look, f"{pod.name} to order {pattern}", within, every=0.002,
                          on_failure=self.logs)

    def wait_until_in_sync(self, within=20.0):
        """All servers in sync and, with agents, all pods ready; returns the seconds it took."""
        begin = time.monotonic()
        for pod in self.pods:
            if not self.is_plain:
                pod.wait_until_ready(max(0.1, within - (time.monotonic() - begin)))
        for pod in self.replicas:
            wait_until(lambda pod=pod: _is_in_sync(pod), f"{pod.name} to be in sync",
                       max(0.1, within - (time.monotonic() - begin)), on_failure=self.logs)
        return time.monotonic() - begin

    def wait_until_equal(self, within=10.0):
        def look():
            digests = {pod.name: pod.command("DEBUG", "DIGEST") for pod in self.pods}
            if len(set(digests.values())) > 1:
                raise AssertionError(f"digests differ: {digests}")
            return True
        wait_until(look, "all servers to have the same data", within)

    def wait_until_one_cluster(self, within=15.0):
        """Until every volume remembers the same cluster: a pod of another one is not followed."""
        def look():
            memories = [pod.pod.path(_MEMORY).read_text() for pod in self.pods]
            ids = {pod.name: json.loads(memory)["cluster_id"]
                   for pod, memory in zip(self.pods, memories)}
            if len(set(ids.values())) > 1:
                raise AssertionError(f"cluster ids differ: {ids}")
            return True
        if not self.is_plain:
            wait_until(look, "all volumes to remember the same cluster", within)

    def logs(self):
        """Every process's log, and what each volume remembers at the end."""
        parts = [f"--- {process.name}\n{process.log()}"
                 for pod in self.world.pods.values() for process in pod.processes]
        for pod in self.world.pods.values():
            memory = pod.path(_MEMORY)
            if memory.exists():
                parts.append(f"--- memory of {pod.name}\n{memory.read_text()}")
        return "\n".join(parts)


def _is_in_sync(pod):
    with pod.redis() as redis:
        info = redis.info()
    return info["role"] == "slave" and info["master_link_status"] == "up"
