"""What the tests of refusals share: the same check on real servers of every age."""
from pod_test_case import PRIMARY_NAME, SERVER_NAMES, PodTestCase, eventually


class RefusalsTestCase(PodTestCase):
    def on_every_server(self, check):
        for name in SERVER_NAMES:
            with self.subTest(server=name):
                check(name.removeprefix("redis-"), self.server_program(name))
            self.world.end_pods()

    def one_primary(self, version, program, *arguments, password=b"", **settings):
        pod = self.redis_pod(PRIMARY_NAME, password, settings)
        pod.init("--redis-version", version)
        pod.start_server(*arguments, program=program)
        pod.start_sidecar()
        pod.wait_for_reason("primary_serving")
        return pod

    def pair(self, version, program, *arguments, password=b""):
        primary = self.one_primary(version, program, "--repl-diskless-sync-delay", "0",
                                   password=password)
        replica = self.redis_pod("redis-slave-0", password)
        replica.init("--redis-version", version)
        replica.start_server(*arguments, program=program)
        replica.start_sidecar()
        replica.wait_for_reason("replica_in_sync")
        return primary, replica

    def assert_not_ready(self, pod, reason, *words):
        status = pod.wait_for_reason(reason)
        self.assertFalse(status["ready"])
        for word in words:
            self.assertIn(word, status["explanation"])
        self.assertEqual(pod.get("/readyz").status, 503)
        self.assertIn(reason, pod.get("/readyz").text)
        self.assertEqual(pod.metric("redis_agent_ready"), 0)
        self.assertEqual(pod.metric("redis_agent_readiness_reason", reason=reason), 1)
        self.assertIn(f"reason={reason}", pod.sidecar.log())
        self.assertEqual(pod.get("/redis/livez").status, 200)
        self.assertEqual(pod.get("/livez").status, 200)

    def wait_for_polls(self, pod, more=2):
        """Until the agent has asked again, for what does not change."""
        before = pod.metric("redis_agent_polls_total", peer="redis")
        eventually(lambda: pod.metric("redis_agent_polls_total", peer="redis") > before + more,
                   f"{more} more polls", 5, [pod])
