"""The cluster under test: kubectl, helm, and the node, whichever cluster it is.

TEST_CLUSTER names a program with the verbs up, down, load, kubectl, helm, exec and restart-kubelet,
which makes a cluster on this machine. Without it KUBECONFIG names a running one; then CLUSTER_LOAD is
the command that loads an image archive (default: kind load image-archive), and CLUSTER_NODE what runs
a command on its node (like: docker exec kind-control-plane).
"""
import base64
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import time

PROJECT = pathlib.Path(__file__).resolve().parents[2]
CHART = PROJECT / "k8s/chart"


class ClusterError(RuntimeError):
    pass


class Cluster:
    def __init__(self):
        program = os.environ.get("TEST_CLUSTER", "")
        self.own = [os.path.abspath(program)] if program else []
        self.sidecar_is_native = True
        if not self.own and not os.environ.get("KUBECONFIG"):
            raise ClusterError("no cluster: KUBECONFIG names none, nor TEST_CLUSTER a program that makes one")
        for tool in ("kubectl", "helm"):
            if not self.own and not shutil.which(tool):
                raise ClusterError(f"{tool} is not here; it is needed for the cluster that KUBECONFIG names")

    def start(self):
        """Makes it, if it is one that can be made and is not there. May build it first: half an hour."""
        if self.own and run(self.own + ["kubectl", "get", "nodes"], check=False).returncode != 0:
            run(self.own + ["down"], check=False)
            run(self.own + ["up"], timeout=2400)

    def end(self):
        """Only what start can make again."""
        if self.own:
            run(self.own + ["down"], timeout=300)

    def load(self, archive):
        if self.own:
            run(self.own + ["load", str(archive)], timeout=300)
        else:
            command = shlex.split(os.environ.get("CLUSTER_LOAD", "kind load image-archive"))
            run(command + [str(archive)], timeout=300)

    def kubectl(self, *arguments, **options):
        return run(self.own + ["kubectl", *arguments], **options).stdout

    def helm(self, *arguments, **options):
        return run(self.own + ["helm", *arguments], **options).stdout

    def on_node(self, script):
        """A shell script on the node, or None where nothing runs one there."""
        if not self.own and not os.environ.get("CLUSTER_NODE"):
            return None
        prefix = [] if self.own else shlex.split(os.environ["CLUSTER_NODE"])
        return run(prefix + ["sh", "-c", script]).stdout

    def restart_kubelet(self):
        if self.own:
            run(self.own + ["restart-kubelet"], timeout=120)
        elif self.on_node("systemctl restart kubelet") is None:
            return False
        return True

    def version(self):
        return json.loads(self.kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"]


class Namespace:
    """One namespace, the objects in it, and the questions that tests ask about them."""

    def __init__(self, cluster, name):
        self.cluster = cluster
        self.name = name

    def create(self):
        """With the labels that enforce the restricted profile, as the README has it."""
        self.cluster.kubectl("create", "namespace", self.name)
        self.cluster.kubectl("label", "namespace", self.name,
                             "pod-security.kubernetes.io/enforce=restricted")

    def delete(self):
        self.cluster.kubectl("delete", "namespace", self.name, "--ignore-not-found", timeout=300)
        released = json.loads(self.cluster.kubectl("get", "pv", "-o", "json"))["items"]
        for volume in released:
            claim = volume["spec"].get("claimRef", {})
            if claim.get("namespace") == self.name and volume["spec"].get("local"):
                self._empty(volume)

    def _empty(self, volume):
        """A local volume has nobody to recycle it."""
        path = volume["spec"]["local"]["path"]
        self.cluster.on_node(f"find {shlex.quote(path)} -mindepth 1 -delete")
        self.cluster.kubectl("patch", "pv", volume["metadata"]["name"], "--type=json",
                             '-p=[{"op": "remove", "path": "/spec/claimRef"}]')

    def kubectl(self, *arguments, **options):
        return self.cluster.kubectl("-n", self.name, *arguments, **options)

    def get(self, *what):
        return json.loads(self.kubectl("get", *what, "-o", "json"))

    def secret(self, password, name="redis-secret"):
        value = base64.b64encode(password).decode()
        self.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name},
                    "data": {"password": value}})

    def apply(self, *objects):
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        return self.kubectl("apply", "-f", "-", stdin=text)

    def install(self, *settings, values=None):
        """The chart, with full syncs that start at once: a test waits for enough."""
        values = {"image": {"tag": "7.0.15"}, "auth": {"existingSecret": "redis-secret"},
                  "redis": {"config": "repl-diskless-sync-delay 0\n"}, "persistence": {"size": "1Gi"},
                  "agent": {"nativeSidecar": self.cluster.sidecar_is_native}, **(values or {})}
        return self.cluster.helm("upgrade", "--install", "redis", str(CHART), "-n", self.name,
                                 "-f", "-", *settings, stdin=json.dumps(values))

    def pod(self, name):
        found = self.get("pods", "--field-selector", f"metadata.name={name}")["items"]
        return found[0] if found else None

    def is_ready(self, name):
        pod = self.pod(name)
        return bool(pod) and not pod["metadata"].get("deletionTimestamp") and condition(pod, "Ready")

    def wait_ready(self, *names, within=120):
        begin = time.monotonic()
        for name in names:
            wait_until(lambda name=name: self.is_ready(name), f"{name} to be ready", within,
                       on_failure=lambda: self.describe(*names))
        return time.monotonic() - begin

    def container(self, pod, name):
        """The status of a container, wherever the pod lists it."""
        status = self.pod(pod)["status"]
        for entry in status.get("initContainerStatuses", []) + status.get("containerStatuses", []):
            if entry["name"] == name:
                return entry
        raise ClusterError(f"{pod} has no container {name}")

    def restarts(self, pod):
        return {name: self.container(pod, name)["restartCount"] for name in ("redis", "agent")}

    def signal(self, pod, container, signal):
        """To all of the container's processes, from the node. False where the node is out of reach."""
        identity = self.container(pod, container)["containerID"].split("//")[1]
        script = (f"for p in $(grep -l {identity} /proc/[0-9]*/cgroup 2>/dev/null); do "
                  f"d=${{p%/cgroup}}; kill -{signal} ${{d#/proc/}}; done")
        return self.cluster.on_node(script) is not None

    def readyz(self, pod):
        """The text of /readyz, also of a pod that is not ready."""
        address = self.pod(pod)["status"]["podIP"]
        return self.tool("curl", "-s", f"http://{address}:9121/readyz").strip()

    def tool(self, *command, **options):
        """A command in the pod of tools, made by start_tools."""
        return self.kubectl("exec", "tools", "--", *command, **options)

    def redis(self, host, *command, password="frieza-redis-pass"):
        return self.tool("env", f"REDISCLI_AUTH={password}", "redis-cli", "-h", host, *command).strip()

    def start_tools(self):
        """A pod of clients: dig, curl, redis-cli, python3 and the programs of this folder in /programs."""
        programs = {path.name: path.read_text() for path in PROJECT.glob("test/cluster/clients/*.py")}
        self.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "programs"},
                    "data": programs},
                   client_pod("tools", ["sleep", "86400"]))
        self.wait_ready("tools")

    def describe(self, *pods):
        texts = [self.kubectl("get", "pods,events", "-o", "wide", check=False)]
        for pod in pods:
            texts.append(self.kubectl("logs", pod, "--all-containers", "--prefix", "--tail=30", check=False))
        return "\n".join(texts)


def client_pod(name, command, image="localhost/redis-agent-test-tools:1", **spec):
    """A pod of the tools' image that the restricted profile lets in."""
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"client": name}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 65532,
                                "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": name, "image": image, "command": command,
                "imagePullPolicy": "IfNotPresent",
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                "volumeMounts": [{"name": "programs", "mountPath": "/programs"}]}],
            "volumes": [{"name": "programs", "configMap": {"name": "programs"}}],
            **spec}}


def condition(pod, name):
    return any(c["type"] == name and c["status"] == "True" for c in pod["status"].get("conditions", []))


def run(command, check=True, stdin="", timeout=120):
    command = [str(part) for part in command]
    ended = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
    if check and ended.returncode != 0:
        raise ClusterError(f"{shlex.join(command)}: exit {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return ended


def wait_until(look, what, within=60.0, on_failure=lambda: ""):
    """What look() gives once it is true. Kubernetes' API is asked five times a second."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        seen = look()
        if seen:
            return seen
        time.sleep(0.2)
    raise AssertionError(f"waited {within:.0f} s for {what}\n{on_failure()}")
