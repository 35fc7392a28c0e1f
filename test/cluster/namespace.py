"""One namespace of the cluster under test, and the questions that tests ask about it."""

import base64
import json
import shlex
import time

from cluster import CHART, PROJECT, ClusterError, wait_until


class Namespace:
    def __init__(self, cluster, name):
        self.cluster = cluster
        self.name = name

    def create(self):
        """With the labels that enforce the restricted profile, as the README has it."""
        self.cluster.kubectl("create", "namespace", self.name)
        self.cluster.kubectl(
            "label", "namespace", self.name, "pod-security.kubernetes.io/enforce=restricted"
        )

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
        self.cluster.kubectl(
            "patch",
            "pv",
            volume["metadata"]["name"],
            "--type=json",
            '-p=[{"op": "remove", "path": "/spec/claimRef"}]',
        )

    def kubectl(self, *arguments, **options):
        return self.cluster.kubectl("-n", self.name, *arguments, **options)

    def get(self, *what):
        return json.loads(self.kubectl("get", *what, "-o", "json"))

    def secret(self, password, name="redis-secret"):
        self.secret_files({"password": password}, name)

    def secret_files(self, files, name):
        data = {file: base64.b64encode(content).decode() for file, content in files.items()}
        self.apply(
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}
        )

    def apply(self, *objects):
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        return self.kubectl("apply", "-f", "-", stdin=text)

    def install(self, *settings, values=None):
        """The chart, with full syncs that start at once: a test waits for enough."""
        values = {
            "image": {"tag": "7.0.15"},
            "auth": {"existingSecret": "redis-secret"},
            "redis": {"config": "repl-diskless-sync-delay 0\n"},
            "persistence": {"size": "1Gi"},
            "agent": {"nativeSidecar": self.cluster.sidecar_is_native},
            **(values or {}),
        }
        return self.cluster.helm(
            "upgrade",
            "--install",
            "redis",
            str(CHART),
            "-n",
            self.name,
            "-f",
            "-",
            *settings,
            stdin=json.dumps(values),
        )

    def pod(self, name):
        found = self.get("pods", "--field-selector", f"metadata.name={name}")["items"]
        return found[0] if found else None

    def is_ready(self, name, but_not=None):
        """The pod of that name; but_not: the UID of one that is not meant."""
        pod = self.pod(name)
        return (
            bool(pod)
            and pod["metadata"]["uid"] != but_not
            and not pod["metadata"].get("deletionTimestamp")
            and condition(pod, "Ready")
        )

    def uids(self, *names):
        return {name: self.pod(name)["metadata"]["uid"] for name in names}

    def wait_ready(self, *names, within=120):
        begin = time.monotonic()
        for name in names:
            wait_until(
                lambda name=name: self.is_ready(name),
                f"{name} to be ready",
                within,
                on_failure=lambda: self.describe(*names),
            )
        return time.monotonic() - begin

    def wait_renewed(self, before, within=240):
        """Until each of these names is another pod's than the one of that UID, and ready."""
        for name, uid in before.items():
            wait_until(
                lambda name=name, uid=uid: self.is_ready(name, but_not=uid),
                f"a new {name}",
                within,
                on_failure=lambda: self.describe(*before),
            )

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
        """To all of a container's processes. False where nothing runs a command on the node."""
        identity = self.container(pod, container)["containerID"].split("//")[1]
        script = (
            f"for p in $(grep -l {identity} /proc/[0-9]*/cgroup 2>/dev/null); do "
            f"d=${{p%/cgroup}}; kill -{signal} ${{d#/proc/}}; done"
        )
        return self.cluster.on_node(script) is not None

    def readyz(self, pod):
        """The text of /readyz, also of a pod that is not ready."""
        address = self.pod(pod)["status"]["podIP"]
        return self.tool("curl", "-s", f"http://{address}:9121/readyz").strip()

    def tool(self, *command, **options):
        """A command in the pod of tools, made by start_tools."""
        return self.kubectl("exec", "tools", "--", *command, **options)

    def redis(self, host, *command, password="frieza-redis-pass", **options):
        login = f"REDISCLI_AUTH={password}"
        client = ("timeout", "10", "redis-cli", "-h", host)
        return self.tool("env", login, *client, *command, **options).strip()

    def wait_for_value(self, host, key, value):
        """DNS may remember the address of a pod's last life, where nobody answers any more."""
        wait_until(
            lambda: self.redis(host, "get", key, check=False) == value, f"{key} on {host}", 60
        )

    def start_tools(self):
        """A pod of clients: dig, curl, redis-cli, python3, and clients/ in /programs."""
        programs = {
            path.name: path.read_text() for path in PROJECT.glob("test/cluster/clients/*.[jp]*")
        }
        self.apply(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "programs"},
                "data": programs,
            },
            client_pod("tools", ["sleep", "86400"]),
        )
        self.wait_ready("tools")

    def describe(self, *pods):
        texts = [self.kubectl("get", "pods,events", "-o", "wide", check=False)]
        for pod in pods:
            texts.append(
                self.kubectl("logs", pod, "--all-containers", "--prefix", "--tail=30", check=False)
            )
        return "\n".join(texts)


def client_pod(name, command, image="localhost/redis-agent-test-tools:1", **spec):
    """A pod of the tools' image that the restricted profile lets in."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"client": name}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 65532,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": name,
                    "image": image,
                    "command": command,
                    "imagePullPolicy": "IfNotPresent",
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "volumeMounts": [{"name": "programs", "mountPath": "/programs"}],
                }
            ],
            "volumes": [{"name": "programs", "configMap": {"name": "programs"}}],
            **spec,
        },
    }


def condition(pod, name):
    return any(
        c["type"] == name and c["status"] == "True" for c in pod["status"].get("conditions", [])
    )
