"""The end of a primary's pod: the kubelet announces it, and no replica is left behind."""

import re

from cluster import wait_until
from cluster_test_case import PASSWORD, PODS, ClusterTestCase, main

OLD_REDIS = {"image": {"repository": "localhost/redis", "tag": "5.0.6"}}


class Ending(ClusterTestCase):
    namespace = "ending"

    def test_01_an_old_redis_ends_when_its_replicas_have_all(self):
        self.pods.create()
        self.pods.secret(PASSWORD.encode())
        self.pods.start_tools()
        self.pods.install(values=OLD_REDIS)
        self.pods.wait_ready(*PODS)
        self._wait_until_all_follow_an_address()
        self._end_the_primary_behind_a_slow_replica()
        self.assertEqual(self._last_end("replicas"), 2)
        self.assertEqual(self._last_end("acknowledged_replicas"), 2)
        self.assertEqual(self._last_end("unacknowledged_bytes"), 0)
        self.assertEqual(self._failed_hooks(), [])

    def _end_the_primary_behind_a_slow_replica(self):
        before = self._uid("redis-master-0")
        if not self.pods.signal("redis-slave-1", "redis", "STOP"):
            self.skipTest("nothing runs a command on this cluster's node: CLUSTER_NODE may name it")
        try:
            self.pods.redis("redis-master", "set", "the last", "write")
            self.pods.kubectl("delete", "pod", "redis-master-0", "--wait=false")
            wait_until(
                lambda: "CLIENT PAUSE" in self._agent_log("redis-master-0"),
                "the agent to pause the clients",
                20,
                on_failure=lambda: self.pods.describe("redis-master-0"),
            )
            self.assertEqual(self._uid("redis-master-0"), before)
        finally:
            self.pods.signal("redis-slave-1", "redis", "CONT")
        wait_until(lambda: self._uid("redis-master-0") not in (None, before), "a new primary", 60)
        self.pods.wait_ready(*PODS)
        # One that is stale is ready too.
        wait_until(
            lambda: self.pods.redis("redis-slave-1.redis-headless", "get", "the last") == "write",
            "the last write at redis-slave-1",
            20,
            on_failure=lambda: self.pods.describe("redis-slave-1"),
        )

    def _wait_until_all_follow_an_address(self):
        """A replica that its agent moves from the name to the address has no link for a moment."""
        for pod in PODS:
            if pod == "redis-master-0":
                continue
            wait_until(
                lambda pod=pod: self._follows_an_address(pod),
                f"{pod} to follow an address",
                30,
                on_failure=lambda pod=pod: self.pods.describe(pod),
            )

    def _follows_an_address(self, pod):
        told = self.pods.redis(f"{pod}.redis-headless", "info", "replication")
        return re.search(r"master_host:\d", told) and "master_link_status:up" in told

    def _uid(self, name):
        pod = self.pods.pod(name)
        return pod and pod["metadata"]["uid"]

    def _agent_log(self, pod):
        return self.pods.kubectl("logs", pod, "-c", "agent")

    def _last_end(self, what):
        address = self.pods.pod("redis-master-0")["status"]["podIP"]
        name = f"redis_agent_last_end_{what} "
        text = self.pods.tool("curl", "-s", f"http://{address}:9121/metrics")
        return float(next(line for line in text.splitlines() if line.startswith(name)).split()[1])

    def _failed_hooks(self):
        events = self.pods.get("events")["items"]
        return [event["message"] for event in events if event["reason"] == "FailedPreStopHook"]


if __name__ == "__main__":
    main()
