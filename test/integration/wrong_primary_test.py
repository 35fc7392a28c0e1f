"""A replica that is not fed by its primary, though somebody answers, is not ready."""
import pod_test_case
from pods import RedisPod
from safety_test_case import SafetyTestCase


class WrongPrimary(SafetyTestCase):
    def put_another_history(self, primary):
        """The primary serves again at its address, without an agent, and all else is new."""
        self.empty(primary)
        primary.init()
        self.start_server(primary, "--bind", "*")
        primary.wait_for_server()
        primary.fill(20)

    def test_the_primary_serves_another_history_than_the_replica_keeps(self):
        primary, replica = self.start(1)
        primary.fill(1000, replicas=1)
        self.kill(primary)
        self.until(lambda: replica.command("ROLE")[1] == b"127.0.0.1", "the replica to be parked")
        stale = replica.wait_for_reason("replica_stale")
        self.assertTrue(stale["ready"], "while nobody else serves, old data is better than none")
        self.put_another_history(primary)
        refused = replica.wait_for_reason("primary_refused")
        self.assertFalse(refused["ready"])
        self.assertEqual(replica.get("/readyz").status, 503)
        self.assertIn("primary_refused", replica.get("/readyz").text)
        self.assertLess(refused["explanation"].count("offset"), 2, "two histories do not compare")
        self.assertEqual(replica.command("DBSIZE"), 1000)

    def test_without_a_rope_a_replica_follows_an_empty_stranger(self):
        _, replica = self.start(1, ROPE="off")
        stranger = RedisPod(self.world.add_pod("stranger-0", is_listed=False), "/none")
        stranger.pod.path("/run/redis-agent/redis.conf").write_text("protected-mode no\n")
        stranger.start_server("--repl-diskless-sync-delay", "0")
        stranger.wait_for_server()
        replica.command("REPLICAOF", stranger.pod.address, "6379")
        self.until(lambda: replica.command("ROLE")[3] == b"connected", "it to be the stranger's")
        status = replica.wait_for_reason("wrong_primary")
        self.assertIn(stranger.pod.address, status["explanation"])
        self.assertEqual(replica.get("/readyz").status, 503)


if __name__ == "__main__":
    pod_test_case.main()
