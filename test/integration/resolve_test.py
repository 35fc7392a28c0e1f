"""`redis-agent resolve`: a person ends a hold. And the end of a server that waits for nobody."""
import signal
import time

import pod_test_case
from pod_test_case import PRIMARY_NAME, PodTestCase, eventually

SETTINGS = {"REDIS_VERSION": "7.0", "FIRST_START_WAIT": "0s", "SHUTDOWN_TIMEOUT": "30s"}


class TwoHistories(PodTestCase):
    """The primary's volume is another one by now, and has been written to before anybody looked."""

    def conflict(self):
        primary, replica = self.topology(settings=SETTINGS)
        primary.fill(10, replicas=1)
        primary.sidecar.kill()
        primary.server.kill()
        for path in primary.pod.path("/data").iterdir():
            path.unlink()
        replica.wait_for_reason("replica_stale")
        primary.start_server("--save", "")
        eventually(lambda: self.write_within(primary) == "OK", "a write within the pod")
        primary.start_sidecar()
        status = primary.wait_for_reason("gate_closed")
        eventually(lambda: "rule 6" in primary.status()["decision"], "rule 6", 10, [primary])
        self.assertFalse(status["ready"])
        self.assertEqual(replica.command("DBSIZE"), 10)
        return primary, replica

    @staticmethod
    def write_within(pod):
        return pod.pod.run("redis-cli", "SET", "another", "history").stdout.decode().strip()

    def resolve(self, pod, keep, answer=b""):
        flags = () if answer else ("--yes",)
        return pod.pod.run(pod.agent, "resolve", f"--keep={keep}", *flags, stdin=answer,
                           variables=pod.variables)

    def test_keep_theirs(self):
        primary, replica = self.conflict()
        done = self.resolve(primary, "theirs")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"rule 6", done.stdout)
        primary.wait_for_reason("primary_serving", within=15)
        replica.wait_for_reason("replica_in_sync", within=15)
        self.assertEqual([pod.command("DBSIZE") for pod in (primary, replica)], [10, 10])

    def test_keep_mine(self):
        primary, replica = self.conflict()
        done = self.resolve(primary, "mine", answer=PRIMARY_NAME.encode() + b"\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"redis-slave-0 (10 keys)", done.stdout)
        primary.wait_for_reason("primary_serving", within=15)
        replica.wait_for_reason("replica_in_sync", within=15)
        self.assertEqual([pod.command("DBSIZE") for pod in (primary, replica)], [1, 1])

    def test_another_answer_changes_nothing(self):
        primary, _ = self.conflict()
        done = self.resolve(primary, "mine", answer=b"yes\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"nothing was changed", done.stderr)
        self.assertIn("rule 6", primary.status()["decision"])

    def test_without_a_hold_there_is_nothing_to_decide(self):
        primary, replica = self.topology(settings=SETTINGS)
        done = self.resolve(primary, "theirs")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"nothing to decide", done.stderr)
        self.assertEqual(self.resolve(replica, "mine").returncode, 2)


class End(PodTestCase):
    def test_a_replica_that_is_stuck_does_not_burn_the_shutdown_timeout(self):
        primary, replica = self.topology(settings=SETTINGS)
        primary.fill(10, replicas=1)
        replica.server.pause()
        with primary.redis() as redis:
            redis("SET", "key", "value")
        begin = time.monotonic()
        primary.server.send_signal(signal.SIGTERM)
        self.assertEqual(primary.server.wait(20), 0)
        self.assertGreater(time.monotonic() - begin, 1, "it did not wait for its replica at all")
        self.assertIn("CLIENT KILL TYPE replica", primary.sidecar.log())

    def test_a_replica_that_is_merely_slow_is_waited_for(self):
        primary, replica = self.topology(settings=SETTINGS)
        primary.fill(10, replicas=1)
        replica.server.pause()
        with primary.redis() as redis:
            redis("SET", "key", "value")
        primary.server.send_signal(signal.SIGTERM)
        time.sleep(1)  # less than the patience with a silent one: the moment that is tested
        replica.server.resume()
        self.assertEqual(primary.server.wait(20), 0)
        self.assertEqual(replica.command("GET", "key"), b"value")


if __name__ == "__main__":
    pod_test_case.main()
