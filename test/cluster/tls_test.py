"""TLS alone with an authority of one's own in a Secret, and the kubelet's swap of that Secret."""

import pathlib
import sys
import tempfile
import time

from cluster import wait_until
from cluster_test_case import PASSWORD, PODS, ClusterTestCase, main

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
# pylint: disable=wrong-import-position
from pods.certificates import Authority

MASTER = PODS[0]
SOCKET = "/run/redis-agent/redis.sock"


class Tls(ClusterTestCase):
    namespace = "tls"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(place.cleanup)
        cls.folder = place.name
        cls.authority = Authority(cls.folder)
        cls.pods.create()
        cls.pods.secret(PASSWORD.encode())
        cls.put(cls.authority)
        cls.pods.start_tools()
        cls.pods.install(
            values={"tls": {"enabled": True, "mode": "only", "existingSecret": "redis-tls"}}
        )
        cls.pods.wait_ready(*PODS)

    @classmethod
    def put(cls, authority, seconds=30 * 86400):
        names = [f"*.redis-headless.tls{rest}" for rest in ("", ".svc", ".svc.cluster.local")]
        cls.pods.secret_files(authority.issue(*names, seconds=seconds), "redis-tls")

    def local(self, pod, *command):
        login = f"REDISCLI_AUTH={PASSWORD}"
        return self.pods.kubectl(
            "exec", pod, "-c", "redis", "--", "env", login, "redis-cli", "-s", SOCKET, *command
        ).strip()

    def metric(self, pod, name):
        """0 while it has none: of a certificate that no handshake has shown yet, say."""
        address = self.pods.pod(pod)["status"]["podIP"]
        text = self.pods.tool("curl", "-s", "-m", "2", f"http://{address}:9121/metrics")
        values = (float(line.split()[-1]) for line in text.split("\n") if line.startswith(name))
        return next(values, 0)

    def full_syncs(self):
        stats = self.local(MASTER, "info", "stats").split()
        return next(line for line in stats if line.startswith("sync_full:"))

    def test_01_replicas_go_by_tls_and_nobody_else_gets_in(self):
        self.local(MASTER, "set", "test", "frieza")
        for pod in PODS[1:]:
            wait_until(
                lambda pod=pod: self.local(pod, "get", "test") == "frieza", f"the key on {pod}", 10
            )
            self.assertEqual(self.local(pod, "config", "get", "port").split()[-1], "0")
        address = self.pods.pod(MASTER)["status"]["podIP"]
        answer = self.pods.redis(address, "get", "test", check=False)
        self.assertNotIn("frieza", answer)
        self.saw("two replicas by TLS; plain TCP gets no answer")

    def test_02_the_kubelets_swap_of_the_secret_cuts_no_link(self):
        before = self.full_syncs()
        expiry = 'redis_agent_certificate_expiry_timestamp_seconds{file="served"}'
        end = time.time() + 60 * 86400
        begin = time.monotonic()
        self.put(self.authority, seconds=60 * 86400)
        for pod in PODS:
            # A kubelet looks at a pod's Secrets anew when the pod changes, else once a minute.
            self.pods.kubectl("annotate", "pod", pod, "looked=again")
        for pod in PODS:
            wait_until(
                lambda pod=pod: abs(self.metric(pod, expiry) - end) < 3600,
                f"{pod} to show the new certificate",
                100,
                on_failure=lambda pod=pod: self.pods.describe(pod),
            )
            self.assertEqual(self.metric(pod, "redis_agent_certificate_served"), 1)
        self.assertEqual(self.full_syncs(), before)
        for pod in PODS[1:]:
            self.assertIn("master_link_status:up", self.local(pod, "info", "replication"))
        self.saw(f"all show the new one after {time.monotonic() - begin:.0f} s, {before}")


if __name__ == "__main__":
    main()
