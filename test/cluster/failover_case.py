"""What the tests of the primary's moves share: the chart as a namespace's admin installs it, in
one StatefulSet, and clients that write through the Service all the time. What they lose and for how
long they wait is printed.
"""

import json
import pathlib
import tempfile

from cluster import CHART, wait_until
import images
from namespace import client_pod
from cluster_test_case import PASSWORD, ClusterTestCase

PODS = ("redis-0", "redis-1", "redis-2")
VALUES = {
    "topology": "single",
    "podManagementPolicy": "Parallel",
    "failover": {"enabled": True},
    "image": {"tag": "7.0.15"},
    "auth": {"existingSecret": "redis-secret"},
    "redis": {"config": "repl-diskless-sync-delay 0\n"},
    "persistence": {"size": "1Gi"},
}
ROUTE = "statefulset.kubernetes.io/pod-name"
GAP_MAX = 25  # seconds: 10 of the lock, 3 for silent pods, and a slow machine's
LOST_MAX = 100  # of a pod that is killed: replication is asynchronous


class FailoverTestCase(ClusterTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pods.create()
        cls.pods.secret(PASSWORD.encode())
        cls.pods.start_tools()
        cls.folder = tempfile.TemporaryDirectory()
        cls.kubeconfig = pathlib.Path(cls.folder.name, "kubeconfig")
        cls.kubeconfig.write_text(cls.admin_of_namespace())

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.folder.cleanup()

    def tearDown(self):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            print(self.pods.describe(*PODS))
            print(self.pods.kubectl("get", "lease,service", "-o", "yaml", check=False))
            print(self.last_words())

    @classmethod
    def admin_of_namespace(cls):
        """A kubeconfig of one who has the ClusterRole admin in this namespace and nothing else."""
        cls.pods.kubectl("create", "serviceaccount", "installer")
        cls.pods.kubectl("create", "rolebinding", "installer", "--clusterrole=admin",
                         f"--serviceaccount={cls.namespace}:installer")
        config = json.loads(cls.cluster.kubectl("config", "view", "--raw", "-o", "json"))
        token = cls.pods.kubectl("create", "token", "installer", "--duration=4h").strip()
        config["users"] = [{"name": "installer", "user": {"token": token}}]
        config["contexts"][0]["context"] |= {"user": "installer", "namespace": cls.namespace}
        config["current-context"] = config["contexts"][0]["name"]
        return json.dumps(config)

    @classmethod
    def install(cls, *arguments, **values):
        return cls.cluster.helm(
            "upgrade", "--install", "redis", CHART, "--kubeconfig", cls.kubeconfig, "-n",
            cls.namespace, "-f", "-", *arguments, stdin=json.dumps({**VALUES, **values}))

    def last_words(self):
        """Of agents that have ended and were started again, not with their node."""
        told = []
        for pod in PODS:
            if not self.pods.pod(pod) or not self.pods.restarts(pod)["agent"]:
                continue
            state = self.pods.container(pod, "agent").get("lastState", {})
            if state.get("terminated", {}).get("reason") != "Unknown":  # of whom nobody saw the end
                told.append(f"--- {pod}: {state}\n" + self.pods.kubectl(
                    "logs", pod, "-c", "agent", "--previous", check=False))
        return "\n".join(told)

    # --- the lock and the route ---

    def lease(self):
        return self.pods.get("lease", "redis")

    def holder(self):
        return self.lease()["spec"].get("holderIdentity", "").partition("/")[0]

    def selector(self):
        return self.pods.get("service", "redis-master")["spec"].get("selector")

    def term(self):
        return self.lease()["spec"].get("leaseTransitions", 0)

    def wait_for_primary(self, term=0, within=90):
        """Somebody holds the lock in a term after that one, and the Service leads there."""
        def look():
            lock = self.lease()["spec"]
            holder = lock.get("holderIdentity", "").partition("/")[0]
            is_later = holder and lock.get("leaseTransitions", 0) > term
            return holder if is_later and self.selector() == {ROUTE: holder} else None
        return wait_until(look, f"a primary in a term after {term}", within, on_failure=lambda: (
            f"{self.holder()} in term {self.term()}: {self.selector()}"))

    def wait_for_all(self):
        self.pods.wait_ready(*PODS, within=180)
        def members():
            noted = self.lease()["metadata"].get("annotations", {})
            return json.loads(noted.get("redis-agent.io/members", "[]"))
        wait_until(lambda: len(members()) == 2,
                   "both replicas to be in sync", 60, on_failure=lambda: json.dumps(self.lease()))

    def move_primary(self):
        """By a drain of its pod's node: it cannot come back before another one has taken over."""
        old, term = self.holder(), self.term()
        node = self.pods.pod(old)["spec"]["nodeName"]
        try:
            self.cluster.kubectl("drain", node, f"--pod-selector={ROUTE}={old}",
                                 "--delete-emptydir-data", "--timeout=150s", timeout=180)
            new = self.wait_for_primary(term)
            self.assertNotEqual(new, old)
        finally:
            self.cluster.kubectl("uncordon", node)
        self.wait_for_all()
        self.assertEqual(self.holder(), new)
        return old, new

    def switch_over(self, pod=""):
        """As a person does, in the primary's pod."""
        to = ("--to", pod) if pod else ()
        return self.pods.kubectl("exec", self.holder(), "-c", "agent", "--", "redis-agent",
                                 "switchover", *to).strip()

    # --- clients ---

    def start_client(self, name, *command, **spec):
        self.pods.kubectl("delete", "pod", name, "--ignore-not-found")
        pod = client_pod(name, list(command), restartPolicy="Never", **spec,
                         **getattr(self, "place_of_clients", {}))
        pod["spec"]["containers"][0]["env"] = [{"name": "REDISCLI_AUTH", "value": PASSWORD}]
        self.pods.apply(pod)

    def start_load(self, seconds=900):
        self.pods.redis("redis-master", "set", "load:kept", "yes")
        self.start_client("load", "python3", "/programs/load.py", "redis-master", "redis-slave",
                          str(seconds))
        self.wait_for_writes(300)

    def start_applications(self):
        """With the libraries that most use, where test/cluster/libraries could fetch them."""
        image, libraries = images.IMAGES["clients"]
        self.has_applications = libraries.exists()
        if not self.has_applications:
            return self.saw("no applications with redis-py and ioredis: test/cluster/libraries")
        return self.start_client(
            "applications", "sh", "-c", "python3 /programs/redis_py.py redis-master & "
            "node /programs/ioredis.js redis-master & wait", image=image)

    def wait_for_writes(self, more):
        """So many more of the load's, from now on, through the Service."""
        def count():
            told = self.pods.redis("redis-master", "dbsize", check=False)
            return int(told) if told.isdigit() else None
        before = wait_until(lambda: count() or None, "the Service to answer", 60)
        wait_until(lambda: (count() or 0) > before + more, f"{more} more writes", 90)

    def results(self, name):
        """What a client has printed, once it is told to end."""
        self.pods.kubectl("exec", name, "--", "touch", "/tmp/stop")
        wait_until(lambda: self.pods.pod(name)["status"]["phase"] == "Succeeded",
                   f"{name} to end", 120, on_failure=lambda: self.pods.describe(name))
        return [json.loads(line) for line in self.pods.kubectl("logs", name).splitlines()]

    def end_load(self, what, gap=GAP_MAX, lost=0):
        seen, = self.results("load")
        self.saw(f"{what}: {seen}")
        self.assertEqual(self.last_words(), "")
        self.assertGreater(seen["acknowledged"], 300)
        self.assertLessEqual(len(seen["missing"]), lost)
        self.assertEqual(seen["empty_reads"], 0)
        self.assertLess(max(seen["gaps"], default=0), gap)
        return seen

    def end_applications(self, gap=GAP_MAX, by_default=GAP_MAX, lost=0):
        """All write again, and those that are set up as k8s/README.md says are told of no error but
        what it names."""
        if not self.has_applications:
            return
        told = self.results("applications")
        for seen in told:
            self.saw(str(seen))
        self.assertEqual(len(told), 4)
        for seen in told:
            self.assertLessEqual(len(seen["missing"]), lost, seen)
            self.assertLess(seen["gap"], by_default, seen)
            if seen["name"].endswith("as told"):
                self.assertEqual([e for e in seen["errors"] if "NOREPLICAS" not in e], [], seen)
                self.assertLess(seen["gap"], gap, seen)
