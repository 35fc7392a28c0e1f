"""The primary moves: what the chart's lock, route and rights are worth on a cluster.

Installed by a namespace's admin, in one StatefulSet. A client writes through the Service all the
time; what it loses and for how long it waits is printed.
"""

import json
import pathlib
import tempfile
import time
import unittest

from cluster import CHART, ClusterError, wait_until
from namespace import client_pod
from cluster_test_case import PASSWORD, ClusterTestCase, main, the_cluster
from readme import commands, run_commands

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
        """Of agents that have ended and were started again."""
        return "\n".join(
            f"--- {pod}: {self.pods.container(pod, 'agent').get('lastState')}\n"
            + self.pods.kubectl("logs", pod, "-c", "agent", "--previous", check=False)
            for pod in PODS if self.pods.pod(pod) and self.pods.restarts(pod)["agent"])

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
            holder = self.holder()
            is_right = holder and self.term() > term and self.selector() == {ROUTE: holder}
            return holder if is_right else None
        return wait_until(look, f"a primary in a term after {term}", within, on_failure=lambda: (
            f"{self.holder()} in term {self.term()}: {self.selector()}"))

    def wait_for_all(self):
        self.pods.wait_ready(*PODS, within=180)
        members = "redis-agent.io/members"
        wait_until(lambda: len(json.loads(self.lease()["metadata"]["annotations"][members])) == 2,
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

    # --- clients ---

    def start_load(self, seconds=600):
        self.pods.kubectl("delete", "pod", "load", "--ignore-not-found")
        self.pods.redis("redis-master", "set", "load:kept", "yes")
        pod = client_pod("load", ["python3", "/programs/load.py", "redis-master", "redis-slave",
                                  str(seconds)], restartPolicy="Never",
                         **getattr(self, "place_of_clients", {}))
        pod["spec"]["containers"][0]["env"] = [{"name": "REDISCLI_AUTH", "value": PASSWORD}]
        self.pods.apply(pod)
        self.wait_for_writes(300)

    def wait_for_writes(self, more):
        """So many more of the load's, from now on, through the Service."""
        def count():
            told = self.pods.redis("redis-master", "dbsize", check=False)
            return int(told) if told.isdigit() else None
        before = wait_until(lambda: count() or None, "the Service to answer", 60)
        wait_until(lambda: (count() or 0) > before + more, f"{more} more writes", 90)

    def end_load(self, what, gap=GAP_MAX, lost=0):
        self.pods.kubectl("exec", "load", "--", "touch", "/tmp/stop")
        wait_until(lambda: self.pods.pod("load")["status"]["phase"] == "Succeeded",
                   "the load to end", 120, on_failure=lambda: self.pods.describe("load"))
        seen = json.loads(self.pods.kubectl("logs", "load"))
        self.saw(f"{what}: {seen}")
        self.assertEqual(self.last_words(), "")
        self.assertGreater(seen["acknowledged"], 300)
        self.assertLessEqual(len(seen["missing"]), lost)
        self.assertEqual(seen["empty_reads"], 0)
        self.assertLess(max(seen["gaps"], default=0), gap)


class Failover(FailoverTestCase):
    namespace = "failover"

    def test_01_a_namespaces_admin_installs_it(self):
        self.install()
        self.pods.wait_ready(*PODS, within=180)
        self.assertEqual(self.wait_for_primary(), "redis-0")
        self.wait_for_all()
        self.assertEqual(self.pods.redis("redis-master", "set", "test", "frieza"), "OK")
        self.pods.wait_for_value("redis-2.redis-headless", "test", "frieza")

    def test_02_the_agents_rights_are_these_alone(self):
        account = f"--as=system:serviceaccount:{self.namespace}:redis"
        for verb, what, may in (
            ("get", "lease/redis", True), ("update", "lease/redis", True),
            ("watch", "lease/redis", True), ("patch", "service/redis-master", True),
            ("get", "service/redis-master", True), ("update", "service/redis-master", False),
            ("patch", "service/redis-slave", False), ("get", "lease/other", False),
            ("create", "leases", False), ("list", "leases", False),
            ("delete", "lease/redis", False),
            ("get", "pods", False), ("patch", "pods", False), ("get", "secrets", False),
        ):
            answer = self.pods.kubectl("auth", "can-i", verb, what, account, check=False).strip()
            self.assertEqual(answer, "yes" if may else "no", (verb, what))

    def test_03_redis_has_no_token(self):
        found = self.pods.kubectl("exec", "redis-0", "-c", "redis", "--", "sh", "-c",
                                  "ls /var/run/secrets/kubernetes.io 2>&1 || true")
        self.assertIn("No such file", found)

    def test_04_the_primarys_pod_is_deleted(self):
        self.wait_for_all()
        self.start_load()
        old, term = self.holder(), self.term()
        self.pods.kubectl("delete", "pod", old, "--wait=false")
        new = self.wait_for_primary(term)
        self.wait_for_writes(100)
        self.wait_for_all()
        self.assertEqual(self.holder(), new)  # it stays where it is
        self.assertNotEqual(new, old)
        self.end_load(f"{old} deleted, {new} took over", gap=5)

    def test_05_the_primarys_pod_is_deleted_by_force(self):
        self.start_load()
        old, term = self.holder(), self.term()
        self.pods.kubectl("delete", "pod", old, "--force", "--grace-period=0")
        new = self.wait_for_primary(term)
        self.wait_for_writes(100)
        self.wait_for_all()
        self.end_load(f"{old} deleted by force, {new} took over", lost=LOST_MAX)

    def test_06_the_primarys_node_is_drained(self):
        self.start_load()
        old, new = self.move_primary()
        self.end_load(f"{old} drained, {new} took over", gap=5)

    def test_07_what_the_agents_wrote_stays_whoever_applies_the_chart_again(self):
        self.start_load()
        before = (self.holder(), self.term(), self.selector())
        rendered = self.cluster.helm(
            "template", "redis", CHART, "-n", self.namespace, "--skip-tests", "-f", "-",
            "--kube-version", self.cluster.version(), stdin=json.dumps(VALUES))
        server = ("--server-side", "--force-conflicts")
        for what in ((), (), server, server):
            self.pods.kubectl("apply", *what, "-f", "-", stdin=rendered)
            self.assertEqual(self.selector(), before[2], what)
        for more in ({}, {"podDisruptionBudget": {"enabled": False}}, {}):
            self.install(**more)
            self.assertEqual(self.selector(), before[2], more)
        self.assertEqual((self.holder(), self.term(), self.selector()), before)
        self.end_load("applied four times and upgraded three times", gap=1.5)

    def test_08_a_rolling_update(self):
        self.start_load()
        uids = {pod: self.pods.pod(pod)["metadata"]["uid"] for pod in PODS}
        begin = time.monotonic()
        self.install(podAnnotations={"again": "yes"})
        for pod in PODS:
            wait_until(lambda pod=pod: self.pods.pod(pod)
                       and self.pods.pod(pod)["metadata"]["uid"] != uids[pod]
                       and self.pods.is_ready(pod), f"a new {pod}", 240,
                       on_failure=lambda: self.pods.describe(*PODS))
        self.wait_for_all()
        self.end_load(f"rolled in {time.monotonic() - begin:.0f} s", gap=5)

    # --- switched off and on, with data in it ---

    def wait_for_the_mode(self, is_on):
        """All pods are of the new template, and ready."""
        def is_rolled(pod):
            found = self.pods.pod(pod)
            has_lock = "REDIS_AGENT_FAILOVER" in json.dumps(found or {})
            return found and has_lock == is_on and self.pods.is_ready(pod)
        for pod in PODS:
            wait_until(lambda pod=pod: is_rolled(pod), f"{pod} to be restarted", 240,
                       on_failure=lambda: self.pods.describe(*PODS))

    def follow_readme(self, part):
        script = commands(part).replace("-n redis", f"-n {self.namespace}")
        ended = run_commands(self.cluster, script)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)

    def test_09_it_is_not_switched_off_while_another_pod_is_the_primary(self):
        while self.holder() == "redis-0":
            self.move_primary()
        off = ("--set", "failover.enabled=false")
        with self.assertRaisesRegex(ClusterError, "switchover --to redis-0"):
            self.install(*off)
        self.assertEqual(self.selector(), {ROUTE: self.holder()})

    def test_10_it_is_moved_on_demand(self):
        self.start_load()
        old, term = self.holder(), self.term()
        told = self.pods.kubectl("exec", old, "-c", "agent", "--", "redis-agent", "switchover",
                                 "--to", "redis-0")
        self.assertEqual(self.wait_for_primary(term), "redis-0")
        self.wait_for_writes(100)
        self.wait_for_all()
        self.end_load(f"{old} to redis-0, {told.strip()!r}", gap=5)

    def test_11_off(self):
        self.start_load()
        self.follow_readme("failover off")
        self.wait_for_the_mode(False)
        self.assertEqual(self.selector()["statefulset.kubernetes.io/pod-name"], "redis-0")
        self.wait_for_writes(100)
        self.end_load("switched off")
        self.assertEqual(self.pods.redis("redis-master", "get", "test"), "frieza")

    def test_12_on_again_with_a_new_lock(self):
        self.pods.apply({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                         "metadata": {"name": "redis"},
                         "spec": {"renewTime": "2026-11-26T09:00:00.000000Z"}})
        with self.assertRaisesRegex(ClusterError, "delete lease redis"):
            self.install()
        self.pods.kubectl("delete", "lease", "redis")
        self.install("--set", "failover.enabled=false")
        self.assertNotIn("redis-failover", self.pods.kubectl("get", "roles", "-o", "name"))
        self.start_load()
        self.follow_readme("failover on")
        self.wait_for_the_mode(True)
        self.assertEqual(self.wait_for_primary(), "redis-0")
        self.wait_for_all()
        self.wait_for_writes(100)
        self.end_load("switched on")
        self.assertEqual(self.pods.redis("redis-master", "get", "test"), "frieza")


