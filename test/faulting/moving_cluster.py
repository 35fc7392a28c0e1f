"""Clusters whose primary moves: by a lock, with an API server of its own, or by Sentinels.

And plain ones, to compare. What is done to a pod is the same for all.
"""
import dataclasses
import json
import uuid

from pods import CONFIG_PATH, wait_until
from pods.api_pod import ApiPod

from .cluster import Cluster

# The design's fast profile, so that a fault is seen in seconds; a candidate waits for one second.
RENEWAL, FENCE, DURATION, SILENCE = 1, 3, 5, 3
LOCK_SETTINGS = {"FAILOVER": "lease", "LOCK_RENEWAL": f"{RENEWAL}s", "LOCK_FENCE": f"{FENCE}s",
                 "LOCK_DURATION": f"{DURATION}s", "CANDIDATE_WAIT": "1s",
                 "FAILOVER_AFTER": f"{SILENCE}s", "FIRST_START_WAIT": "0s"}
_NOTES = "redis-agent.io/"


class MovingCluster(Cluster):
    """Without a lock and without agents it is plain Redis, whose primary never moves."""

    has_lock = False

    def find_primary(self):
        """The pod that clients are told to write to; None while there is none."""
        return self.primary

    def count_moves(self):
        """How often the primary has moved by now."""
        return 0

    # --- one pod ---

    def freeze(self, pod):
        for process in pod.pod.processes:
            if process.is_running:
                process.pause()

    def thaw(self, pod):
        for process in pod.pod.processes:
            if process.is_running:
                process.resume()

    def restart_container(self, pod):
        """What the kubelet does with a server that has ended."""
        pod.server.kill()
        self.start_server(pod)

    def kill_all(self, pod):
        for process in pod.pod.processes:
            process.kill()

    def lose_node(self, pod):
        """Nothing comes from it any more, not even that its connections end."""
        pod.pod.drop("ip saddr 0.0.0.0/0", "ip6 saddr ::/0")
        for other in self._others(pod):
            other.drop_from(pod.pod)
        self.kill_all(pod)

    # --- the network; the machine itself, where the clients are, still reaches every pod ---

    def cut(self, pod, *others):
        pod.pod.drop_from(*others)
        for other in others:
            other.drop_from(pod.pod)

    def isolate(self, pod):
        self.cut(pod, *self._others(pod))

    def isolate_from_pods(self, pod):
        self.cut(pod, *(other.pod for other in self.pods if other is not pod))

    def heal(self):
        for pod in self.world.pods.values():
            pod.heal()

    def _others(self, pod):
        return [other for other in self.world.pods.values() if other is not pod.pod]

    # --- what is waited for ---

    def follows(self, pod, primary):
        """It is a replica of that one, and in sync."""
        with pod.redis(timeout=1) as redis:
            info = redis.info()
        with primary.redis(timeout=1) as redis:
            replid = redis.info()["master_replid"]
        return info["role"] == "slave" and info["master_link_status"] == "up" and \
            info["master_replid"] == replid

    def wait_until_settled(self, within):
        """Somebody takes writes, and everybody else follows him; returns him."""
        def look():
            primary = self.find_primary()
            if primary is None or not takes_writes(primary):
                raise LookupError(f"{primary and primary.name} takes no writes")
            lagging = [pod.name for pod in self.pods
                       if pod is not primary and not self.follows(pod, primary)]
            if lagging:
                raise LookupError(f"{', '.join(lagging)} do not follow {primary.name}")
            return primary
        return wait_until(look, "one primary that all follow", within, every=0.1,
                          on_failure=self.logs)


