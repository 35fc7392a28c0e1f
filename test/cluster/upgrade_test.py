"""From the article's own manifests, with data, to k8s/redis.yaml, and from there to Helm."""

import pathlib
import time

from cluster import CHART, PROJECT, wait_until
from cluster_test_case import PASSWORD, PODS, ClusterTestCase, main
from storage import provide_storage_class

KEYS = 20000


class Upgrade(ClusterTestCase):
    namespace = "redis"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        provide_storage_class(cls.cluster)
        cls.pods.cluster.kubectl("create", "namespace", "redis")
        cls.pods.secret(PASSWORD.encode())
        cls.pods.start_tools()
        cls.pods.kubectl("apply", "-f", str(pathlib.Path(__file__).with_name("article.yaml")))
        cls.pods.wait_ready(*PODS)

    def keys(self, host):
        """How many of the keys are there with their values; the values are the keys."""
        return int(
            self.pods.redis(
                host,
                "eval",
                """
            local n = 0
            for i = 1, tonumber(ARGV[1]) do
              if redis.call('get', 'key:' .. i) == tostring(i) then n = n + 1 end
            end
            return n""",
                "0",
                str(KEYS),
            )
        )

    def test_01_kubectl_apply_keeps_every_key(self):
        self.pods.redis(
            "redis-master",
            "eval",
            """
            for i = 1, tonumber(ARGV[1]) do redis.call('set', 'key:' .. i, tostring(i)) end""",
            "0",
            str(KEYS),
        )
        self.assertEqual(self.keys("redis-master"), KEYS)
        before = {name: self.pods.pod(name)["metadata"]["uid"] for name in PODS}
        old = (
            self.pods.redis("redis-master", "info", "server").split("redis_version:")[1].split()[0]
        )
        # As the README has it: the article's primary would keep nothing when it ends.
        self.assertEqual(self.pods.redis("redis-master", "config", "set", "save", "3600 1"), "OK")
        begin = time.monotonic()
        self.pods.kubectl("apply", "-f", str(PROJECT / "k8s/redis.yaml"))
        for name in PODS:
            wait_until(
                lambda name=name: self.pods.pod(name)
                and self.pods.is_ready(name)
                and self.pods.pod(name)["metadata"]["uid"] != before[name],
                f"a new {name}",
                240,
                on_failure=lambda: self.pods.describe(*PODS),
            )
            # By address: CoreDNS may remember for half a minute that the name was not there.
            self.assertEqual(self.keys(self.pods.pod(name)["status"]["podIP"]), KEYS)
        self.saw(
            f"the article's Redis {old} to 7.0.15 with agents in {time.monotonic() - begin:.1f} s, "
            f"{KEYS} of {KEYS} keys on every pod"
        )

    def test_02_helm_takes_over_without_touching_a_pod(self):
        before = {name: self.pods.pod(name)["metadata"]["uid"] for name in PODS}
        self.cluster.helm(
            "upgrade",
            "--install",
            "redis",
            str(CHART),
            "-n",
            "redis",
            "--take-ownership",
            "-f",
            str(PROJECT / "k8s/article-values.yaml"),
            "--set",
            "namespace.create=false",
        )
        self.pods.kubectl("rollout", "status", "sts/redis-slave", "--timeout=60s")
        self.assertEqual({name: self.pods.pod(name)["metadata"]["uid"] for name in PODS}, before)
        self.saw(
            "the same pods, now in `helm list`: "
            + self.cluster.helm("list", "-n", "redis", "-q").strip()
        )


if __name__ == "__main__":
    main()
