"""The primary moves by a lock: who takes it, who may not, what is lost, what is left alone."""
import time

import pod_test_case
from lock_test_case import LockTestCase
from faulting.acknowledged import AcknowledgedWrites
from pods.http_get import http_get


class FirstStart(LockTestCase):
    def test_the_pod_that_its_name_makes_the_primary_takes_the_lock(self):
        master, *replicas = self.start_locked()
        self.assertEqual(self.lock()["term"], 1)
        self.assertEqual(master.command("SET", "key", "value"), "OK")
        for replica in replicas:
            self.until(lambda pod=replica: pod.command("GET", "key") == b"value", "the key", 5)

    def test_its_metrics_tell_of_the_lock_and_of_the_way_to_it(self):
        master, replica, _ = self.start_locked()
        for pod, holds in ((master, 1), (replica, 0)):
            self.assertEqual(pod.metric("redis_agent_lock_held"), holds)
            self.assertEqual(pod.metric("redis_agent_lock_serves"), holds)
            self.assertEqual(pod.metric("redis_agent_lock_term"), 1)
            left = pod.metric("redis_agent_api_certificate_expiry_timestamp_seconds") - time.time()
            self.assertAlmostEqual(left / 86400, 30, delta=0.1)  # as the test makes it
        self.assertLess(master.metric("redis_agent_lock_renewal_age_seconds"), 6)
        self.check_own_names(master)


class Death(LockTestCase):
    def test_a_replica_takes_over_from_a_pod_that_is_gone(self):
        master, *replicas = self.start_locked()
        master.fill(1000, replicas=2)
        self.kill(master)
        primary = self.wait_for_primary(replicas)
        other = next(pod for pod in replicas if pod is not primary)
        self.assertEqual(primary.command("GET", "key:1000") is None, False)
        self.wait_for_roles(primary, replicas=[other])
        self.assertEqual(self.lock()["term"], 2)

    def test_the_old_primary_comes_back_as_a_replica(self):
        master, *replicas = self.start_locked()
        master.fill(1000, replicas=2)
        self.kill(master)
        primary = self.wait_for_primary(replicas)
        primary.command("SET", "new", "value")
        self.recreate(master)
        self.wait_for_roles(primary)
        self.assertEqual(master.command("GET", "new"), b"value")


class HandOver(LockTestCase):
    def test_a_switchover_loses_nothing_and_comes_back(self):
        master, slave, _ = self.start_locked()
        for source, target in ((master, slave), (slave, master)):
            with self.writes(f"to-{target.name}") as writes:
                writes.wait_for(200)
                answer = http_get(source.pod.address, f"/switchover?to={target.name}", port=9123,
                                  within=15)
                writes.wait_for(200)
            self.assertEqual((answer.status, answer.text),
                             (200, f"done: {target.name} holds the lock"))
            self.wait_for_roles(target)
            self.assertEqual(writes.lost_on(target.pod.address), [])
            print(f"gap {writes.longest_gap() * 1000:.0f} ms, errors {writes.errors}")

    def test_a_prestop_hook_hands_over(self):
        master, *_ = self.start_locked()
        with self.writes() as writes:
            writes.wait_for(200)
            self.assertEqual(http_get(master.pod.address, "/prestop", port=9123, within=15).status,
                             200)
            writes.wait_for(200)
        heir = next(pod for pod in self.pods if pod.name == self.lock()["holder"])
        self.assertIsNot(heir, master)
        self.wait_for_roles(heir)
        self.assertEqual(writes.lost_on(heir.pod.address), [])

    def test_a_pod_that_is_not_in_sync_gets_nothing(self):
        master, slave, _ = self.start_locked()
        slave.server.pause()
        answer = http_get(master.pod.address, f"/switchover?to={slave.name}", port=9123, within=15)
        slave.server.resume()
        self.assertEqual(answer.status, 503)
        self.assertIn("did not have all", answer.text)
        self.assertEqual(self.lock()["holder"], master.name)
        self.assertEqual(master.command("SET", "key", "value"), "OK")

    def writes(self, prefix="w"):
        """Through the write Service: to the pod to which it leads."""
        addresses = {pod.name: pod.pod.address for pod in self.pods}
        return AcknowledgedWrites(lambda: addresses[self.route()], prefix)


if __name__ == "__main__":
    pod_test_case.main()
