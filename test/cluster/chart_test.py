"""What the chart renders, as the API server sees it; and `helm test`."""

import pathlib
import re

from cluster import CHART, PROJECT
from cluster_test_case import PODS, ClusterTestCase, main

VARIANTS = sorted((PROJECT / "test/chart/variants").glob("*.yaml"))


class Chart(ClusterTestCase):
    namespace = "chart"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pods.create()

    def test_01_the_server_takes_every_variant(self):
        for variant in VARIANTS:
            with self.subTest(variant.name):
                # What operators bring is not in this cluster.
                text = self.cluster.helm(
                    "template",
                    "redis",
                    str(CHART),
                    "-n",
                    "chart",
                    "-f",
                    str(variant),
                    "--set",
                    "podMonitor.enabled=false",
                    "--kube-version",
                    self.cluster.version(),
                )
                text = "\n---\n".join(one for one in re.split(r"^---$", text, flags=re.M)
                                      if "kind: Certificate" not in one)
                # A pod is taken only where its account is.
                for account in set(re.findall(r"serviceAccountName: (\S+)", text)):
                    self.pods.kubectl("create", "serviceaccount", account, check=False)
                answer = self.pods.kubectl("apply", "--dry-run=server", "-f", "-", stdin=text)
                self.assertIn("server dry run", answer)
                self.saw(
                    f"{pathlib.Path(variant).stem}: {answer.count('server dry run')} objects taken"
                )

    def test_02_installed_with_a_password_of_its_own_helm_test_passes(self):
        self.pods.install(values={"auth": {}})
        self.pods.wait_ready(*PODS)
        password = self.pods.get("secret", "redis-secret")["data"]["password"]
        answer = self.cluster.helm("test", "redis", "-n", "chart", "--logs")
        self.assertRegex(answer, r"Phase: +Succeeded")
        self.pods.install(values={"auth": {}, "podAnnotations": {"again": "yes"}})
        self.assertEqual(self.pods.get("secret", "redis-secret")["data"]["password"], password)
        self.saw([line for line in answer.split("\n") if "read through" in line][0])

    def test_03_uninstall_keeps_the_password_and_the_volumes(self):
        self.cluster.helm("uninstall", "redis", "-n", "chart", "--wait")
        self.assertTrue(self.pods.get("secret", "redis-secret"))
        self.assertEqual(len(self.pods.get("pvc")["items"]), len(PODS))

    def test_04_one_statefulset_for_all(self):
        values = {
            "name": "solo",
            "topology": "single",
            "auth": {},
            "redis": {"config": "repl-diskless-sync-delay 0\n", "maxmemoryPercent": 50},
        }
        self.pods.install(values=values)
        self.pods.wait_ready("solo-0", "solo-1", "solo-2")
        answer = self.cluster.helm("test", "redis", "-n", "chart", "--logs")
        self.assertRegex(answer, r"Phase: +Succeeded")
        conf = ("grep", "^maxmemory", "/run/redis-agent/redis.conf")
        limit = self.pods.kubectl("exec", "solo-1", "-c", "redis", "--", *conf)
        self.assertEqual(limit.split(), ["maxmemory", str(128 * 1024 * 1024)])
        self.saw("solo-0 is the primary of solo-1 and solo-2; " + limit.strip())


if __name__ == "__main__":
    main()
