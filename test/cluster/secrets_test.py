"""Passwords: hostile bytes, a Secret that is missing, one side with another password."""

from cluster import wait_until
from cluster_test_case import PODS, ClusterTestCase, main

HOSTILE = "q\"uo'te \\back$lash `tick` #hash\t\u00e9\u20ac{{ }}%s"


class Secrets(ClusterTestCase):
    namespace = "secrets"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pods.create()
        cls.pods.start_tools()

    def test_01_a_missing_secret_is_named_where_describe_shows_it(self):
        self.pods.install()
        wait_until(
            lambda: 'secret "redis-secret" not found'
            in self.pods.kubectl("describe", "pod", PODS[0]),
            "describe to name the Secret",
            60,
            on_failure=lambda: self.pods.describe(PODS[0]),
        )
        self.assertFalse(self.pods.is_ready(PODS[0]))
        text = self.pods.kubectl("describe", "pod", PODS[0])
        self.saw(next(line.strip() for line in text.split("\n") if "not found" in line))

    def test_02_hostile_bytes_work_once_the_secret_is_there(self):
        self.pods.secret(HOSTILE.encode())
        seconds = self.pods.wait_ready(*PODS, within=240)
        self.assertEqual(
            self.pods.redis("redis-master", "set", "test", "frieza", password=HOSTILE), "OK"
        )
        wait_until(
            lambda: self.pods.redis("redis-slave", "get", "test", password=HOSTILE) == "frieza",
            "the value on a replica",
            10,
        )
        self.saw(f"{HOSTILE!r} works, ready {seconds:.1f} s after the Secret came")

    def test_03_a_replica_with_another_password_says_so_everywhere(self):
        self.pods.secret(b"another")
        self.pods.kubectl("delete", "pod", "redis-slave-0", "--wait=false")
        wait_until(
            lambda: self._reason().startswith("never_in_sync"),
            "/readyz to give the reason",
            90,
            on_failure=lambda: self.pods.describe("redis-slave-0"),
        )
        reason = wait_until(
            lambda: self._reason() if "password" in self._reason() else "",
            "/readyz to name the password",
            30,
            on_failure=self._reason,
        )
        logs = self.pods.kubectl("logs", "redis-slave-0", "-c", "agent")
        self.assertIn("password", logs)
        wait_until(
            lambda: "Readiness probe failed"
            in self.pods.kubectl("describe", "pod", "redis-slave-0"),
            "describe to show the failing probe",
            30,
        )
        self.assertNotIn("another", logs + reason)
        self.saw(reason)

    def test_04_the_right_password_again_heals_it(self):
        self.pods.secret(HOSTILE.encode())
        self.pods.kubectl("delete", "pod", "redis-slave-0")
        self.pods.wait_ready(*PODS)

    def _reason(self):
        pod = self.pods.pod("redis-slave-0")
        if not pod or not pod["status"].get("podIP"):
            return ""
        return self.pods.tool(
            "curl", "-s", "-m", "1", f"http://{pod['status']['podIP']}:9121/readyz", check=False
        )


if __name__ == "__main__":
    main()
