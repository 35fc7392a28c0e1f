"""A real Prometheus finds every agent by Kubernetes discovery, also of a pod that is not ready."""

import json
import unittest

import images
from cluster import wait_until
from namespace import client_pod
from cluster_test_case import PODS, ClusterTestCase, main

CONFIG = """
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: redis
    kubernetes_sd_configs: [{role: pod, namespaces: {own_namespace: true}}]
    relabel_configs:
      - {source_labels: [__meta_kubernetes_pod_container_port_name], regex: metrics, action: keep}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
"""


class Prometheus(ClusterTestCase):
    namespace = "prometheus"

    @classmethod
    def setUpClass(cls):
        if not images.IMAGES["prometheus"][1].exists():
            raise unittest.SkipTest(
                "a Prometheus that knows Kubernetes is not here: test/cluster/prometheus builds it"
            )
        super().setUpClass()
        cls.install_topology()
        cls.start_prometheus()

    @classmethod
    def start_prometheus(cls):
        pod = client_pod(
            "prometheus",
            [
                "prometheus",
                "--config.file=/etc/scrape/prometheus.yml",
                "--storage.tsdb.path=/tmp/data",
            ],
            image=images.IMAGES["prometheus"][0],
            serviceAccountName="prometheus",
        )
        container = pod["spec"]["containers"][0]
        container["volumeMounts"].append({"name": "scrape", "mountPath": "/etc/scrape"})
        pod["spec"]["volumes"].append({"name": "scrape", "configMap": {"name": "scrape"}})
        who = {"kind": "ServiceAccount", "name": "prometheus"}
        rbac = "rbac.authorization.k8s.io"
        cls.pods.apply(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "scrape"},
                "data": {"prometheus.yml": CONFIG},
            },
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "prometheus"}},
            {
                "apiVersion": f"{rbac}/v1",
                "kind": "Role",
                "metadata": {"name": "prometheus"},
                "rules": [
                    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}
                ],
            },
            {
                "apiVersion": f"{rbac}/v1",
                "kind": "RoleBinding",
                "metadata": {"name": "prometheus"},
                "subjects": [who],
                "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "prometheus"},
            },
            pod,
        )
        cls.pods.wait_ready("prometheus")

    def values(self, query):
        """The value for each pod."""
        text = self.pods.kubectl(
            "exec",
            "prometheus",
            "--",
            "curl",
            "-s",
            "--data-urlencode",
            f"query={query}",
            "http://127.0.0.1:9090/api/v1/query",
            check=False,
        )
        result = json.loads(text)["data"]["result"] if text else []
        return {entry["metric"]["pod"]: entry["value"][1] for entry in result}

    def test_01_every_agent_is_scraped(self):
        wait_until(
            lambda: self.values("up") == {pod: "1" for pod in PODS},
            "all targets to be up",
            60,
            on_failure=lambda: self.pods.kubectl("logs", "prometheus", "--tail=20"),
        )
        self.assertEqual(
            self.values("max by (pod) (redis_agent_ready)"), {pod: "1" for pod in PODS}
        )
        self.saw(f"up {self.values('up')}")

    def test_02_also_of_a_pod_that_is_not_ready(self):
        if not self.pods.signal("redis-slave-1", "redis", "STOP"):
            self.skipTest("nothing runs a command on this cluster's node: CLUSTER_NODE may name it")
        self.addCleanup(self.pods.signal, "redis-slave-1", "redis", "CONT")
        wait_until(lambda: not self.pods.is_ready("redis-slave-1"), "the pod to be not ready", 30)
        expected = {pod: "0" if pod == "redis-slave-1" else "1" for pod in PODS}
        wait_until(
            lambda: self.values("max by (pod) (redis_agent_ready)") == expected,
            "the metric to say so",
            30,
        )
        self.assertEqual(self.values("up"), {pod: "1" for pod in PODS})
        self.saw(f"redis_agent_ready {expected}, up {self.values('up')}")


if __name__ == "__main__":
    main()
