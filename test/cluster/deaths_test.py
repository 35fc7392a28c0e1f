"""What dies in a pod, what restarts, what stays, and who is ready when."""

import time

from cluster import wait_until
from namespace import condition
from cluster_test_case import PODS, ClusterTestCase, main


class Deaths(ClusterTestCase):
    namespace = "deaths"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.install_topology()
        cls.pods.redis("redis-master", "set", "test", "frieza")

    def killed(self, pod, container):
        """Kills it, waits until the pod is ready again, and tells how long what took."""
        before = self.pods.restarts(pod)
        begin = time.monotonic()
        if not self.pods.signal(pod, container, "KILL"):
            self.skipTest("nothing runs a command on this cluster's node: CLUSTER_NODE may name it")
        wait_until(
            lambda: self.pods.restarts(pod)[container] > before[container],
            f"{container} to restart",
            60,
        )
        wait_until(
            lambda: self.pods.is_ready(pod),
            f"{pod} to be ready again",
            120,
            on_failure=lambda: self.pods.describe(pod),
        )
        after = self.pods.restarts(pod)
        self.saw(
            f"{container} of {pod} killed: ready again after {time.monotonic() - begin:.1f} s, "
            f"restarts {before} to {after}"
        )
        return {name: after[name] - before[name] for name in after}

    def test_01_the_agents_death_restarts_the_agent_alone_and_it_goes_on_watching(self):
        for pod in ("redis-slave-0", "redis-master-0"):
            uptime = self._uptime(pod)
            self.assertEqual(self.killed(pod, "agent"), {"redis": 0, "agent": 1})
            self.assertGreaterEqual(self._uptime(pod), uptime)
        # The new agent goes on: a replica that is made a primary by hand is sent back, by address.
        host = "redis-slave-0.redis-headless"
        self.pods.redis(host, "replicaof", "no", "one")
        wait_until(
            lambda: "role:slave" in self.pods.redis(host, "info", "replication"),
            "the new agent to send its replica back",
            10,
            on_failure=lambda: self.pods.readyz("redis-slave-0"),
        )
        self.assertNotIn("master_host:redis", self.pods.redis(host, "info", "replication"))
        self.pods.wait_ready("redis-slave-0")

    def test_02_redis_death_restarts_redis_alone_with_its_data(self):
        self.assertEqual(self.killed("redis-slave-1", "redis"), {"redis": 1, "agent": 0})
        self.assertEqual(self.pods.redis("redis-slave-1.redis-headless", "get", "test"), "frieza")
        # A plain primary's RDB is what is left of it after a kill.
        self.pods.redis("redis-master", "save")
        self.assertEqual(self.killed("redis-master-0", "redis"), {"redis": 1, "agent": 0})
        for pod in PODS:
            self.pods.wait_ready(pod)
            self.assertEqual(self.pods.redis(f"{pod}.redis-headless", "get", "test"), "frieza")

    def test_03_a_stopped_redis_is_not_ready_within_seconds(self):
        if not self.pods.signal("redis-slave-1", "redis", "STOP"):
            self.skipTest("nothing runs a command on this cluster's node: CLUSTER_NODE may name it")
        begin = time.monotonic()
        try:
            wait_until(lambda: not self.pods.is_ready("redis-slave-1"), "it to be not ready", 30)
            self.saw(
                f"stopped Redis: not ready after {time.monotonic() - begin:.1f} s, "
                f"{self.pods.readyz('redis-slave-1')}"
            )
        finally:
            self.pods.signal("redis-slave-1", "redis", "CONT")
        self.pods.wait_ready("redis-slave-1")

    def test_04_a_restarted_kubelet_restarts_nothing(self):
        before = {pod: self.pods.restarts(pod) for pod in PODS}
        if not self.cluster.restart_kubelet():
            self.skipTest("this cluster's kubelet cannot be restarted from here")
        # Long enough for a kubelet that forgets its probes to show it.
        unready = set()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            unready |= {pod for pod in PODS if not condition(self.pods.pod(pod), "Ready")}
        self.pods.wait_ready(*PODS)
        self.assertEqual({pod: self.pods.restarts(pod) for pod in PODS}, before)
        self.saw(f"restarts {before} as before, not ready meanwhile: {sorted(unready) or 'none'}")

    def _uptime(self, pod):
        info = self.pods.redis(f"{pod}.redis-headless", "info", "server")
        return int(info.split("uptime_in_seconds:")[1].split()[0])


if __name__ == "__main__":
    main()
