"""What the tests of TLS share: what servers and agents show of certificates, and clients that write
and read all the time, by plain TCP or with a certificate of a Secret."""

import json
import tempfile
import time

from cluster import wait_until
from cluster_test_case import PASSWORD, PODS, ClusterTestCase
from namespace import client_pod

MASTER = PODS[0]
SOCKET = "/run/redis-agent/redis.sock"


class TlsTestCase(ClusterTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(place.cleanup)
        cls.folder = place.name
        cls.pods.create()
        cls.pods.secret(PASSWORD.encode())
        cls.provide()
        cls.pods.start_tools()

    @classmethod
    def provide(cls):
        """The Secret of certificates."""
        raise NotImplementedError

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

    def wait_until_shown(self, pod, end, within=150, tolerance=0.5):
        """A certificate that ends then, in seconds since 1970."""
        expiry = 'redis_agent_certificate_expiry_timestamp_seconds{file="served"}'
        wait_until(
            lambda: abs(self.metric(pod, expiry) - end) < tolerance,
            f"{pod} to show the new certificate",
            within,
            on_failure=lambda: self.pods.describe(pod),
        )
        self.assertEqual(self.metric(pod, "redis_agent_certificate_served"), 1)

    def look_again(self, *pods):
        """A kubelet looks at a pod's Secrets anew when the pod changes, else once a minute."""
        for pod in pods:
            self.pods.kubectl("annotate", "--overwrite", "pod", pod, f"looked={time.time_ns()}")

    def full_syncs(self):
        stats = self.local(MASTER, "info", "stats").split()
        return next(line for line in stats if line.startswith("sync_full:"))

    def start_load(self, name, secret=None, port="6379"):
        """By TLS with the certificate of that Secret."""
        pod = client_pod(
            name,
            ["python3", "/programs/load.py", "redis-master", "redis-slave", "900"],
            restartPolicy="Never",
        )
        container = pod["spec"]["containers"][0]
        variables = {"REDISCLI_AUTH": PASSWORD, "LOAD_PORT": port}
        if secret:
            variables["LOAD_TLS"] = "/tls"
            pod["spec"]["volumes"].append({"name": "tls", "secret": {"secretName": secret}})
            container["volumeMounts"].append({"name": "tls", "mountPath": "/tls"})
        container["env"] = [{"name": key, "value": value} for key, value in variables.items()]
        self.pods.apply(pod)

    def wait_for_writes(self, more):
        def count():
            return int(self.local(MASTER, "dbsize"))

        before = count()
        wait_until(lambda: count() > before + more, f"{more} more writes", 60)

    def check_load(self, name):
        """What it saw, of which no key is missing and no read empty."""
        self.pods.kubectl("exec", name, "--", "touch", "/tmp/stop")
        wait_until(
            lambda: self.pods.pod(name)["status"]["phase"] == "Succeeded",
            f"{name} to end",
            120,
            on_failure=lambda: self.pods.describe(name),
        )
        seen = json.loads(self.pods.kubectl("logs", name))
        self.saw(f"{name}: {seen}")
        self.assertGreater(seen["acknowledged"], 1000)
        self.assertGreater(seen["reads"], 1000)
        self.assertEqual(seen["missing"], [])
        self.assertEqual(seen["empty_reads"], 0)
        return seen
