"""The cluster under test: kubectl, helm, and the node, whichever cluster it is.

TEST_CLUSTER names a program with the verbs up, down, load, kubectl, helm and restart-kubelet, which
makes a cluster on this machine. Without it KUBECONFIG names a running one; then CLUSTER_LOAD is the
command that loads an image archive (default: kind load image-archive), and CLUSTER_NODE what runs a
command on its node (like: docker exec kind-control-plane).
"""

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
            raise ClusterError(
                "no cluster: KUBECONFIG names none, nor TEST_CLUSTER a program that makes one"
            )
        for tool in ("kubectl", "helm"):
            if not self.own and not shutil.which(tool):
                raise ClusterError(
                    f"{tool} is not here: the cluster that KUBECONFIG names needs it"
                )

    def start(self):
        """Makes one that can be made and is not there; it may have to be built: half an hour."""
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

    def signal_program(self, name, signal, flag=""):
        """To a program of Kubernetes on the node, of which a flag may say which one it is where
        several nodes share this machine. False where nothing runs a command on the node."""
        script = (
            f"for p in $(pgrep -x {name}); do tr '\\0' '\\n' </proc/$p/cmdline | "
            f"grep -q -e {shlex.quote(flag)} && kill -{signal} $p; done; true"
        )
        return self.on_node(script) is not None

    def nodes(self):
        found = json.loads(self.kubectl("get", "nodes", "-o", "json"))["items"]
        return [node["metadata"]["name"] for node in found]

    def do_to_node(self, verb, node):
        """cut-node, kill-node or join-node. False where nothing can do that."""
        return bool(self.own) and bool(run(self.own + [verb, node], timeout=300))

    def version(self):
        return json.loads(self.kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"]


def run(command, check=True, stdin="", timeout=120):
    command = [str(part) for part in command]
    ended = subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=timeout, check=False
    )
    if check and ended.returncode != 0:
        raise ClusterError(
            f"{shlex.join(command)}: exit {ended.returncode}\n{ended.stdout}{ended.stderr}"
        )
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
