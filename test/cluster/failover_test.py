"""The primary moves: what the chart's lock, route and rights are worth on a cluster."""

import json
import time

import failover_faults  # Faults itself is no test of its own, and is not to be found here
from cluster import CHART, ClusterError, wait_until
from cluster_test_case import main
from failover_case import LOST_MAX, PODS, ROUTE, VALUES
from failover_faults import NodeLost  # pylint: disable=unused-import
from readme import commands, run_commands

SWITCHOVERS = {True: 50, False: 5}  # in a row, where there are several nodes or one


def table_of_gaps(gaps):
    """Of those that were longer than 0.2 s, as load.py lists them."""
    if not gaps:
        return "no gap of 0.2 s or more"
    rows = [("gaps over 0.2 s", len(gaps))]
    rows += [(f"p{part}", gaps[max(0, -(-len(gaps) * part // 100) - 1)]) for part in (50, 95, 100)]
    return ", ".join(f"{name} {value}" for name, value in rows)


class Failover(failover_faults.Faults):
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
        self.start_applications()
        self.wait_for_writes(300)
        old, term = self.holder(), self.term()
        self.pods.kubectl("delete", "pod", old, "--wait=false")
        new = self.wait_for_primary(term)
        self.wait_for_writes(100)
        self.wait_for_all()
        self.assertEqual(self.holder(), new)  # it stays where it is
        self.assertNotEqual(new, old)
        self.end_load(f"{old} deleted, {new} took over", gap=5)
        self.end_applications(gap=10)

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
        self.start_applications()
        self.wait_for_writes(300)
        old, new = self.move_primary()
        self.end_load(f"{old} drained, {new} took over", gap=5)
        self.end_applications(gap=10)

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
        before = self.pods.uids(*PODS)
        begin = time.monotonic()
        self.install(podAnnotations={"again": "yes"})
        self.pods.wait_renewed(before)
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
        self.start_applications()
        old, term = self.holder(), self.term()
        told = self.switch_over("redis-0")
        self.assertEqual(self.wait_for_primary(term), "redis-0")
        self.wait_for_writes(5000)  # so long would who is connected to a replica be told READONLY
        self.wait_for_all()
        self.end_load(f"{old} to redis-0, {told!r}", gap=5)
        self.end_applications(gap=5, by_default=8)

    def test_11_it_is_moved_again_and_again(self):
        self.start_load()
        count = SWITCHOVERS[self.has_several_nodes()]
        for _ in range(count):
            old, term = self.holder(), self.term()
            self.switch_over()
            self.assertNotEqual(self.wait_for_primary(term), old)
            self.assertEqual(self.term(), term + 1)
            self.wait_for_all()
        seen = self.end_load(f"{count} switchovers", gap=5)
        self.saw(table_of_gaps(seen["gaps"]))

    def test_14_off(self):
        if self.holder() != "redis-0":
            term = self.term()
            self.switch_over("redis-0")
            self.wait_for_primary(term)
            self.wait_for_all()
        self.start_load()
        self.follow_readme("failover off")
        self.wait_for_the_mode(False)
        self.assertEqual(self.selector()["statefulset.kubernetes.io/pod-name"], "redis-0")
        self.wait_for_writes(100)
        self.end_load("switched off")
        self.assertEqual(self.pods.redis("redis-master", "get", "test"), "frieza")

    def test_15_on_again_with_a_new_lock(self):
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


if __name__ == "__main__":
    main()
