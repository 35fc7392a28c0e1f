"""From the article's own manifests, with data, to k8s/redis.yaml, and from there to Helm."""

import pathlib
import time

from cluster_test_case import PASSWORD, PODS, ClusterTestCase, main
from readme import commands, run_commands
from storage import provide_storage_class

KEYS = 20000
FILL = "for i = 1, tonumber(ARGV[1]) do redis.call('set', 'key:' .. i, tostring(i)) end"
# How many of the keys are there with their values.
COUNT = """
    local n = 0
    for i = 1, tonumber(ARGV[1]) do
        if redis.call('get', 'key:' .. i) == tostring(i) then n = n + 1 end
    end
    return n
"""


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
        return int(self.pods.redis(host, "eval", COUNT, "0", str(KEYS)))

    def follow_readme(self, part):
        ended = run_commands(self.cluster, commands(part))
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)

    def test_01_kubectl_apply_keeps_every_key(self):
        self.pods.redis("redis-master", "eval", FILL, "0", str(KEYS))
        self.assertEqual(self.keys("redis-master"), KEYS)
        before = self.pods.uids(*PODS)
        old = (
            self.pods.redis("redis-master", "info", "server").split("redis_version:")[1].split()[0]
        )
        begin = time.monotonic()
        self.follow_readme("upgrade")
        self.pods.wait_renewed(before)
        for name in PODS:
            # By address: CoreDNS may remember for half a minute that the name was not there.
            self.assertEqual(self.keys(self.pods.pod(name)["status"]["podIP"]), KEYS)
        self.saw(
            f"the article's Redis {old} to 7.0.15 with agents in {time.monotonic() - begin:.1f} s, "
            f"{KEYS} of {KEYS} keys on every pod"
        )

    def test_02_helm_takes_over_without_touching_a_pod(self):
        before = self.pods.uids(*PODS)
        self.follow_readme("to Helm")
        self.pods.kubectl("rollout", "status", "sts/redis-slave", "--timeout=60s")
        self.assertEqual(self.pods.uids(*PODS), before)
        self.saw(
            "the same pods, now in `helm list`: "
            + self.cluster.helm("list", "-n", "redis", "-q").strip()
        )


if __name__ == "__main__":
    main()
