"""On a cluster: the node's CPU for a probe of the kubelet: of the agent, by TCP and by exec.

Needs TEST_CLUSTER or KUBECONFIG (test/cluster/cluster.py), and there the images that the tests on a
cluster load. The node's CPU is the kubelet's own figure (/stats/summary), without what it is while
the same containers, an agent among them, have no probe: kubelet, containerd, its shims, runc, and
whoever answers.
"""
import json
import os
import subprocess
import time

from cluster.cluster import Cluster, wait_until

WHAT = "the node's CPU for a probe that the kubelet makes: GET /readyz, TCP, exec (on a cluster)"
PROGRAMS = ()
_NAMESPACE = "redis-agent-bench"
_CONTAINERS = 10
_AGENT_PORT = 9121
_IMAGE = "docker.io/library/redis:7.0.15"  # as test/cluster/images.py names it
_FIGURES_WITHIN = 60


def has_cluster():
    return bool(os.environ.get("TEST_CLUSTER") or os.environ.get("KUBECONFIG"))


def probe_of(kind, port):
    """Once a second."""
    asks = {"http": {"httpGet": {"path": "/readyz", "port": _AGENT_PORT}},
            "tcp": {"tcpSocket": {"port": port}},
            "exec": {"exec": {"command": ["redis-cli", "-p", str(port), "ping"]}}}
    return {"readinessProbe": {"periodSeconds": 1, "timeoutSeconds": 10, **asks[kind]}} \
        if kind in asks else {}


def agent_container(image):
    """Of the first of the pod's servers, which is a primary without a gate, and thus ready."""
    settings = {"POD_NAME": "redis-master-0", "REDIS_AGENT_GATE": "direct"}
    return {"name": "agent", "image": image, "imagePullPolicy": "IfNotPresent", "args": ["sidecar"],
            "env": [{"name": name, "value": value} for name, value in settings.items()]}


def pod_with(kind, agent_image):
    containers = [{"name": f"redis-{port}", "image": _IMAGE, "imagePullPolicy": "IfNotPresent",
                   "command": ["redis-server", "--port", str(port), "--save", ""],
                   **probe_of(kind, port)} for port in range(6379, 6379 + _CONTAINERS)]
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": f"probed-{kind}", "namespace": _NAMESPACE},
            "spec": {"containers": [*containers, agent_container(agent_image)],
                     "terminationGracePeriodSeconds": 0}}


class Node:
    def __init__(self, cluster, name):
        self._cluster, self._path = cluster, f"/api/v1/nodes/{name}/proxy/stats/summary"

    def _look(self):
        return json.loads(self._cluster.kubectl("get", "--raw", self._path))["node"]["cpu"]

    def next_seconds(self):
        """CPU of the node, as soon as the kubelet has a new figure."""
        before = self._look()["time"]

        def look():
            cpu = self._look()
            return cpu["usageCoreNanoSeconds"] if cpu["time"] != before else None
        return wait_until(look, "a new figure of the node", _FIGURES_WITHIN) / 1e9


def share_with(cluster, kind, agent_image, seconds):
    """Seconds of the node's CPU in a second while the containers have probes of that kind."""
    name = f"probed-{kind}"
    where = ("pod", name, "-n", _NAMESPACE)
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps(pod_with(kind, agent_image)))
    cluster.kubectl("wait", *where, "--for=condition=Ready", "--timeout=120s", timeout=150)
    spec = json.loads(cluster.kubectl("get", *where, "-o", "json"))["spec"]
    node = Node(cluster, spec["nodeName"])
    first, begin = node.next_seconds(), time.monotonic()
    time.sleep(seconds)
    last, passed = node.next_seconds(), time.monotonic() - begin
    cluster.kubectl("delete", *where, "--wait=true")
    return (last - first) / passed


def image_of(agent):
    """As docker/build names what it makes of that version."""
    told = subprocess.run([agent, "--version"], capture_output=True, text=True, check=True).stdout
    return f"localhost/redis-agent:{told.split()[1]}"


def measure(table, _world, agent, effort):
    cluster, image = Cluster(), image_of(agent)
    cluster.start()
    cluster.kubectl("create", "namespace", _NAMESPACE)
    try:
        shares = {kind: share_with(cluster, kind, image, effort.exec_probes / _CONTAINERS)
                  for kind in ("none", "http", "tcp", "exec")}
    finally:
        cluster.kubectl("delete", "namespace", _NAMESPACE, "--wait=false")
    cost = {kind: (share - shares["none"]) / _CONTAINERS * 1e6 for kind, share in shares.items()}
    table.row("CPU of the node for one GET /readyz, to exec redis-cli ping", "us", cost["http"],
              cost["exec"])
    table.row("the same by TCP, to Redis", "us", cost["tcp"], cost["exec"])