class LockCluster(MovingCluster):
    has_lock = True

    def __init__(self, agent, kind):
        moving = dataclasses.replace(kind, settings={**LOCK_SETTINGS, **kind.settings})
        super().__init__(agent, False, moving)
        self.api = ApiPod(self.world.add_pod("api", is_listed=False))
        for pod in self.pods:
            pod.variables["REDIS_AGENT_API_SERVER"] = f"{self.api.pod.address}:{self.api.port}"

    def init(self, pod):
        """As Kubernetes does for each pod that it makes: another UID, another token."""
        pod.variables["REDIS_AGENT_POD_UID"] = str(uuid.uuid4())
        pod.variables["REDIS_AGENT_API_FOLDER"] = self.api.admit(pod.pod)
        super().init(pod)

    def bring_up(self):
        super().bring_up()
        others = sorted(pod.name for pod in self.replicas)
        wait_until(lambda: self.lock()["members"] == others, "the lock to list all others", 10,
                   on_failure=self.logs)
        wait_until(lambda: self.lock()["offset"] > 0, "the lock to know of the data", 10)
        # Within its first three seconds two pods may each give the cluster a name.
        wait_until(lambda: self.lock()["cluster"], "the lock to name the cluster", 10)

    def lock(self):
        lease = self.api.object("Lease") or {"metadata": {}, "spec": {}}
        notes, spec = lease["metadata"].get("annotations", {}), lease.get("spec") or {}
        return {"holder": spec.get("holderIdentity", "").partition("/")[0],
                "term": spec.get("leaseTransitions", 0),
                "members": sorted(json.loads(notes.get(_NOTES + "members", "{}"))),
                "offset": int(notes.get(_NOTES + "offset", 0)),
                "cluster": notes.get(_NOTES + "cluster", "")}

    def find_primary(self):
        holder = self.lock()["holder"]
        return next((pod for pod in self.pods if pod.name == holder), None)

    def count_moves(self):
        return max(0, self.lock()["term"] - 1)

    def route(self):
        """The pod to which the write Service leads, "" if to none."""
        selector = self.api.object("Service")["spec"].get("selector") or {}
        return selector.get("statefulset.kubernetes.io/pod-name", "")

    def cut_from_api(self, pod):
        self.cut(pod, self.api.pod)

    def wait_until_settled(self, within):
        primary = super().wait_until_settled(within)
        wait_until(lambda: self.route() == primary.name or self.route_is_elsewhere(),
                   f"the route to lead to {primary.name}", 5)
        for pod in self.pods:
            pod.wait_until_ready(within)
        return primary

    def route_is_elsewhere(self):
        raise LookupError(f"it leads to {self.route()}")


class PlainCluster(MovingCluster):
    def __init__(self, agent, kind):
        super().__init__(agent, True, kind)


class SentinelCluster(PlainCluster):
    """A Sentinel in each pod, two of three have to agree. What it is told: as quick as the lock."""

    _CONFIG = "/run/sentinel.conf"
    _NAME = "mymaster"

    def bring_up(self):
        super().bring_up()
        text = "\n".join([
            "port 26379", "dir /tmp", "protected-mode no",
            f"sentinel monitor {self._NAME} {self.primary.pod.address} 6379 2",
            f"sentinel down-after-milliseconds {self._NAME} {DURATION * 1000}",
            f"sentinel failover-timeout {self._NAME} 10000", ""])
        for pod in self.pods:
            pod.pod.path(self._CONFIG).write_text(text, encoding="ascii")
            self.start_sentinel(pod)
        wait_until(lambda: all(self._knows_all(pod) for pod in self.pods),
                   "each Sentinel to know all", 20, on_failure=self.logs)

    def start(self, pod):
        super().start(pod)
        if pod.pod.path(self._CONFIG).exists():
            self.start_sentinel(pod)

    def init(self, pod):
        """Once: what Sentinel has written into the file is not undone."""
        if not pod.pod.path(CONFIG_PATH).exists():
            super().init(pod)

    def delete(self, pod):
        super().delete(pod)
        self.kill_all(pod)

    def start_sentinel(self, pod):
        pod.pod.start(self.program, self._CONFIG, "--sentinel", name="sentinel")

    def _knows_all(self, pod):
        with pod.redis(port=26379, timeout=1) as sentinel:
            others = sentinel("SENTINEL", "SENTINELS", self._NAME)
            replicas = sentinel("SENTINEL", "REPLICAS", self._NAME)
        return len(others) == 2 and len(replicas) == 2

    def find_primary(self):
        """Whom most of them name."""
        names = []
        for pod in self.pods:
            try:
                with pod.redis(port=26379, timeout=0.5) as sentinel:
                    address = sentinel("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._NAME)
                names.append(address[0].decode())
            except (OSError, RuntimeError):
                continue
        return next((pod for pod in self.pods if names.count(pod.pod.address) +
                     names.count(pod.pod.address6) >= 2), None)

    def count_moves(self):
        epochs = []
        for pod in self.pods:
            with pod.redis(port=26379, timeout=1) as sentinel:
                told = sentinel("SENTINEL", "MASTER", self._NAME)
            fields = dict(zip(told[::2], told[1::2]))
            epochs.append(int(fields[b"config-epoch"]))
        return max(epochs)


def takes_writes(pod):
    try:
        with pod.redis(timeout=1) as redis:
            return redis("SET", "taken", "") == "OK"
    except (OSError, RuntimeError):
        return False
