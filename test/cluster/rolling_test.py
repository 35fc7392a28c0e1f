"""A rolling update of both StatefulSets under load."""

import json
import time

from cluster import wait_until
from namespace import client_pod
from cluster_test_case import PASSWORD, PODS, ClusterTestCase, main


class Rolling(ClusterTestCase):
    namespace = "rolling"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.install_topology()

    def test_01_no_acknowledged_write_is_lost_and_no_reader_sees_an_empty_replica(self):
        self.assertEqual(self.pods.redis("redis-master", "set", "load:kept", "yes"), "OK")
        wait_until(
            lambda: self.pods.redis("redis-slave", "get", "load:kept") == "yes",
            "the key to read",
            10,
        )
        pod = client_pod(
            "load",
            ["python3", "/programs/load.py", "redis-master", "redis-slave", "240"],
            restartPolicy="Never",
        )
        pod["spec"]["containers"][0]["env"] = [{"name": "REDISCLI_AUTH", "value": PASSWORD}]
        self.pods.apply(pod)
        wait_until(
            lambda: int(self.pods.redis("redis-master", "dbsize")) > 1000, "the load", 60
        )
        before = self.pods.uids(*PODS)
        begin = time.monotonic()
        self.pods.kubectl("rollout", "restart", "sts/redis-master", "sts/redis-slave")
        self.pods.wait_renewed(before)
        seconds = time.monotonic() - begin
        self.pods.kubectl("exec", "load", "--", "touch", "/tmp/stop")
        wait_until(
            lambda: self.pods.pod("load")["status"]["phase"] == "Succeeded",
            "the load to end",
            120,
            on_failure=lambda: self.pods.describe("load"),
        )
        seen = json.loads(self.pods.kubectl("logs", "load"))
        self.saw(
            f"rolled in {seconds:.1f} s; without a writable primary for {seen['gaps']} s; {seen}"
        )
        self.assertGreater(seen["acknowledged"], 1000)
        self.assertGreater(seen["reads"], 1000)
        self.assertEqual(seen["missing"], [])
        self.assertEqual(seen["empty_reads"], 0)


if __name__ == "__main__":
    main()
