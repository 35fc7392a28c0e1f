"""Every step of the article's walkthrough on k8s/redis.yaml as it stands."""

import re
import time

from cluster import CHART, PROJECT, wait_until
from namespace import condition
from cluster_test_case import PASSWORD, PODS, ClusterTestCase, main
from storage import provide_storage_class

DOMAIN = "redis-headless.redis.svc.cluster.local"


class Walkthrough(ClusterTestCase):
    namespace = "redis"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        provide_storage_class(cls.cluster)
        cls.pods.create()
        cls.pods.start_tools()

    def manifests(self):
        if self.cluster.sidecar_is_native:
            return (PROJECT / "k8s/redis.yaml").read_text()
        return self.cluster.helm(
            "template",
            "redis",
            str(CHART),
            "-n",
            "redis",
            "-f",
            str(PROJECT / "k8s/article-values.yaml"),
            "--set",
            "agent.nativeSidecar=false",
            "--kube-version",
            "1.28.0",
        )

    def test_01_all_pods_ready_in_order_and_replicas_with_data_only(self):
        self.pods.kubectl(
            "create", "secret", "generic", "redis-secret", f"--from-literal=password={PASSWORD}"
        )
        begin = time.monotonic()
        self.pods.kubectl("apply", "-f", "-", stdin=self.manifests())
        ready_at, reasons = {}, []

        def all_ready():
            for name in PODS:
                if name not in ready_at and self.pods.is_ready(name):
                    ready_at[name] = time.monotonic() - begin
                    if "slave" in name:
                        self.assertIn(
                            "master_link_status:up",
                            self.pods.redis(
                                self.pods.pod(name)["status"]["podIP"], "info", "replication"
                            ),
                        )
                elif name.startswith("redis-slave") and name not in ready_at:
                    reasons.append(self._reason_of(name))
            return len(ready_at) == len(PODS)

        wait_until(
            all_ready, "all pods to be ready", 180, on_failure=lambda: self.pods.describe(*PODS)
        )
        self.assertLess(ready_at["redis-slave-0"], ready_at["redis-slave-1"])
        shown = ", ".join(f"{name} after {seconds:.1f} s" for name, seconds in ready_at.items())
        self.saw(f"apply to ready: {shown}; before that {sorted(set(filter(None, reasons)))}")

    def _reason_of(self, name):
        pod = self.pods.pod(name)
        if not pod or not pod["status"].get("podIP"):
            return ""
        text = self.pods.tool(
            "curl", "-s", "-m", "1", f"http://{pod['status']['podIP']}:9121/readyz", check=False
        )
        return text.split(":")[0].strip()

    def test_02_dig_finds_every_pod_by_a_and_srv(self):
        addresses = {self.pods.pod(name)["status"]["podIP"] for name in PODS}
        answer = self.pods.tool("dig", "+noall", "+answer", DOMAIN)
        self.assertEqual(set(re.findall(r"IN\s+A\s+(\S+)", answer)), addresses)
        answer = self.pods.tool("dig", "+noall", "+answer", "SRV", DOMAIN)
        found = set(re.findall(r"IN\s+SRV\s+\d+ \d+ 6379 (\S+)\.", answer))
        self.assertEqual(found, {f"{name}.{DOMAIN}" for name in PODS})
        self.saw(" | ".join(answer.split("\n")[:3]))

    def test_03_set_on_the_primary_get_on_each_replica_and_readonly_there(self):
        self.assertEqual(self.pods.redis(f"redis-master-0.{DOMAIN}", "set", "test", "frieza"), "OK")
        for name in PODS:
            wait_until(
                lambda name=name: self.pods.redis(f"{name}.{DOMAIN}", "get", "test") == "frieza",
                f"the value on {name}",
                5,
            )
        for host in (f"redis-slave-0.{DOMAIN}", f"redis-slave-1.{DOMAIN}", "redis-slave.redis"):
            refusal = self.pods.redis(host, "set", "error", "read-only")
            self.assertIn("READONLY You can't write against a read only replica.", refusal)
        self.assertEqual(self.pods.redis("redis-master.redis", "set", "through", "service"), "OK")
        wait_until(
            lambda: self.pods.redis("redis-slave.redis", "get", "through") == "service",
            "the value through redis-slave",
            5,
        )
        self.saw(refusal)

    def test_04_a_deleted_replica_comes_back_with_its_volume_and_data(self):
        before = self.pods.pod("redis-slave-0")
        claim = self.pods.get("pvc", "redis-data-redis-slave-0")["spec"]["volumeName"]
        begin = time.monotonic()
        self.pods.kubectl("delete", "pod", "redis-slave-0", "--wait=false")
        stale = []

        def is_back():
            addresses = self._addresses_of_the_read_service()  # first, as they follow the pod
            pod = self.pods.pod("redis-slave-0")
            if not pod or pod["metadata"]["uid"] == before["metadata"]["uid"]:
                return False
            if condition(pod, "Ready"):
                return True
            if pod["status"].get("podIP") in addresses:
                stale.append(pod["status"]["podIP"])
            return False

        wait_until(
            is_back, "redis-slave-0 to be back", 120, on_failure=lambda: self.pods.describe(*PODS)
        )
        seconds = time.monotonic() - begin
        self.assertEqual(stale, [], "the read Service listed it while it was not ready")
        self.pods.wait_for_value(f"redis-slave-0.{DOMAIN}", "test", "frieza")
        self.assertEqual(
            self.pods.get("pvc", "redis-data-redis-slave-0")["spec"]["volumeName"], claim
        )
        self.saw(f"deleted to ready: {seconds:.1f} s, volume {claim}")

    def _addresses_of_the_read_service(self):
        slices = self.pods.get("endpointslices", "-l", "kubernetes.io/service-name=redis-slave")[
            "items"
        ]
        return {
            address
            for entry in slices
            for endpoint in entry.get("endpoints") or []
            if endpoint["conditions"].get("ready")
            for address in endpoint["addresses"]
        }

    def test_05_scaled_to_three_and_back_to_two(self):
        self.pods.kubectl("scale", "--replicas=3", "sts/redis-slave")
        seconds = self.pods.wait_ready("redis-slave-2")
        self.pods.wait_for_value(f"redis-slave-2.{DOMAIN}", "test", "frieza")
        self.pods.kubectl("scale", "--replicas=2", "sts/redis-slave")
        wait_until(lambda: self.pods.pod("redis-slave-2") is None, "redis-slave-2 to be gone", 120)
        self.assertTrue(all(self.pods.is_ready(name) for name in PODS))
        self.saw(f"scaled to ready, with data: {seconds:.1f} s")

    def test_06_status_shows_every_pod(self):
        table = self.pods.kubectl(
            "exec", "redis-slave-1", "-c", "agent", "--", "redis-agent", "status"
        )
        for name in PODS:
            self.assertRegex(table, rf"{name} +(primary|replica) +yes")
        print(table)

    def test_07_no_secret_in_argv_or_environment(self):
        for pod in PODS:
            argv = self.pods.kubectl("exec", pod, "-c", "redis", "--", "cat", "/proc/1/cmdline")
            self.assertIn("redis-server", argv)
            self.assertNotIn(PASSWORD, argv)
            self.assertNotIn(PASSWORD, str(self.pods.pod(pod)))
            self.assertNotIn("secretKeyRef", str(self.pods.pod(pod)))
            logs = self.pods.kubectl("logs", pod, "--all-containers")
            self.assertNotIn(PASSWORD, logs)
        self.saw(argv.strip("\0 ").replace("\0", " "))


if __name__ == "__main__":
    main()