class NodeLost(FailoverTestCase):
    """Needs three nodes (CLUSTER_NODES=3) that can be cut off and killed; clients use the first."""

    namespace = "failover-nodes"

    @classmethod
    def setUpClass(cls):
        cluster = the_cluster()
        cls.first, *cls.others = cluster.nodes()
        if len(cls.others) < 2 or not cluster.own:
            raise unittest.SkipTest("needs CLUSTER_NODES=3, and a TEST_CLUSTER that has them")
        cls.place_of_clients = {"nodeSelector": {"kubernetes.io/hostname": cls.first}}
        cluster.kubectl("cordon", *cls.others)
        try:
            super().setUpClass()
        finally:
            cluster.kubectl("uncordon", *cls.others)
        cls.install()
        cls.pods.wait_ready(*PODS, within=180)

    def lose_primarys_node(self, verb):
        """Another pod takes over; then the node is back, and with it the old primary's pod."""
        self.wait_for_all()
        while self.node_of(self.holder()) == self.first:
            self.move_primary()
        self.start_load()
        old, term = self.holder(), self.term()
        node, begin = self.node_of(old), time.monotonic()
        self.cluster.do_to_node(verb, node)
        try:
            new = self.wait_for_primary(term)
            seconds = time.monotonic() - begin
            self.assertNotEqual(new, old)
            self.wait_for_writes(300)
        finally:
            self.cluster.do_to_node("join-node", node)
        self.end_load(f"{verb} {node} of {old}: {new} had lock and route after {seconds:.1f} s",
                      lost=LOST_MAX)
        self.wait_for_all()
        self.assertEqual(self.holder(), new)

    def node_of(self, pod):
        return self.pods.pod(pod)["spec"]["nodeName"]

    def test_01_cut_off(self):
        self.lose_primarys_node("cut-node")

    def test_02_dead(self):
        self.lose_primarys_node("kill-node")


if __name__ == "__main__":
    main()
